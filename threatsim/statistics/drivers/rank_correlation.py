"""How far two figures rise together: Spearman's rank correlation with its interval."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from threatsim.common.arithmetic import portable
from threatsim.statistics.estimate import Estimate
from threatsim.statistics.over_replicates import Z

LEAST_PAIRS = 10
"""Fewer pairs than this say next to nothing of a correlation: no interval around 0 ends below 0.63."""


def rank_correlation(left: NDArray[np.float64], right: NDArray[np.float64]) -> Estimate:
    """Return Spearman's correlation of (N,) and (N,) figures, pairs with an undefined one (NaN) left out.

    The interval is normal on Fisher's scale, with the variance (1 + r^2 / 2) / (N - 3) of Bonett and Wright
    (Psychometrika 65 (2000) 23-28). Without a value where one of the two does not vary, or the pairs are too few.
    """
    both = np.isfinite(left) & np.isfinite(right)
    x, y = left[both], right[both]
    n = len(x)
    if n < LEAST_PAIRS or np.ptp(x) == 0 or np.ptp(y) == 0:
        return Estimate(value=None, low=None, high=None, n=n)
    one, other = (ranks(sample) - (n + 1) / 2 for sample in (x, y))
    r = math.fsum(one * other) / math.sqrt(math.fsum(one * one) * math.fsum(other * other))
    if abs(r) >= 1:
        return Estimate(value=math.copysign(1.0, r), low=None, high=None, n=n)
    middle = float(portable.log((1 + r) / (1 - r))) / 2
    half = Z * math.sqrt((1 + r * r / 2) / (n - 3))
    return Estimate(value=r, low=_correlation(middle - half), high=_correlation(middle + half), n=n)


def ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (N,) the ranks of (N,) figures from 1; equal ones share the mean of theirs."""
    ordered = np.sort(values)
    first, last = (np.searchsorted(ordered, values, side=side) for side in ("left", "right"))
    shared: NDArray[np.float64] = (first + 1 + last) / 2
    return shared


def _correlation(fisher: float) -> float:
    """Return the correlation at a place on Fisher's scale: the hyperbolic tangent."""
    less = float(portable.expm1(-2 * abs(fisher)))
    return math.copysign(-less / (2 + less), fisher)
