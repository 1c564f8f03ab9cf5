"""The page of a comparison: one HTML file with everything in it, in the style of the report's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from threatsim.catalogue.metrics import ARM_METRICS, MetricRow
from threatsim.experiment.figures.comparison import Against, Comparison, ComparisonRow
from threatsim.report.lab.attack_page import rendered
from threatsim.report.words import comparison_words as say
from threatsim.statistics.estimate import Estimate

_FOLDED: Final = 12  # a section with more inputs than this that differ is folded


@dataclass(frozen=True)
class _Line:
    """A line of a figure's block on the page; the reference's has no row."""

    key: str
    arm: str
    estimate: Estimate
    other: Against | None = None
    row: ComparisonRow | None = None
    bar: tuple[float, float, float] | None = None
    """Left end, width and middle of the interval on the scale, in per cent; zero is at 50."""


def comparison_page(comparison: Comparison) -> str:
    """Return the comparison as HTML text; all text of the scenarios is escaped."""
    return rendered(
        "comparison.html.j2",
        comparison=comparison,
        say=say,
        blocks=[(metric, _lines(comparison, name)) for name, metric in _metrics(comparison).items()],
        inputs=[(other, say.grouped(other.inputs)) for other in comparison.others],
        folded=_FOLDED,
    )


def _metrics(comparison: Comparison) -> dict[str, MetricRow]:
    names = dict.fromkeys(row.metric for other in comparison.others for row in other.rows)
    return {name: ARM_METRICS[name] for name in names}


def _lines(comparison: Comparison, metric: str) -> list[_Line]:
    rows = [(other, row) for other in comparison.others for row in other.rows if row.metric == metric]
    ends = [abs(x) for _, row in rows for x in (row.difference.low, row.difference.high) if x is not None]
    reach = max(ends, default=0.0)
    lines: list[_Line] = []
    for arm in dict.fromkeys(row.arm_reference for _, row in rows):
        last: Estimate | None = None
        for other, row in rows:
            if row.arm_reference != arm:
                continue
            if row.reference != last:  # again where fewer of its replicates are compared
                last = row.reference
                lines.append(_Line(comparison.key, arm, last))
            lines.append(_Line(other.key, row.arm, row.value, other, row, _bar(row.difference, reach)))
    return lines


def _bar(difference: Estimate, reach: float) -> tuple[float, float, float] | None:
    low, high, value = difference.low, difference.high, difference.value
    if low is None or high is None or value is None or reach <= 0:
        return None
    left, right, middle = (50 + 48 * x / reach for x in (low, high, value))
    return left, right - left, middle
