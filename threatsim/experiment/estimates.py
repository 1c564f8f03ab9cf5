"""How each figure is averaged and tested over replicates: by its mean, or by its median if it may not be reached."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from threatsim.scenario.metrics import Metric
from threatsim.statistics import over_replicates as statistics
from threatsim.statistics import significance
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


def p_value(name: str, base: NDArray[np.float64], other: NDArray[np.float64], *, paired: bool) -> float | None:
    """The two-sided p-value that belongs to the interval of `difference`; None where there is none."""
    if name in DURATIONS:
        test = significance.paired_median_p if paired else significance.unpaired_median_p
        return test(_one_of_each_pair(base), _one_of_each_pair(other))
    return (significance.paired_mean_p if paired else significance.welch_mean_p)(base, other)


def replicates_needed(
    name: str, base: NDArray[np.float64], other: NDArray[np.float64], size: float, *, paired: bool
) -> int | Literal["cases"] | None:
    """About how many replicates (of each side) would show a difference of a size in 4 of 5 runs.

    "cases" if no number would, because the test set alone leaves more open; None where it cannot be told: for a size of
    0, for durations, and for fewer than two replicates.
    """
    if name in DURATIONS or size == 0:
        return None
    samples = [other - base] if paired else [base, other]
    errors = [statistics.mean_error(sample) for sample in samples]
    known = [error for error in errors if error is not None]
    if len(known) < len(errors):
        return None
    units = significance.units_needed(known, size)
    if units is None:
        return "cases"
    # Units are pairs, and fewer where a figure is undefined.
    each = max(len(sample) / error.units for sample, error in zip(samples, known, strict=True))
    return 2 * math.ceil(units * each / 2)


def _one_of_each_pair(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Replicates 2k and 2k + 1 share their luck, and the intervals of medians are for independent values."""
    return values[::2] if values.size > 2 else values


def _range(name: str, metric: Metric) -> tuple[float, float]:
    if metric.unit == "share":
        return 0.0, 1.0
    if name == "control_cost" or not metric.unit.startswith("USD"):
        return 0.0, math.inf
    return statistics.UNBOUNDED
