"""How each figure is averaged and tested over replicates: by its mean, or by its median if it may not be reached."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from threatsim.catalogue.metrics import METRICS, MetricRow
from threatsim.statistics import over_replicates as statistics
from threatsim.statistics import significance
from threatsim.statistics.design import Design
from threatsim.statistics.estimate import Estimate

Designs = tuple[Design, Design]
FOURS: Final[Designs] = ("fours", "fours")


def replicate_values(
    metric: str, figures: Mapping[str, Sequence[float | None]], occurrences: str
) -> NDArray[np.float64]:
    """Return (N,) values of a metric, one a replicate: NaN where undefined, +inf where a duration is not reached.

    Args:
        metric: name of the figure.
        figures: name -> value in each replicate; None or NaN stands for undefined and for not reached.
        occurrences: name of the figure that is 0 where there was nothing to detect; a duration is undefined
            there and not reached elsewhere.
    """
    values = statistics.as_floats(figures[metric])
    if _is_duration(metric):
        occurred = statistics.as_floats(figures[occurrences]) > 0
        values[np.isnan(values) & occurred] = math.inf
    return values


def estimate(name: str, metric: MetricRow, values: NDArray[np.float64], *, design: Design = "fours") -> Estimate:
    """Return the figure over replicates with its 95 % interval, cut to the range that its unit allows.

    Args:
        name: of the figure.
        metric: its row, which says its unit.
        values: (N,) one a replicate; NaN where undefined, +inf where a duration is not reached.
        design: how the replicates share streams and cases.
    """
    if _is_duration(name):
        return statistics.median_interval(_independent(values, design))
    return statistics.resampled_mean_interval(values, bounds=_range(metric), design=design)


def difference(
    name: str, base: NDArray[np.float64], other: NDArray[np.float64], *, paired: bool, designs: Designs = FOURS
) -> Estimate:
    """Return `other - base` with its 95 % interval, over the same replicates if paired, else independent.

    Args:
        name: of the figure.
        base, other: (N,) values of the replicates of each side.
        paired: whether replicate i of one belongs to replicate i of the other.
        designs: how the replicates of each side share streams and cases.
    """
    if _is_duration(name):
        if paired:
            shared = _common(designs)
            return statistics.paired_median_difference(_independent(base, shared), _independent(other, shared))
        return statistics.unpaired_median_difference(*_each_independent(base, other, designs))
    if paired:
        return statistics.paired_mean_difference(base, other, design=_common(designs))
    return statistics.welch_mean_difference(base, other, designs=designs)


def p_value(
    name: str, base: NDArray[np.float64], other: NDArray[np.float64], *, paired: bool, designs: Designs = FOURS
) -> float | None:
    """Return the two-sided p-value that belongs to the interval of `difference`; None where there is none.

    Args:
        name: of the figure.
        base, other: (N,) values of the replicates of each side.
        paired: whether replicate i of one belongs to replicate i of the other.
        designs: how the replicates of each side share streams and cases.
    """
    if _is_duration(name):
        if paired:
            shared = _common(designs)
            return significance.paired_median_p(_independent(base, shared), _independent(other, shared))
        return significance.unpaired_median_p(*_each_independent(base, other, designs))
    if paired:
        return significance.paired_mean_p(base, other, design=_common(designs))
    return significance.welch_mean_p(base, other, designs=designs)


def replicates_needed(
    name: str,
    base: NDArray[np.float64],
    other: NDArray[np.float64],
    size: float,
    *,
    paired: bool,
    designs: Designs = FOURS,
) -> int | Literal["cases"] | None:
    """Return about how many replicates (of each side) would show a difference of a size in 4 of 5 runs.

    "cases" if no number would, because the test set alone leaves more open; None where it cannot be told: for a size of
    0, for durations, and for fewer than two replicates.

    Args:
        name: of the figure.
        base, other: (N,) values of the replicates of each side.
        size: the difference that is to be shown, in the figure's unit.
        paired: whether replicate i of one belongs to replicate i of the other.
        designs: how the replicates of each side share streams and cases.
    """
    if _is_duration(name) or size == 0:
        return None
    samples = [(other - base, _common(designs))] if paired else list(zip((base, other), designs, strict=True))
    errors = [statistics.mean_error(sample, design=design) for sample, design in samples]
    known = [error for error in errors if error is not None]
    if len(known) < len(errors):
        return None
    units = significance.units_needed(known, size)
    if units is None:
        return "cases"
    # Units are pairs, and fewer where a figure is undefined.
    each = max(len(sample) / error.units for (sample, _), error in zip(samples, known, strict=True))
    whole = max(2 if design == "pairs" else 4 for _, design in samples)
    return whole * math.ceil(units * each / whole)


def _common(designs: Designs) -> Design:
    """Return the design of the differences: of pairs and fours only the pairs have as much in common on both sides."""
    return "fours" if designs == FOURS else "pairs"


def _each_independent(
    base: NDArray[np.float64], other: NDArray[np.float64], designs: Designs
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return _independent(base, designs[0]), _independent(other, designs[1])


def _independent(values: NDArray[np.float64], design: Design) -> NDArray[np.float64]:
    """Return one replicate of each set of streams: the intervals of medians are for independent values."""
    if values.size <= 2:
        return values
    # Of fours the first and the last: 0, 3, 4, 7, ...
    return values[::2] if design == "pairs" else values[np.isin(np.arange(values.size) % 4, (0, 3))]


def _is_duration(name: str) -> bool:
    """Return whether a figure may not be reached, which NaN and infinity stand for; unknown figures always are."""
    return name in METRICS and METRICS[name].kind == "duration"


def _range(metric: MetricRow) -> tuple[float, float]:
    if metric.kind == "share":
        return 0.0, 1.0
    return statistics.UNBOUNDED if metric.kind == "money" else (0.0, math.inf)
