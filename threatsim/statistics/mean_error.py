"""What makes a mean over replicates uncertain, and how much of it more replicates take away."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from threatsim.statistics.design import Design
from threatsim.statistics.special import truncated_normal_median

LEAST_PAIRS: Final = 3
"""With fewer pairs of replicates of their own streams there is no interval: two say next to nothing of their spread."""


@dataclass(frozen=True)
class MeanError:
    """What makes a mean over replicates uncertain: their streams, of which more leave less, and the test set.

    Attributes:
        between_units: variance of the figure between units, which are pairs of replicates that share their streams, or
            single replicates.
        cases: variance of the mean that comes from the test set, however many units there are.
        units: units observed.
        share: degrees of freedom of `cases` for each unit.
    """

    between_units: float
    cases: float
    units: int
    share: float = 1.0

    def variance(self, units: int | None = None) -> float:
        """Return the variance of the mean of so many units; of those observed if None."""
        return self.between_units / (units or self.units) + self.cases

    def freedom(self, units: int | None = None) -> float:
        """Return Satterthwaite's degrees of freedom of that variance."""
        m, variance = units or self.units, self.variance(units)
        if variance == 0:
            return m - 1.0
        # In shares of the variance: tiny variances would underflow.
        between_units, cases = self.between_units / m / variance, self.cases / variance
        return 1 / (between_units * between_units / (m - 1) + cases * cases / (self.share * m))


def welch_freedom(errors: Sequence[MeanError], units: int | None = None) -> float:
    """Return Satterthwaite's degrees of freedom of a sum of independent variances, each of so many units or its own."""
    total = sum(error.variance(units) for error in errors)
    if total == 0:
        return min(error.freedom(units) for error in errors)
    # In shares of the variance: tiny variances would underflow.
    shares = [error.variance(units) / total for error in errors]
    return 1 / sum(share * share / error.freedom(units) for share, error in zip(shares, errors, strict=True))


def resampled_error(sample: NDArray[np.float64], design: Design) -> MeanError | None:
    """Return the error of the mean with the test set's variance; None for fewer than three whole pairs.

    Args:
        sample: (N,) one figure a replicate; NaN where undefined.
        design: how the replicates share streams and cases.
    """
    pairs = whole_groups(sample, 2)
    m = len(pairs)
    if m < LEAST_PAIRS:
        return None
    between_units = variance(pairs.mean(axis=1))
    fours = whole_groups(sample, 4) if design == "fours" else pairs[:0]
    if len(fours) < 2:
        # What differs within a pair is the test set's chance and its interplay with the streams. In full: too much.
        cases = math.fsum((pairs[:, 1] - pairs[:, 0]) ** 2) / 2 / m
        return MeanError(between_units, cases, m, share=1.0 if design == "pairs" else 0.5)
    first, second = fours[:, 1] - fours[:, 0], fours[:, 3] - fours[:, 2]
    together = math.fsum((first + second) ** 2) / 8 / len(fours)  # test set + interplay / 2
    apart = math.fsum((first - second) ** 2) / 8 / len(fours)  # interplay / 2
    cases = _no_less_than_zero(together - apart, math.hypot(together, apart) * math.sqrt(2 / len(fours)))
    # Two sets of streams on one resample look more alike than they are by half of the test set's variance.
    return MeanError(between_units + cases * m / (2 * (m - 1)), cases, m, share=len(fours) / m)


def _no_less_than_zero(found: float, error: float) -> float:
    """Return the median of the normal law with this mean and error, cut at 0: a variance estimated by a difference.

    Where the difference is many of its standard errors above 0, that is the difference itself. Near 0 the difference
    says little, and a variance of 0 in its place would make intervals too narrow (Chung et al. 2013, Psychometrika
    78:685-709); this is as likely too small as too large.
    """
    if error == 0:
        return max(found, 0.0)
    return error * truncated_normal_median(found / error)


def variance(sample: NDArray[np.float64]) -> float:
    """Return the variance of a sample (N,) of at least two, its sums correctly rounded."""
    mean = math.fsum(sample) / len(sample)
    return math.fsum((sample - mean) ** 2) / (len(sample) - 1)


def whole_groups(sample: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Return (k, size) the groups of so many replicates in turn that are defined in all of them."""
    groups = sample[: sample.size - sample.size % size].reshape(-1, size)
    return groups[~np.isnan(groups).any(axis=1)]
