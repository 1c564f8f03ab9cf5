"""The arms of the first screen, ranked by the figure that decides, each with its interval drawn beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from threatsim.catalogue.metrics import MetricRow
from threatsim.experiment.record.record import ArmOutcome, RunRecord
from threatsim.report.words.arm_lines import ArmLine, arm_lines, best_first, sense

_MARGIN: Final = 3.0
"""Per cent of a strip that stay free on either side."""


@dataclass(frozen=True)
class Strip:
    """An interval on the scale that all arms share, in per cent of its width.

    Attributes:
        low, high: ends of the 95 % interval.
        middle: the mean.
        zero: where nothing is changed.
        sense: good, bad or empty, as the cell beside it.
    """

    low: float
    high: float
    middle: float
    zero: float
    sense: str


@dataclass(frozen=True)
class RankedArm:
    """An arm's line in the table; the baseline has no strip, nor has an arm without an interval."""

    line: ArmLine
    strip: Strip | None


def ranked_arms(record: RunRecord) -> list[RankedArm]:
    """Return the baseline, then the other arms, the best first by the first figure of `arm_lines`.

    Where neither direction of that figure is good, they stay in the order of the scenario.
    """
    table = arm_lines(record)
    metric = table.metrics[0]
    lines = {arm.name: line for arm, line in zip(record.arms, table.lines, strict=True)}
    pairs = [(arm, lines[arm.name]) for arm in (record.arms[0], *best_first(record.arms[1:], metric))]
    ends = [end for arm, _ in pairs[1:] for end in _interval(arm, metric)]
    low, high = min([0.0, *ends]), max([0.0, *ends])
    return [RankedArm(line, _strip(arm, metric, low, high) if i else None) for i, (arm, line) in enumerate(pairs)]


def _interval(arm: ArmOutcome, metric: MetricRow) -> tuple[float, ...]:
    found = arm.differences[metric.name]
    return () if found.value is None or found.low is None or found.high is None else (found.low, found.high)


def _strip(arm: ArmOutcome, metric: MetricRow, low: float, high: float) -> Strip | None:
    found = arm.differences[metric.name]
    if not _interval(arm, metric) or high <= low:
        return None

    def place(value: float) -> float:
        return round(_MARGIN + (100 - 2 * _MARGIN) * (value - low) / (high - low), 1)

    assert found.low is not None
    assert found.high is not None
    assert found.value is not None
    return Strip(place(found.low), place(found.high), place(found.value), place(0.0), sense(metric, found))
