"""How far one market lies from the mean of many: what a budget for one year has to allow for."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from threatsim.statistics.design import Design
from threatsim.statistics.estimate import Estimate
from threatsim.statistics.mean_error import resampled_error, variance, whole_groups
from threatsim.statistics.over_replicates import UNBOUNDED, defined, t_quantile


def prediction_interval(
    values: ArrayLike, *, bounds: tuple[float, float] = UNBOUNDED, design: Design = "fours"
) -> Estimate:
    """Return the mean, with the interval that holds the figure of one further market in 95 of 100 cases.

    The mean plus or minus t times the root of s^2 + between / m (Student's prediction interval of one observation; Hahn
    and Meeker 1991, Statistical Intervals, section 4.7): s^2 is the variance of single replicates, between that of the
    means of the m pairs. The resample of the cases in each replicate stands for the test set's distance from its
    population, which is therefore not added again.

    Args:
        values: (N,) one figure a replicate; NaN where undefined.
        bounds: the range that the figure can take; the interval is cut to it.
        design: how replicates share streams and cases.

    Returns:
        Without an interval where there is none of the mean (fewer than three whole pairs).
    """
    sample = np.asarray(values, dtype=np.float64)
    known = defined(sample)
    undefined = len(sample) - len(known)
    if not len(known):
        return Estimate(value=None, low=None, high=None, n=0, undefined=undefined)
    mean = math.fsum(known) / len(known)
    error = resampled_error(sample, design)
    if error is None:
        return Estimate(value=mean, low=None, high=None, n=len(known), undefined=undefined)
    pairs = whole_groups(sample, 2)
    single = variance(pairs.mean(axis=1)) + math.fsum((pairs[:, 1] - pairs[:, 0]) ** 2) / 4 / len(pairs)
    half = t_quantile(error.units - 1) * math.sqrt(single + error.between_units / error.units)
    low, high = (min(max(end, bounds[0]), bounds[1]) for end in (mean - half, mean + half))
    return Estimate(value=mean, low=low, high=high, n=len(known), undefined=undefined)
