"""Payers that attack: whether a run has one, which of its tactics are theirs, and the answer about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from threatsim.catalogue.metrics import shown_in
from threatsim.experiment.record.record import RunRecord
from threatsim.report.words import numbers
from threatsim.report.words.arm_words import changes, title
from threatsim.statistics.estimate import Estimate


def suppression_tactics(record: RunRecord) -> list[str]:
    """Return the tactics that payers use on true findings in some arm, in the order of the scenario."""
    plans = [payer.get("suppression") for payer in record.scenario.get("payers", ())]
    for arm in record.arms:
        for path, value in arm.changes.items():
            plans += [value] if path.endswith(".suppression") else []
            plans += [{"tactic": value}] if path.endswith(".suppression.tactic") else []
    used = {plan["tactic"] for plan in plans if isinstance(plan, Mapping) and "tactic" in plan}
    tactics: Mapping[str, Any] = record.scenario.get("tactics", {})
    return [tactic for tactic in tactics if tactic in used]


def suppresses(record: RunRecord) -> bool:
    """Return whether a payer alters images of true findings in some arm."""
    return bool(suppression_tactics(record)) and all(
        name in record.arms[0].outcomes for name in shown_in("suppression")
    )


def bills_falsely(record: RunRecord) -> bool:
    """Return whether a provider bills falsely in some arm."""
    return any(arm.outcomes["fraud_providers"].value != 0 for arm in record.arms)


def suppression_answer(record: RunRecord) -> list[str]:
    """Return what altering images brings payers in the baseline, which arms change it, and the change for patients."""
    others = list(record.arms[1:])
    sentences = [suppression_situation(record)]
    if others:
        sentences.append(f"{changes(others, 'suppression_gain', 'USD', 'The gain')} {backfiring(record)}".strip())
        sentences.append(changes(others, "honest_denied", "share", "The share of true claims denied"))
    return sentences


def suppression_situation(record: RunRecord) -> str:
    """Return what altering images brings payers in the baseline, and what of true claims is denied."""
    outcomes = record.arms[0].outcomes
    gain, denied, value = (outcomes[name] for name in ("suppression_gain", "honest_denied", "denied_value"))
    loses = (gain.value or 0.0) < 0
    sum_of_money = numbers.money(-gain if loses else gain)
    return (
        f"In the baseline, payers {'lose' if loses else 'gain'} {sum_of_money} a year by altering images of true "
        f"findings, after appeals and penalties; {numbers.in_words(denied, 'share')} of true claims are denied, "
        f"{numbers.money(value)} a year of care."
    )


def backfiring(record: RunRecord) -> str:
    """Return in which arms altering images costs payers more than it brings; empty if in none."""
    lost = [title(arm) for arm in record.arms[1:] if _below_zero(arm.outcomes["suppression_gain"])]
    return f"Altering images costs payers more than it brings in {numbers.listed(lost)}." if lost else ""


def _below_zero(figure: Estimate) -> bool:
    return figure.high is not None and figure.high < 0
