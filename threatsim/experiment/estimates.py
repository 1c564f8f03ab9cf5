"""How each figure is averaged over replicates: by its mean, or by its median if it may not be reached."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from threatsim.scenario.metrics import Metric
from threatsim.statistics import over_replicates as statistics
from threatsim.statistics.estimate import Estimate

DURATIONS = frozenset({"weeks_to_detection"})
"""Figures that are not reached in some replicates; NaN there stands for that."""


def replicate_values(
    metric: str, figures: Mapping[str, Sequence[float | None]], occurrences: str
) -> NDArray[np.float64]:
    """(n,) values of a metric, one a replicate: NaN where undefined, +inf where a duration is not reached.

    Args:
        metric: name of the figure.
        figures: name -> value in each replicate; None or NaN stands for undefined and for not reached alike.
        occurrences: name of the figure that is 0 where there was nothing to detect; a duration is undefined
            there and not reached elsewhere.
    """
    values = statistics.as_floats(figures[metric])
    if metric in DURATIONS:
        occurred = statistics.as_floats(figures[occurrences]) > 0
        values[np.isnan(values) & occurred] = math.inf
    return values


def estimate(name: str, metric: Metric, values: NDArray[np.float64]) -> Estimate:
    """The figure over replicates with its 95 % interval, cut to the range that its unit allows."""
    if name in DURATIONS:
        return statistics.median_interval(_one_of_each_pair(values))
    return statistics.resampled_mean_interval(values, bounds=_range(name, metric))


def difference(name: str, base: NDArray[np.float64], other: NDArray[np.float64], *, paired: bool) -> Estimate:
    """`other - base` with its 95 % interval, over the same replicates if paired, else independent."""
    if name in DURATIONS:
        shift = statistics.paired_median_difference if paired else statistics.unpaired_median_difference
        return shift(_one_of_each_pair(base), _one_of_each_pair(other))
    compare = statistics.paired_mean_difference if paired else statistics.welch_mean_difference
    return compare(base, other, resampled=True)


def _one_of_each_pair(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Replicates 2k and 2k + 1 share their luck, and the intervals of medians are for independent values."""
    return values[::2] if values.size > 2 else values


def _range(name: str, metric: Metric) -> tuple[float, float]:
    if metric.unit == "share":
        return 0.0, 1.0
    if name == "control_cost" or not metric.unit.startswith("USD"):
        return 0.0, math.inf
    return statistics.UNBOUNDED
