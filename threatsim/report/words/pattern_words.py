"""The market held against published patterns, in words: for the terminal and the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from threatsim.experiment.record.record import PatternCheck
from threatsim.report.words import numbers
from threatsim.statistics.estimate import Estimate

HOW_JUDGED: Final = (
    "Held: the whole 95% interval lies in the published range, ends included; failed: outside; undecided: neither."
)
_STYLES: Final = {"held": "green", "failed": "red", "undecided": "yellow"}
_GAP: Final = 2
_OF_INPUTS: Final = {"held": "within", "failed": "outside", "undecided": "across"}


def pattern_rows(checks: Sequence[PatternCheck]) -> list[dict[str, Any]]:
    """Return rows {check, role, expected, found, verdict, ok} for `--json`, with the source and the interval."""
    return [
        {
            "check": check.check,
            "role": check.role,
            "expected": [check.low, check.high],
            "found": check.found.value,
            "interval": [check.found.low, check.found.high],
            "unit": check.unit,
            "verdict": check.verdict,
            "ok": check.ok,
            "measured": check.measured,
            "source": check.source,
        }
        for check in checks
    ]


def tests(checks: Sequence[PatternCheck]) -> list[PatternCheck]:
    """Return the checks that the market could fail: all but those of inputs."""
    return [check for check in checks if check.role != "input"]


def verdict(check: PatternCheck) -> str:
    """Return held, failed or undecided; of an input, where it lies."""
    return f"input, {_OF_INPUTS[check.verdict]}" if check.role == "input" else check.verdict


def expected(check: PatternCheck) -> str:
    """Return the published range: "−44.0 to −11.0%"; of records from before ranges were closed also "at most ...%"."""
    if check.low is not None and check.high is not None:
        return _span(Estimate(value=None, low=check.low, high=check.high, n=0), check.unit)
    bound = check.high if check.low is None else check.low
    return f"{'at most' if check.low is None else 'at least'} {_value(bound, check.unit)}"


def found(check: PatternCheck) -> tuple[str, str]:
    """Return the figure and its interval, which is empty where there is none."""
    if check.found.value is None:
        return "not measured", ""
    return _value(check.found.value, check.unit), _span(check.found, check.unit)


def expected_in_words(check: PatternCheck) -> str:
    """Return the range of the literature with its unit."""
    return f"{expected(check)}{_unit(check)}"


def found_in_words(check: PatternCheck) -> str:
    """Return the figure with its interval and unit."""
    figure, interval = found(check)
    if check.found.value is None:
        return "there was nothing to measure it on"
    return f"{figure}{f' ({interval})' if interval else ' (its interval has no ends)'}{_unit(check)}"


def summary(checks: Sequence[PatternCheck]) -> str:
    """Return how many patterns hold, and of those on behaviour how many."""
    tested = tests(checks)
    verdicts = Counter(check.verdict for check in tested)
    text = f"{verdicts['held']} of {len(tested)} published patterns hold in this market"
    text += f", {verdicts['failed']} failed" if verdicts["failed"] else ""
    text += f", {verdicts['undecided']} undecided" if verdicts["undecided"] else ""
    behaviour = [check for check in tested if check.role == "behaviour"]
    if 0 < len(behaviour) < len(tested):
        held = sum(check.verdict == "held" for check in behaviour)
        text += f"; of the {len(behaviour)} that need people to respond, {held}"
    return f"{text}."


def table(checks: Sequence[PatternCheck], width: int) -> Iterator[RenderableType]:
    """Yield the table, a row a pattern with its interval below the figure, and how it is judged."""
    rows = [
        (
            Text(numbers.printable(check.check)),
            _stacked(*found(check)),
            Text(expected_in_words(check)),
            Text(verdict(check), style="dim" if check.role == "input" else _STYLES[check.verdict]),
        )
        for check in checks
    ]
    heads = ("found", "published", "verdict")
    columns = [max(len(head), *(_width(row[i]) for row in rows)) for i, head in enumerate(heads, 1)]
    grid = Table.grid(padding=0)
    grid.add_column(width=max(12, width - sum(columns) - _GAP * len(columns)), overflow="fold")
    for column in columns:
        grid.add_column(width=_GAP)
        grid.add_column(width=column, no_wrap=True)
    grid.add_row("", *(part for head in heads for part in ("", head)), style="dim")
    for label, *cells in rows:
        grid.add_row(label, *(part for cell in cells for part in ("", cell)))
    yield grid
    yield Text(HOW_JUDGED, style="dim")


def _value(value: float | None, unit: str) -> str:
    if unit == "share points":
        return numbers.change(value, "share")
    return numbers.value(value, unit)


def _span(estimate: Estimate, unit: str) -> str:
    if unit == "share points":
        return f"{interval} pp" if (interval := numbers.change_interval(estimate, "share")) else ""
    return numbers.interval(estimate, unit)


def _unit(check: PatternCheck) -> str:
    """Return the unit where numbers do not carry it."""
    return "" if check.unit.startswith("share") else f" {check.unit}"


def _stacked(figure: str, interval: str) -> Text:
    text = Text(figure)
    if interval:
        text.append(f"\n{interval}", style="dim")
    return text


def _width(text: Text) -> int:
    return max(len(line) for line in text.plain.split("\n"))
