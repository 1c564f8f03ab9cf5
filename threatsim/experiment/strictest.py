"""The strictest of several operating points, which an attack that stops at a success must reach to serve them all."""

from __future__ import annotations

from collections.abc import Sequence

from numpy.typing import ArrayLike

from threatsim.scenario.schema import OperatingPoint
from threatsim.statistics.operating_point import threshold_at


def strictest_threshold(scores: ArrayLike, labels: ArrayLike, points: Sequence[OperatingPoint]) -> float | None:
    """The greatest threshold on calibration `scores` and `labels` (M,) of any of the points; None if there are none."""
    thresholds = [
        threshold_at(
            scores,
            labels,
            sensitivity=None if point.sensitivity is None else float(point.sensitivity),
            specificity=None if point.specificity is None else float(point.specificity),
        )
        for point in points
    ]
    return max(thresholds, default=None)
