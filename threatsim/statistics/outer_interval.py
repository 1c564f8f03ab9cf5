"""The interval of a figure under two doubts: numbers that are not known, and the chance of a run."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from threatsim.statistics.estimate import Estimate
from threatsim.statistics.over_replicates import LEVEL, UNBOUNDED, Z
from threatsim.statistics.variance_components import components


def interval_of_both(
    values: NDArray[np.float64], chance: Estimate, *, bounds: tuple[float, float] = UNBOUNDED
) -> Estimate:
    """Return the mean over draws of the numbers, and the interval that holds 95 % of the figure under both doubts.

    Of the few replicates of a draw the mean still holds much chance. So the draws' means are drawn together around
    the mean of all, until their variance is what the numbers make (an analysis of variance tells it) and that of the
    run's own mean. The ends are quantiles of what results, at p (draws + 1): between the i-th and the j-th of n lies
    one more in (j - i) / (n + 1) of cases, whatever their law. Fewer than 39 draws have no such ends, and the least
    and the greatest stand for them.

    Args:
        values: (draws, replicates) the figure; draws with an undefined one (NaN) are left out, two are needed.
        chance: the figure with the run's own interval, which holds chance alone.
        bounds: the range that the figure can take; the interval is cut to it.

    Raises:
        ValueError: there are fewer than two draws with two replicates each.
    """
    told = components(values)
    if told is None:
        raise ValueError("two draws with two replicates each are needed")
    means = np.sort(values[np.isfinite(values).all(axis=1)].mean(axis=1))
    mean = math.fsum(means) / len(means)
    spread = told.mean_square_between / told.size
    of_run = ((chance.high - chance.low) / (2 * Z)) ** 2 if chance.low is not None and chance.high is not None else 0.0
    factor = math.sqrt((told.between + of_run) / spread) if spread > 0 else 0.0
    tail = (1 - LEVEL) / 2
    low, high = (min(max(mean + factor * (_at(means, p) - mean), bounds[0]), bounds[1]) for p in (tail, 1 - tail))
    return Estimate(value=mean, low=low, high=high, n=len(means))


def _at(ordered: NDArray[np.float64], p: float) -> float:
    """Return the quantile at p (n + 1), the least or the greatest beyond them (Hyndman and Fan 1996, definition 6)."""
    place = min(max(p * (len(ordered) + 1), 1.0), float(len(ordered))) - 1
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (place - below) * (ordered[above] - ordered[below]))
