"""Which ways of billing falsely an arm closes, how soon, what takes their place, and how much goes on to the end."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

from threatsim.experiment.record.record import ArmOutcome, RunRecord
from threatsim.report.words import numbers
from threatsim.report.words.arm_words import title
from threatsim.statistics.estimate import Estimate

_QUARTER: Final = 13
_WINDOW: Final = 4
"""Weeks that are taken together: a single week's claims are too few to tell a closed way from a quiet week."""
_CLOSED: Final = 0.05
"""Of the baseline's claims: with no more left, a way is closed."""
_USED: Final = 0.02
"""Of the baseline's false claims: by which fewer are billed is no way that an arm could close."""
_MANY: Final = 3
"""So many ways are named one by one."""


def ways(record: RunRecord) -> list[str]:
    """Return a sentence on each arm: the ways it closes, those that grow, and what goes on in the last quarter.

    Weekly figures are means over the replicates; a way grows where the paired difference of its claims is told from
    zero. Empty where nobody bills falsely in the baseline's last quarter, or the record is shorter than one.
    """
    baseline, *others = record.arms
    if len(baseline.weekly.get("false_claims", [])) < _QUARTER or not _all(baseline):
        return []
    return [_as_it_is(baseline), *(_of_arm(baseline, arm) for arm in others)]


def _as_it_is(baseline: ArmOutcome) -> str:
    used = [(name, _late(baseline, f"false_claims_{name}")) for name in _tactics(baseline)]
    most = max(used, key=lambda one: one[1], default=None)
    by = f", most of them by {numbers.title(most[0])} ({numbers.number(most[1])})" if most and len(used) > 1 else ""
    share = numbers.value(_all(baseline) / _late(baseline, "claims"), "share")
    return (
        f"In the last quarter of {title(baseline)}, {numbers.number(_all(baseline))} false claims are billed a week, "
        f"{share} of all claims{by}."
    )


def _of_arm(baseline: ArmOutcome, arm: ArmOutcome) -> str:
    used = [name for name in _tactics(arm) if _late(baseline, f"false_claims_{name}") >= _USED * _all(baseline)]
    closed = {name: week for name in used if (week := _closed_after(baseline, arm, name)) is not None}
    did = "closes no way of billing falsely"
    if closed:
        weeks = max(closed.values())
        when = "from the start" if weeks == 0 else f"within {numbers.count(weeks)} weeks"
        several = len(closed) > _MANY
        did = f"closes {f'{len(closed)} of {len(used)} ways' if several else _named(closed)} {when}"
    grown = [
        f"{numbers.title(one.tactic)} grows from {_weekly(baseline, one.tactic)} to {_weekly(arm, one.tactic)} a week"
        for one in arm.tactics
        if _grows(one.differences.get("claims")) and _late(arm, f"false_claims_{one.tactic}") >= _USED * _all(baseline)
    ]
    grows = f", while {numbers.listed(grown)}" if grown else ""
    left = numbers.value(_all(arm) / _all(baseline), "share")
    return f"{title(arm)} {did}{grows}; {numbers.number(_all(arm))} a week are left, {left} of the baseline's."


def _closed_after(baseline: ArmOutcome, arm: ArmOutcome, tactic: str) -> int | None:
    """Return in how many weeks a way was closed for good; None if it is open, or the baseline does not use it."""
    name = f"false_claims_{tactic}"
    before, now = baseline.weekly.get(name, []), arm.weekly.get(name, [])
    if len(now) != len(before) or not _late(baseline, name):
        return None
    ends = range(len(now), 0, -_WINDOW)
    still = next((end for end in ends if not _shut(before, now, end)), 0)
    return still if still <= len(now) - _QUARTER else None


def _shut(before: Sequence[float], now: Sequence[float], end: int) -> bool:
    part = slice(max(0, end - _WINDOW), end)
    return math.fsum(now[part]) <= _CLOSED * math.fsum(before[part])


def _grows(difference: Estimate | None) -> bool:
    return difference is not None and difference.detected and (difference.value or 0.0) > 0


def _named(tactics: Iterable[str]) -> str:
    return numbers.listed([numbers.title(name) for name in tactics])


def _tactics(arm: ArmOutcome) -> list[str]:
    return [outcome.tactic for outcome in arm.tactics]


def _weekly(arm: ArmOutcome, tactic: str) -> str:
    return numbers.number(_late(arm, f"false_claims_{tactic}"))


def _all(arm: ArmOutcome) -> float:
    """Return the false claims a week of the last quarter."""
    return _late(arm, "false_claims")


def _late(arm: ArmOutcome, series: str) -> float:
    """Return a series' mean a week over the last quarter; 0 where the record has none."""
    last = arm.weekly.get(series, [])[-_QUARTER:]
    return math.fsum(last) / len(last) if last else 0.0
