"""What arms change, how surely it is told, and what one market does beside the mean of many, in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.experiment.record.record import ArmOutcome, RunRecord
from threatsim.report.words import numbers
from threatsim.statistics.estimate import Difference
from threatsim.statistics.mean_error import LEAST_PAIRS

_YEAR: Final = 52
_NAMED: Final = 2
"""So many arms are named one by one."""


def title(arm: ArmOutcome) -> str:
    """Return an arm's title in quotation marks."""
    return f"“{numbers.printable(arm.title)}”"


def changes(others: list[ArmOutcome], name: str, unit: str, subject: str) -> str:
    """Return the arms that change a figure detectably, the greatest change first, and those that do not.

    Args:
        others: the arms but the baseline.
        name: of the figure.
        unit: its unit.
        subject: what the sentence is about.
    """
    seen = [arm for arm in others if arm.differences[name].detected]
    seen.sort(key=lambda arm: -abs(arm.differences[name].value or 0.0))
    unseen = [f"{title(arm)}{missed(arm.differences[name], unit)}" for arm in others if arm not in seen]
    prefix = "USD " if unit == "USD" else ""
    parts = [f"{prefix}{numbers.change_in_words(arm.differences[name], unit)} in {title(arm)}" for arm in seen]
    if unseen:
        parts.append(f"no detectable difference in {numbers.listed(unseen)}")
    return f"{subject}, against the baseline: {'; '.join(parts)}."


def missed(difference: Difference, unit: str) -> str:
    """Return in brackets which difference this run would have found, where it found none; empty if unknown."""
    if difference.detected or difference.detectable is None:
        return ""
    return f" (4 of 5 such runs find {_size(difference.detectable, unit)}{'' if unit == 'share' else f' {unit}'})"


def having(record: RunRecord, name: str) -> list[ArmOutcome]:
    """Return the arms that have a figure; the baseline has none of what arms avoid of it."""
    return list(record.arms[1:] if ARM_METRICS[name].avoids else record.arms)


def beneath(record: RunRecord, name: str) -> list[str]:
    """Return the lines beneath a figure's rows: one market, what would have been found, few events, undefined ones."""
    told = (_of_one_market, _not_found, _events, _undefined)
    return [line for one in told if (line := one(record, name))]


def marks(record: RunRecord, *, of_tactics: bool = False) -> str:
    """Return what ↓ and ↑ say in the table of arms or of tactics, and for how many differences they are adjusted."""
    families = Counter(_tests(record, of_tactics=of_tactics))
    bounded = any(one.low is not None for one in record.arms[0].outcomes.values())  # as in older records of few pairs
    if record.replicates < 2 * LEAST_PAIRS and not bounded:
        return (
            f"No intervals: they need {2 * LEAST_PAIRS} replicates, {LEAST_PAIRS} pairs of their own streams; this run "
            f"has {numbers.count(record.replicates)}."
        )
    if not families:
        return "↓ ↑: the 95% interval of the paired difference to the baseline excludes zero."
    ranked, all_of_it = families["ranking"], "of all tactics" if of_tactics else "of this table"
    apart = f"; the {numbers.count(ranked)} of net benefit apart" if ranked else ""
    return (
        "↓ ↑: the paired difference to the baseline counts after Holm's adjustment for the "
        f"{numbers.count(families['tactics' if of_tactics else 'summary'])} {all_of_it} (5%{apart}). Its 95% interval "
        "is not adjusted."
    )


def budget(record: RunRecord) -> str:
    """Return in a sentence what payers may lose in one market, beside the mean; empty where there is no interval."""
    baseline, weeks = record.arms[0], _weeks(record)
    found = baseline.one_market.get("payer_loss")
    span = numbers.interval(found, "USD") if found else ""
    if not span:
        return ""
    of = "" if weeks == _YEAR else ", at a yearly rate"
    return (
        f"That is a mean: {_length(weeks)} of the baseline costs payers USD {span} in 95 of 100 cases{of}, which is "
        "what a budget has to allow for."
    )


def _of_one_market(record: RunRecord, name: str) -> str:
    """Return the interval of one further market of the baseline; only of money, which is budgeted for."""
    metric, found = ARM_METRICS[name], record.arms[0].one_market.get(name)
    span = numbers.interval(found, metric.unit) if found and metric.kind in ("money", "cost") else ""
    return f"{_length(_weeks(record))} of the baseline, in 95 of 100 cases: {span}" if span else ""


def _not_found(record: RunRecord, name: str) -> str:
    """Return of which arms no difference was found, and which would have been; empty where all were."""
    sizes = {
        numbers.printable(arm.title): one.detectable
        for arm in record.arms[1:]
        if (one := arm.differences.get(name)) and not one.detected and one.detectable is not None
    }
    if not sizes:
        return ""
    unit = ARM_METRICS[name].unit
    if len(sizes) > _NAMED:
        ends = " to ".join(dict.fromkeys(_size(one, unit) for one in (min(sizes.values()), max(sizes.values()))))
        return f"no difference found in {len(sizes)} arms; one of {ends}, by arm, would be in 4 of 5 such runs"
    named = " and ".join(f"one of {_size(x, unit)} in {arm}" for arm, x in sizes.items())
    return f"no difference found, but {named} would be in 4 of 5 such runs"


def _events(record: RunRecord, name: str) -> str:
    """Return what was counted in all replicates, in those arms where it is few; empty where it is many or no count."""
    few = {
        numbers.printable(arm.title): one.events
        for arm in record.arms
        if (one := arm.outcomes.get(name)) and one.events is not None
    }
    if not few:
        return ""
    told = "; ".join(f"{numbers.count(events)}, {arm}" for arm, events in few.items())
    if len(few) == len(record.arms) and len(set(few.values())) == 1:
        told = f"{numbers.count(next(iter(few.values())))} in each arm"
    return f"{ARM_METRICS[name].counts}, in all replicates (few independent: exact intervals): {told}"


def _undefined(record: RunRecord, name: str) -> str:
    """Return in how many replicates a figure is undefined, by arm; empty where it is in none, or in all of an arm."""
    parts = [
        f"{numbers.count(one.undefined)} of {numbers.count(one.n + one.undefined)}, {numbers.printable(arm.title)}"
        for arm in record.arms
        if (one := arm.outcomes.get(name)) and one.undefined and one.n
    ]
    return f"undefined in some replicates: {'; '.join(parts)}" if parts else ""


def _weeks(record: RunRecord) -> int:
    return int(record.scenario.get("weeks", 0))


def _length(weeks: int) -> str:
    return "a single year" if weeks == _YEAR else f"a single market of {numbers.count(weeks)} weeks"


def _size(detectable: float, unit: str) -> str:
    return numbers.change(detectable, unit).removeprefix("+")


def _tests(record: RunRecord, *, of_tactics: bool) -> Iterator[str]:
    """Yield the family of each difference that was tested with others."""
    for arm in record.arms[1:]:
        for tactic in arm.tactics if of_tactics else ():
            yield from ("tactics" for one in tactic.differences.values() if one.p_holm is not None)
        for name, one in arm.differences.items() if not of_tactics else ():
            if one.p_holm is not None and name in ARM_METRICS:
                yield ARM_METRICS[name].family
