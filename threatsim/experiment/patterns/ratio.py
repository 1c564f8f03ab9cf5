"""A ratio of two means over the same replicates, with an interval that knows that what it divides by is uncertain."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from threatsim.statistics.estimate import Estimate
from threatsim.statistics.over_replicates import t_quantile

Values = NDArray[np.float64]


def ratio_of_means(part: Values, whole: Values) -> Estimate:
    """Return the mean of `part` over the mean of `whole`, with its 95 % interval by Fieller's theorem.

    Where the mean of `whole` cannot be told from 0 the interval is not bounded, and has no ends. Of figures none of
    which is negative it begins at 0 at the least. Where `part` is 0 in every replicate, so is the ratio, for sure.

    E. C. Fieller, Journal of the Royal Statistical Society B 16 (1954) 175-185.

    Args:
        part, whole: (N,) figures of the same independent replicates.
    """
    n = len(whole)
    a, b = math.fsum(part) / n, math.fsum(whole) / n
    if b == 0:
        return Estimate(value=None, low=None, high=None, n=n)
    value = a / b
    if not part.any():
        return Estimate(value=0.0, low=0.0, high=0.0, n=n)
    if n < 2:
        return Estimate(value=value, low=None, high=None, n=n)

    def covariance(left: Values, right: Values) -> float:
        return math.fsum((left - left.mean()) * (right - right.mean())) / (n - 1) / n

    squared = t_quantile(n - 1) ** 2
    lead = b * b - squared * covariance(whole, whole)
    middle = a * b - squared * covariance(part, whole)
    tail = a * a - squared * covariance(part, part)
    if lead <= 0:
        return Estimate(value=value, low=None, high=None, n=n)
    root = math.sqrt(max(middle * middle - lead * tail, 0.0))
    low, high = sorted(((middle - root) / lead, (middle + root) / lead))
    if min(part) >= 0 and min(whole) >= 0:
        low = max(low, 0.0)
    return Estimate(value=value, low=min(low, value), high=max(high, value), n=n)
