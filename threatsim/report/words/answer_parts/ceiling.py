"""What a control may cost at most, and what the next dollar of it buys."""

from __future__ import annotations

from collections.abc import Sequence

from threatsim.catalogue.figures.price_units import PRICE_UNITS
from threatsim.experiment.record.record import ArmOutcome, Ceiling, NumberStep, RunRecord
from threatsim.report.words import numbers
from threatsim.report.words.arm_words import title


def may_cost(arms: Sequence[ArmOutcome]) -> str:
    """Return the price at which each arm gains nothing any more; empty where records have none.

    Args:
        arms: those that somebody could decide on.
    """
    told, unsure, worthless = [], [], []
    for arm in arms:
        if not arm.ceilings:
            continue
        in_all, *by_unit = arm.ceilings
        price = in_all.price
        if price.value is not None and (price.value <= 0 if price.high is None else price.high < 0):
            worthless.append(title(arm))
        elif price.value is None or (price.low is not None and price.low <= 0):
            unsure.append(title(arm))
        else:
            told.append(f"{title(arm)} {_prices(by_unit or [in_all])}")
    if unsure:
        told.append(f"no price above 0 can be told for {numbers.listed(unsure)}")
    if worthless:
        told.append(f"{numbers.listed(worthless)} would not pay if it were free")
    return f"What a policy may cost until it no longer pays, with no price assumed: {'; '.join(told)}." if told else ""


def at_most(arm: ArmOutcome) -> str:
    """Return in a few words what an arm that gains may cost until it does no longer; empty where that is not known."""
    if not arm.ceilings:
        return ""
    in_all, *by_unit = arm.ceilings
    one = (by_unit or [in_all])[0]
    if one.price.value is None or one.price.value <= 0:
        return ""
    return f" and worth it up to {numbers.money(one.price)} {_per(one)}"


def _prices(ceilings: Sequence[Ceiling]) -> str:
    most = " or ".join(f"{numbers.money(one.price)} {_per(one)}" for one in ceilings)
    now = numbers.listed([numbers.value(one.now, "USD") for one in ceilings])
    return f"{most}, where the scenario has {now}"


def _per(ceiling: Ceiling) -> str:
    unit = PRICE_UNITS.get(ceiling.per)
    return unit.phrase if unit else "a year in all"


def marginal(record: RunRecord) -> str:
    """Return what more of a number saves and costs, where two or more arms set that number alone; else empty."""
    by_path: dict[str, list[NumberStep]] = {}
    for step in record.steps:
        by_path.setdefault(step.path, []).append(step)
    return " ".join(
        f"More of {path}: {'; '.join(_step(step) for step in several)}." for path, several in by_path.items()
    )


def _step(step: NumberStep) -> str:
    low, high = (numbers.value(number, step.unit) for number in step.numbers)
    saved = step.saved
    verb = "saves" if (saved.value or 0.0) >= 0 else "loses"
    spent = numbers.change(step.spent.value, "USD")
    return (
        f"from {low} to {high} it {verb} {numbers.money(saved if verb == 'saves' else -saved)} a year for {spent} USD "
        "of control"
    )
