"""How surprising a difference is, alone and among many, and how many replicates one like it would need to be seen.

Each p-value belongs to the interval of the same name in `over_replicates`: it is at most 5 % just where that interval
excludes zero.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from threatsim.statistics.design import Design
from threatsim.statistics.estimate import ALPHA
from threatsim.statistics.mean_error import MeanError, welch_freedom
from threatsim.statistics.over_replicates import (
    defined,
    defined_pairs,
    duration_differences,
    mean_error,
    rank_sum_law,
)
from threatsim.statistics.special import fair_binomial_cdf, normal_cdf, student_t_cdf, student_t_quantile

POWER: Final = 0.8
"""With the replicates that `units_needed` gives, a true difference of that size is seen in so many runs."""

_MOST_UNITS: Final = 10_000_000
_EXACT_RANK_SUMS: Final = 10_000  # as in over_replicates: beyond, the normal approximation


def paired_mean_p(base: ArrayLike, other: ArrayLike, *, design: Design = "fours") -> float | None:
    """Return the two-sided p-value of `paired_mean_difference` with the test set's variance; None without an interval.

    Args:
        base, other: (N,) figures of the same replicates of two arms; NaN where undefined.
        design: how the replicates share streams and cases.
    """
    change = np.asarray(other, dtype=np.float64) - np.asarray(base, dtype=np.float64)
    error = mean_error(change, design=design)
    return None if error is None else _t_test(_mean(change), error.variance(), error.freedom())


def welch_mean_p(
    base: ArrayLike, other: ArrayLike, *, designs: tuple[Design, Design] = ("fours", "fours")
) -> float | None:
    """Return the two-sided p-value of `welch_mean_difference` with each test set's variance; None without an interval.

    Args:
        base, other: (N,) and (M,) figures of the replicates of two runs; NaN where undefined.
        designs: how each side's replicates share streams and cases.
    """
    left, right = (mean_error(given, design=design) for given, design in zip((base, other), designs, strict=True))
    if left is None or right is None:
        return None
    errors = [left, right]
    return _t_test(_mean(other) - _mean(base), sum(one.variance() for one in errors), welch_freedom(errors))


def paired_median_p(base: ArrayLike, other: ArrayLike) -> float | None:
    """Return the two-sided sign test of durations (N,) that may not be reached (+inf); ties count for neither side."""
    left, right = defined_pairs(base, other)
    lowest, highest = duration_differences(left, right)
    n = len(left)
    if n == 0:
        return None
    against = n - max(int((lowest > 0).sum()), int((highest < 0).sum()))
    return min(1.0, 2 * fair_binomial_cdf(against, n))


def unpaired_median_p(base: ArrayLike, other: ArrayLike) -> float | None:
    """Return the two-sided Mann-Whitney test of durations (N,) and (M,) that may not be reached (+inf).

    Ties count for neither side. None where a side has no figure.
    """
    left, right = defined(base, infinite=True), defined(other, infinite=True)
    pairs = len(left) * len(right)
    if pairs == 0:
        return None
    lowest, highest = duration_differences(*(grid.ravel() for grid in np.meshgrid(left, right)))
    against = pairs - max(int((lowest > 0).sum()), int((highest < 0).sum()))
    if pairs > _EXACT_RANK_SUMS:
        spread = math.sqrt(pairs * (len(left) + len(right) + 1) / 12)
        return min(1.0, 2 * normal_cdf((against - pairs / 2) / spread))
    return min(1.0, 2 * math.fsum(rank_sum_law(len(left), len(right))[: against + 1]))


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjust p-values by Holm's step-down: to claim all differences with at most 5 % errs once in 20 times.

    S. Holm, Scandinavian Journal of Statistics 6 (1979) 65-70. None is no test and does not count.
    """
    ranked = sorted((p, i) for i, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    reached = 0.0
    for rank, (p, i) in enumerate(ranked):
        reached = max(reached, min(1.0, (len(ranked) - rank) * p))
        adjusted[i] = reached
    return adjusted


def units_needed(errors: Sequence[MeanError], difference: float, alpha: float = ALPHA) -> int | None:
    """Return how many units (pairs of replicates, or replicates) a difference needs to be seen with `POWER`.

    The least m for which |difference| >= (t(1 - alpha / 2) + t(80 %)) * sqrt(V), where V is the sum over the errors of
    between_units / m + cases, and t has Satterthwaite's degrees of freedom at m: the usual sample size of a t-test
    (Cohen 1988, chapter 2, by the central t distribution), with the part of the variance that replicates do not lessen.

    Args:
        errors: the error of the mean of the paired differences; or of each of two independent samples.
        difference: the size to be seen.
        alpha: level of the test.

    Returns:
        None if no number of units is enough (the test set alone leaves too much open), or the difference is 0.
    """

    def seen(m: int) -> bool:
        variance = sum(error.variance(m) for error in errors)
        freedom = welch_freedom(errors, m) if len(errors) > 1 else errors[0].freedom(m)
        return abs(difference) >= (
            student_t_quantile(1 - alpha / 2, freedom) + student_t_quantile(POWER, freedom)
        ) * math.sqrt(variance)

    if difference == 0 or not seen(_MOST_UNITS):
        return None
    low, high = 1, 2
    while not seen(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if seen(middle) else (middle, high)
    return high


def _t_test(difference: float, variance: float, freedom: float) -> float:
    if variance == 0:
        return 1.0 if difference == 0 else 0.0
    return 2 * student_t_cdf(-abs(difference) / math.sqrt(variance), freedom)


def _mean(values: ArrayLike) -> float:
    known = defined(values)
    return math.fsum(known) / len(known)
