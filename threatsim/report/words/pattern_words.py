"""The market held against published patterns, in words: for the terminal and the page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from threatsim.experiment.record.record import PatternCheck
from threatsim.report.words import numbers

_VERDICTS: Final = {True: "holds", False: "does not hold", None: "not measured"}


def pattern_rows(checks: Sequence[PatternCheck]) -> list[dict[str, Any]]:
    """Return rows {check, expected, found, ok} for `--json`, with the source and the interval."""
    return [
        {
            "check": check.check,
            "expected": [check.low, check.high],
            "found": check.found.value,
            "interval": [check.found.low, check.found.high],
            "unit": check.unit,
            "ok": check.ok,
            "measured": check.measured,
            "source": check.source,
        }
        for check in checks
    ]


def verdict(check: PatternCheck) -> str:
    """Return whether the pattern holds, and if by the mean only: the interval reaches out of the range."""
    low, high = check.found.low, check.found.high
    if check.ok and low is not None and high is not None:
        sure = (check.low is None or low >= check.low) and (check.high is None or high <= check.high)
        return "holds" if sure else "holds by its mean, not its whole interval"
    return _VERDICTS[check.ok]


def expected_in_words(check: PatternCheck) -> str:
    """Return the range of the literature: "from −15.0% to 5.00%", "at most −20.0%"."""
    low, high = (None if end is None else _value(end, check.unit) for end in (check.low, check.high))
    unit = _unit(check)
    if low is None:
        return f"at most {high}{unit}"
    return f"at least {low}{unit}" if high is None else f"from {low} to {high}{unit}"


def found_in_words(check: PatternCheck) -> str:
    """Return the figure with its interval."""
    found = check.found
    if found.value is None:
        return "there was no fraud to measure it on"
    value, unit = _value(found.value, check.unit), _unit(check)
    if found.low is None or found.high is None:
        return f"{value}{unit}"
    return f"{value} ({_value(found.low, check.unit)} to {_value(found.high, check.unit)}){unit}"


def summary(checks: Sequence[PatternCheck]) -> str:
    """Return how many patterns hold, and how many of them by their means only."""
    hold = sum(check.ok is True for check in checks)
    unsure = hold - sum(verdict(check) == _VERDICTS[True] for check in checks)
    unmeasured = sum(check.ok is None for check in checks)
    tail = f", {unsure} of them by their means only" if unsure else ""
    tail += f"; {unmeasured} could not be measured" if unmeasured else ""
    return f"{hold} of {len(checks)} published patterns hold in this market{tail}."


def lines(checks: Sequence[PatternCheck]) -> list[str]:
    """Return one line a pattern."""
    return [
        f"{check.check}: {verdict(check)}. {found_in_words(check)}; expected {expected_in_words(check)}."
        for check in checks
    ]


def _value(value: float, unit: str) -> str:
    if unit == "share":
        return numbers.value(value, "share")
    if unit == "share points":
        return numbers.change(value, "share")
    return numbers.value(value, unit)


def _unit(check: PatternCheck) -> str:
    """Return the unit, given once; shares carry theirs with every number."""
    return "" if check.unit.startswith("share") else f" {check.unit}"
