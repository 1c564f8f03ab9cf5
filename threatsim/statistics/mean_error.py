"""What makes a mean over replicates uncertain, and how much of it more replicates take away."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Design = Literal["fours", "pairs"]
"""How replicates share luck and resampled cases. Either way 2k and 2k + 1 have one luck and two resamples.

- fours: 4k and 4k + 2 have one resample, 4k + 1 and 4k + 3 another: two lucks crossed with two resamples.
- pairs: every replicate has a resample of its own, as in records from before there were fours.
"""


@dataclass(frozen=True)
class MeanError:
    """What makes a mean over replicates uncertain: their luck, of which more of them leave less, and the test set's.

    Attributes:
        luck: variance of the figure between units, which are pairs of replicates of one luck, or single replicates.
        cases: variance of the mean that comes from the test set, however many units there are.
        units: units observed.
        squares: sum of the squares of the mean squares that `cases` is the difference of; `cases` squared if it is one.
        share: degrees of freedom of such a mean square for each unit.
    """

    luck: float
    cases: float
    units: int
    squares: float = 0.0
    share: float = 1.0

    def variance(self, units: int | None = None) -> float:
        """The variance of the mean of so many units; of those observed if None."""
        return self.luck / (units or self.units) + self.cases

    def freedom(self, units: int | None = None) -> float:
        """Satterthwaite's degrees of freedom of that variance, not below those of its least mean square.

        A sum of mean squares never has fewer; a difference of two can by that formula, though the variance, which has
        `luck` as its floor, is not as uncertain (Gaylor and Hopper 1969, Technometrics 11:691-706).
        """
        m, variance = units or self.units, self.variance(units)
        if variance == 0:
            return m - 1.0
        # In shares of the variance: tiny variances would underflow.
        scale = math.sqrt(self.squares) / variance
        found = 1 / ((self.luck / m / variance) ** 2 / (m - 1) + scale**2 / (self.share * m))
        return max(found, min(self.share * m, m - 1.0))


def welch_freedom(errors: Sequence[MeanError], units: int | None = None) -> float:
    """Satterthwaite's degrees of freedom of the sum of independent variances, each of so many units or of its own."""
    total = sum(error.variance(units) for error in errors)
    if total == 0:
        return min(error.freedom(units) for error in errors)
    # In shares of the variance: tiny variances would underflow.
    return 1 / sum((error.variance(units) / total) ** 2 / error.freedom(units) for error in errors)


def resampled_error(sample: NDArray[np.float64], design: Design) -> MeanError | None:
    """The error of the mean with the test set's variance; None for fewer than two whole pairs.

    Args:
        sample: (n,) one figure a replicate; NaN where undefined.
        design: how the replicates share luck and cases.
    """
    pairs = _whole(sample, 2)
    m = len(pairs)
    if m < 2:
        return None
    luck = variance(pairs.mean(axis=1))
    fours = _whole(sample, 4) if design == "fours" else pairs[:0]
    if len(fours) < 2:
        # What differs within a pair is the test set's chance and its interplay with luck. Counted in full: too much.
        cases = math.fsum((pairs[:, 1] - pairs[:, 0]) ** 2) / 2 / m
        return MeanError(luck, cases, m, squares=cases**2, share=1.0 if design == "pairs" else 0.5)
    first, second = fours[:, 1] - fours[:, 0], fours[:, 3] - fours[:, 2]
    together = math.fsum((first + second) ** 2) / 8 / len(fours)  # test set + interplay / 2
    apart = math.fsum((first - second) ** 2) / 8 / len(fours)  # interplay / 2
    cases = max(together - apart, 0.0)
    squares = together**2 + apart**2 if cases else 0.0
    # Two lucks of one resample look more alike than they are by half of the test set's variance.
    return MeanError(luck + cases * m / (2 * (m - 1)), cases, m, squares, share=len(fours) / m)


def variance(sample: NDArray[np.float64]) -> float:
    """The variance of a sample of at least two, its sums correctly rounded."""
    mean = math.fsum(sample) / len(sample)
    return math.fsum((sample - mean) ** 2) / (len(sample) - 1)


def _whole(sample: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Return (k, size) the groups of so many replicates in turn that are defined in all of them."""
    groups = sample[: sample.size - sample.size % size].reshape(-1, size)
    return groups[~np.isnan(groups).any(axis=1)]
