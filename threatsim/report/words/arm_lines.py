"""The arms in a line each: the figures that decide between them, for the terminal and the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from threatsim.catalogue.metrics import ARM_METRICS, MetricRow, shown_in
from threatsim.experiment.record.record import ArmOutcome, RunRecord
from threatsim.report.words import numbers
from threatsim.report.words.answer_parts.endpoint import claims_absence
from threatsim.report.words.answer_parts.suppression import suppresses
from threatsim.statistics.estimate import Difference


@dataclass(frozen=True)
class ArmCell:
    """A figure of the baseline, or what another arm changes of it.

    Attributes:
        text: the figure; a change with its arrow.
        span: its 95 % interval; empty where it has none or it is not shown.
        sense: whether a change that was found is good for payers and patients.
    """

    text: str
    span: str
    sense: Literal["", "good", "bad"]


@dataclass(frozen=True)
class ArmLine:
    """An arm with its cells in the order of `ArmLines.metrics`."""

    title: str
    cells: list[ArmCell]


@dataclass(frozen=True)
class ArmLines:
    """The table.

    Attributes:
        metrics: the figures; the first is what arms are ranked by, and has its interval.
        lines: the arms, the baseline first.
    """

    metrics: list[MetricRow]
    lines: list[ArmLine]

    @property
    def heads(self) -> list[str]:
        """The titles of wide columns."""
        return [metric.title for metric in self.metrics]


def arm_lines(record: RunRecord) -> ArmLines:
    """Return the arms of a run, in a line each."""
    metrics = [ARM_METRICS[name] for name in _names(record)]
    return ArmLines(
        metrics,
        [
            ArmLine(numbers.printable(arm.title), [_cell(arm, one, one is metrics[0]) for one in metrics])
            for arm in record.arms
        ],
    )


def best_first(others: Sequence[ArmOutcome], metric: MetricRow) -> list[ArmOutcome]:
    """Return arms by their difference to the baseline, the best first; as they are where neither direction is good."""
    if metric.good == "neither":
        return list(others)
    return sorted(others, key=lambda arm: _rank(arm, metric))


def sense(metric: MetricRow, difference: Difference) -> Literal["", "good", "bad"]:
    """Return whether a difference that was found is good; empty where none was, or where it is neither."""
    arrow = numbers.arrow(difference)
    if not arrow or metric.good == "neither":
        return ""
    return "good" if (arrow == "↑") == (metric.good == "higher") else "bad"


def _rank(arm: ArmOutcome, metric: MetricRow) -> float:
    value = arm.differences[metric.name].value
    if value is None:
        return float("inf")
    return -value if metric.good == "higher" else value


def _names(record: RunRecord) -> tuple[str, ...]:
    """Return the figures: of absences what is accepted, of payers that alter images what they gain, then of money."""
    if suppresses(record):
        return (*shown_in("suppression"), *shown_in("ranking", record.arms[0].outcomes))
    left = set() if claims_absence(record) else {"accepted_rate"}
    return tuple(name for name in shown_in("brief", record.arms[0].outcomes) if name not in left)


def _cell(arm: ArmOutcome, metric: MetricRow, spanned: bool) -> ArmCell:
    if not arm.differences:
        figure = arm.outcomes[metric.name]
        return ArmCell(numbers.point(figure, metric.unit), numbers.interval(figure, metric.unit) if spanned else "", "")
    change = arm.differences[metric.name]
    text = f"{numbers.change(change.value, metric.unit)} {numbers.arrow(change)}".rstrip()
    return ArmCell(text, numbers.change_interval(change, metric.unit) if spanned else "", sense(metric, change))
