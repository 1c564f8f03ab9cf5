"""What differs between two runs or arms, in a line each: arms beneath one another, or the figures of one pair."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import RenderableType
from rich.text import Text

from threatsim.catalogue.metrics import ARM_METRICS, shown_in
from threatsim.experiment.figures.comparison import Against, Comparison, ComparisonRow
from threatsim.report.terminal.brief.arm_lines import in_lines
from threatsim.report.words import comparison_words as say
from threatsim.report.words import numbers

_FIGURES: Final = 18
"""Figures of a short comparison, a line each, for all that are held against the reference together."""
_LEAST: Final = 6


def brief_outcomes(comparison: Comparison, other: Against, width: int) -> Iterator[RenderableType]:
    """Yield a table of the arms, if several are compared, or of the figures of the one pair."""
    arms = list(dict.fromkeys((row.arm_reference, row.arm) for row in other.rows))
    yield Text(
        f"{other.key} less {comparison.key}; ↓ ↑: counts after adjustment for {numbers.count(comparison.tests)} tests",
        style="dim",
    )
    if len(arms) == 1:
        yield from _of_pair(comparison, other, width)
    else:
        yield _of_arms(other, arms, width)


def outcomes_of_all(
    comparison: Comparison, others: Sequence[Against], width: int, most: int
) -> Iterator[RenderableType]:
    """Yield one table of the arms of several, at most so many of each."""
    yield Text(
        f"Each less {comparison.key}; ↓ ↑: counts after adjustment for {numbers.count(comparison.tests)} tests",
        style="dim",
    )
    rows = {(other.key, row.arm_reference, row.arm, row.metric): row for other in others for row in other.rows}
    every = list(dict.fromkeys(key[:3] for key in rows))
    arms = [arm for other in others for arm in [arm for arm in every if arm[0] == other.key][:most]]
    there = {key[3] for key in rows if key[:3] in arms}
    names = [name for name in shown_in("brief") if name in there and name != "accepted_rate"]
    heads = [ARM_METRICS[name].head.split("\n") for name in names]
    columns = [[_change(row) if (row := rows.get((*arm, name))) else "" for arm in arms] for name in names]
    first = [next(row for key, row in rows.items() if key[:3] == arm) for arm in arms]
    yield in_lines([f"{arm[0]}  {say.arms(row)}" for arm, row in zip(arms, first, strict=True)], heads, columns, width)
    if len(every) > len(arms):
        yield Text(f"and {numbers.count(len(every) - len(arms))} more arms", style="dim")


def _of_arms(other: Against, arms: list[tuple[str, str]], width: int) -> RenderableType:
    rows = {(row.arm_reference, row.arm, row.metric): row for row in other.rows}
    there = {row.metric for row in other.rows}
    names = [name for name in shown_in("brief") if name in there and name != "accepted_rate"]
    heads = [ARM_METRICS[name].head.split("\n") for name in names]
    columns = [[_change(rows[(*arm, name)]) for arm in arms] for name in names]
    spans = [_span(rows[(*arm, names[0])]) for arm in arms]
    if any(spans):
        heads.insert(1, ["95%", "interval"])
        columns.insert(1, spans)
    return in_lines([say.arms(rows[(*arm, names[0])]) for arm in arms], heads, columns, width)


def _of_pair(comparison: Comparison, other: Against, width: int) -> Iterator[RenderableType]:
    """Yield the figures that every short table has, if they differ, then others that are found to, then the rest."""
    first = shown_in("brief")
    rows = sorted(other.rows, key=lambda row: (row.same, row.metric not in first, not row.detected))
    differing = [row for row in rows if not row.same] or rows
    most = max(_LEAST, _FIGURES // len(comparison.others))
    shown, more = differing[:most], differing[most:]
    columns = [
        [_change(row) for row in shown],
        [_span(row) for row in shown],
        [numbers.point(row.reference, ARM_METRICS[row.metric].unit) for row in shown],
        [numbers.point(row.value, ARM_METRICS[row.metric].unit) for row in shown],
    ]
    heads = [["difference"], ["95% interval"], [comparison.key], [other.key]]
    yield in_lines([ARM_METRICS[row.metric].title for row in shown], heads, columns, width)
    if more:
        detected = sum(row.detected for row in more)
        of_them = numbers.count(detected) if detected else "none"
        yield Text(f"and {numbers.count(len(more))} more, {of_them} of them detected", style="dim")


def _change(row: ComparisonRow) -> str:
    return f"{numbers.change(row.difference.value, ARM_METRICS[row.metric].unit)} {say.mark(row) or ' '}"


def _span(row: ComparisonRow) -> str:
    return numbers.change_interval(row.difference, ARM_METRICS[row.metric].unit)
