"""Estimates over replicates, each with its 95 % interval: means, medians, and differences of either.

Conventions, the same in every function:

- NaN is a figure that is undefined in that replicate (a detection rate where nobody billed falsely). It is
  left out, and `Estimate.n` says how many replicates remain. A difference leaves out the pair.
- +inf is a duration that is not reached. Only the medians accept it; an end of an interval that is infinite,
  and a median that is not reached, become None.
- Sums are correctly rounded (`math.fsum`), so that the same figures give the same bytes on every machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from threatsim.statistics.design import Design
from threatsim.statistics.estimate import ALPHA, Estimate
from threatsim.statistics.mean_error import MeanError, resampled_error, variance, welch_freedom
from threatsim.statistics.special import student_t_quantile

LEVEL = 0.95
Z = 1.959963984540054  # the 97.5 % point of the standard normal distribution
Floats = NDArray[np.float64]
UNBOUNDED = (-math.inf, math.inf)


def mean_error(values: ArrayLike, *, design: Design | None = "fours") -> MeanError | None:
    """Return what makes the mean of replicates uncertain; None where too few of them are independent to tell.

    Args:
        values: (N,) one figure a replicate; NaN where undefined.
        design: how they share streams and cases; the test set's variance is in, as in `resampled_mean_interval`, and
            three whole pairs are needed. None for independent replicates, without it, of which two are needed.
    """
    sample = np.asarray(values, dtype=np.float64)
    if design:
        return resampled_error(sample, design)
    known = defined(sample)
    return MeanError(variance(known), 0.0, len(known)) if len(known) > 1 else None


def mean_interval(values: ArrayLike, *, bounds: tuple[float, float] = UNBOUNDED) -> Estimate:
    """Return the mean of replicates with its Student t interval.

    Args:
        values: (N,) one figure a replicate; NaN where undefined.
        bounds: the range that the figure can take; the interval is cut to it (a share lies in [0, 1]).

    One replicate has a mean and no interval; none has neither.
    """
    sample = defined(values)
    n = len(sample)
    if n == 0:
        return Estimate(value=None, low=None, high=None, n=0)
    mean = math.fsum(sample) / n
    if n == 1:
        return Estimate(value=mean, low=None, high=None, n=1)
    half = t_quantile(n - 1) * math.sqrt(variance(sample) / n)
    low, high = bounds
    return Estimate(value=mean, low=min(max(mean - half, low), mean), high=max(min(mean + half, high), mean), n=n)


def resampled_mean_interval(
    values: ArrayLike,
    *,
    bounds: tuple[float, float] = UNBOUNDED,
    design: Design = "fours",
    alpha: float = ALPHA,
) -> Estimate:
    """Return the mean, with its 95 % interval, of replicates that share streams by twos and resampled cases by fours.

    The mean over ever more replicates settles on what these test cases give, not on what others of their kind would:
    the chance of the test set stays, however many replicates there are. A replicate runs on a bootstrap resample of
    the cases, which differs from the test set as the test set does from its population (Efron and Tibshirani 1993,
    chapter 6). So its variance is that of the main effect of resamples, and is added, in full, to that of the mean.

    Replicates of the same streams differ by their resamples, and by the interplay of both: other cases send a market
    another way, which averages out over streams. Of the two differences that two sets of streams make between the same
    two resamples, the product holds the main effect alone: half its mean over the fours of replicates estimates the
    test set's variance (an analysis of variance of two factors; Searle, Casella and McCulloch 1992, Variance
    Components, chapter 4). As a variance is not negative, the estimate is the median of the normal law around that
    mean, cut at 0. Degrees of freedom are Satterthwaite's, one a four for the test set's variance.

    Args:
        values: (N,) one figure a replicate; NaN where undefined.
        bounds: as in `mean_interval`.
        design: how they share streams and cases. In pairs, where the interplay cannot be told apart, half the mean
            square of the difference within a pair is taken for the test set's variance; so it is with fewer than two
            whole fours. The interval is then too wide, as far as there is interplay.
        alpha: how seldom the interval misses the mean, where that is not 5 %.

    With fewer than three whole pairs there is no interval: what shares its streams says nothing of their chance, and
    two say next to nothing.
    """
    plain = mean_interval(values, bounds=bounds)
    error = resampled_error(np.asarray(values, dtype=np.float64), design)
    if error is None or plain.value is None:
        return Estimate(value=plain.value, low=None, high=None, n=plain.n)
    half = t_quantile(error.freedom(), alpha) * math.sqrt(error.variance())
    (low, high), mean = bounds, plain.value
    return Estimate(value=mean, low=min(max(mean - half, low), mean), high=max(min(mean + half, high), mean), n=plain.n)


def median_interval(values: ArrayLike) -> Estimate:
    """Return the median of replicates with its order-statistic (binomial) interval; +inf is "not reached".

    The interval goes from the k-th smallest to the k-th largest value, k being the greatest for which the
    binomial tails P(X < k), X ~ Bin(n, 1/2), are at most 2.5 % each (David & Nagaraja, Order Statistics,
    section 7.1). It assumes no distribution. Fewer than six replicates have no such interval.
    """
    sample = defined(values, infinite=True)
    return _bracketed_median(np.sort(sample), np.sort(sample), _sign_rank(len(sample)), len(sample))


def paired_mean_difference(base: ArrayLike, other: ArrayLike, *, design: Design | None = None) -> Estimate:
    """Return the mean of `other - base` over the same replicates, with its Student t interval.

    Args:
        base, other: (N,) figures of replicates 0..N-1 of two arms that share their random streams.
        design: with the interval of `resampled_mean_interval` for replicates that share streams and cases so.
    """
    left, right = defined_pairs(base, other)
    if design:
        change = np.asarray(other, dtype=np.float64) - np.asarray(base, dtype=np.float64)
        return resampled_mean_interval(change, design=design)
    return mean_interval(right - left)


def paired_median_difference(base: ArrayLike, other: ArrayLike) -> Estimate:
    """Return the median of `other - base` over the same replicates, for durations that may not be reached (+inf).

    A duration that is not reached is longer than any that is, by an unknown amount: the difference lies
    anywhere below 0, above 0, or, where neither is reached, anywhere at all. The ends of the interval are
    taken from the least and the greatest that the differences can be, and the median is given only where it
    is the same both ways. So (None, low None, high 0) says: shorter, nobody knows by how much.
    """
    left, right = defined_pairs(base, other)
    lowest, highest = duration_differences(left, right)
    return _bracketed_median(np.sort(lowest), np.sort(highest), _sign_rank(len(left)), len(left))


def welch_mean_difference(
    base: ArrayLike, other: ArrayLike, *, designs: tuple[Design | None, Design | None] = (None, None)
) -> Estimate:
    """Return the difference of two means of independent replicates, with Welch's interval; n counts both samples.

    Args:
        base, other: (N,) and (M,) figures of the replicates of two runs; NaN where undefined.
        designs: with each side's variance of its test set, as in `resampled_mean_interval`.
    """
    left, right = defined(base), defined(other)
    n = len(left) + len(right)
    if len(left) == 0 or len(right) == 0:
        return Estimate(value=None, low=None, high=None, n=n)
    difference = math.fsum(right) / len(right) - math.fsum(left) / len(left)
    found = (mean_error(given, design=design) for given, design in zip((base, other), designs, strict=True))
    errors = [error for error in found if error]
    if len(errors) < 2:
        return Estimate(value=difference, low=None, high=None, n=n)
    squared = sum(error.variance() for error in errors)
    if squared == 0:
        return Estimate(value=difference, low=difference, high=difference, n=n)
    half = t_quantile(welch_freedom(errors)) * math.sqrt(squared)
    return Estimate(value=difference, low=difference - half, high=difference + half, n=n)


def unpaired_median_difference(base: ArrayLike, other: ArrayLike) -> Estimate:
    """Return Hodges-Lehmann shift of independent replicates: the median of all `other - base`, by rank sums.

    For durations (N,) and (M,) that may not be reached (+inf), treated as in `paired_median_difference`; n counts both
    samples.
    """
    left, right = defined(base, infinite=True), defined(other, infinite=True)
    lowest, highest = duration_differences(*(grid.ravel() for grid in np.meshgrid(left, right)))
    rank = _rank_sum_rank(len(left), len(right))
    return _bracketed_median(np.sort(lowest), np.sort(highest), rank, len(left) + len(right))


def wilson_interval(share: float, n: float) -> tuple[float, float]:
    """Return Wilson's score interval of a share observed on n cases (n may be an effective number, not whole).

    E. B. Wilson, Journal of the American Statistical Association 22 (1927) 209-212.

    Raises:
        ValueError: the share is not in [0, 1], or n is not above 0.
    """
    if not (0 <= share <= 1 and n > 0):
        raise ValueError(f"a share in [0, 1] of n > 0 cases is needed, not {share} of {n}")
    centre = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    # At the ends the interval holds the end itself; rounding would leave it just outside.
    return (0.0 if share == 0 else max(0.0, centre - half)), (1.0 if share == 1 else min(1.0, centre + half))


def t_quantile(freedom: float, alpha: float = ALPHA) -> float:
    """Return half the width of an interval in standard errors, by Student's t distribution: of 95 % or 1 - alpha."""
    return student_t_quantile(1 - alpha / 2, freedom)


def defined(values: ArrayLike, *, infinite: bool = False) -> Floats:
    """Return (K,) those of the figures (N,) that are defined; +inf only where `infinite` durations are meant.

    Raises:
        ValueError: there is not one figure a replicate, or one is infinite that must not be.
    """
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1:
        raise ValueError(f"one figure a replicate is needed, not an array of shape {sample.shape}")
    sample = sample[~np.isnan(sample)]
    bad = np.isneginf(sample) if infinite else np.isinf(sample)
    if bad.any():
        raise ValueError("an infinite figure has no mean" if not infinite else "a duration cannot be -inf")
    return sample


def defined_pairs(base: ArrayLike, other: ArrayLike) -> tuple[Floats, Floats]:
    """Return (K,) and (K,), the figures of those of N replicates in which both are defined.

    Raises:
        ValueError: `base` and `other` are not (N,) both.
    """
    left, right = np.asarray(base, dtype=np.float64), np.asarray(other, dtype=np.float64)
    if left.shape != right.shape or left.ndim != 1:
        raise ValueError(f"pairs need two samples of the same replicates, not {left.shape} and {right.shape}")
    both = ~(np.isnan(left) | np.isnan(right))
    return left[both], right[both]


def duration_differences(left: Floats, right: Floats) -> tuple[Floats, Floats]:
    """Return the least and the greatest that `right - left` can be: an unreached one exceeds all others."""
    left_open, right_open = np.isinf(left), np.isinf(right)
    difference = np.where(right_open, 0.0, right) - np.where(left_open, 0.0, left)
    lowest = np.where(left_open, -np.inf, np.where(right_open, 0.0, difference))
    highest = np.where(right_open, np.inf, np.where(left_open, 0.0, difference))
    return lowest, highest


def _bracketed_median(lowest: Floats, highest: Floats, rank: int, n: int) -> Estimate:
    """Return the median and the `rank`-th values from either end of sorted differences known to lie in a bracket."""
    if len(lowest) == 0:
        return Estimate(value=None, low=None, high=None, n=n)
    medians = {_median(lowest), _median(highest)}
    value = medians.pop() if len(medians) == 1 else math.nan
    low, high = (float(lowest[rank - 1]), float(highest[-rank])) if rank else (math.nan, math.nan)
    return Estimate(value=_finite(value), low=_finite(low), high=_finite(high), n=n)


def _median(ordered: Floats) -> float:
    """Return the middle value; between a reached and an unreached one it is not reached."""
    low, high = float(ordered[(len(ordered) - 1) // 2]), float(ordered[len(ordered) // 2])
    return low if low == high else (low + high) / 2


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


@lru_cache(maxsize=64)
def _sign_rank(n: int) -> int:
    """Return the greatest k with P(Bin(n, 1/2) < k) at most 2.5 %; 0 if there is none."""
    below = 0
    for k in range(n):
        below += math.comb(n, k)
        if below / (1 << n) > (1 - LEVEL) / 2:
            return k
    return 0


def _rank_sum_rank(m: int, n: int) -> int:
    """Return the greatest k with P(U < k) at most 2.5 % for the Mann-Whitney count U; 0 if there is none."""
    if m * n == 0:
        return 0
    if m * n > 10_000:
        return max(0, math.floor(m * n / 2 - Z * math.sqrt(m * n * (m + n + 1) / 12)))
    cumulative = np.cumsum(rank_sum_law(m, n))
    return int(np.searchsorted(cumulative, (1 - LEVEL) / 2, side="right"))


def rank_sum_law(m: int, n: int) -> Floats:
    """Return (m n + 1,) P(U = u) of the Mann-Whitney count: coefficients of the Gaussian binomial by their sum."""
    law: Floats = np.zeros(m * n + 1)
    law[0] = 1.0
    for i in range(1, m + 1):
        # Multiply by (1 - q^(n+i)) / (1 - q^i), scaled so that the sum stays 1.
        law[n + i :] -= law[: -(n + i)].copy() if n + i <= m * n else 0.0
        for start in range(i):
            law[start::i] = np.cumsum(law[start::i])
        law *= i / (n + i)
    return law


def as_floats(values: Sequence[float | None]) -> Floats:
    """Return values of a record, where null is undefined, as floats with NaN."""
    return np.array([math.nan if value is None else value for value in values], dtype=np.float64)
