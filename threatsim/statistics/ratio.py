"""A figure that is a quotient, over replicates: the sum of its parts over the sum of its wholes, with the jackknife."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ReplicateSample:
    """One figure over replicates.

    Attributes:
        values: (N,) one a replicate; NaN where undefined, +inf where a duration is not reached.
        wholes: (N,) what each is a quotient of, 0 where undefined; None for a figure that is averaged as it is.
        clusters: (N,) how many groups that share their fate each whole is made of; None where its units stand alone.
    """

    values: Floats
    wholes: Floats | None = None
    clusters: Floats | None = None

    def __getitem__(self, some: slice) -> ReplicateSample:
        """Return the sample of some of the replicates."""
        of_those = (None if one is None else one[some] for one in (self.wholes, self.clusters))
        return ReplicateSample(self.values[some], *of_those)

    @property
    def parts(self) -> Floats:
        """(N,) the dividends; 0 where the whole is.

        Raises:
            ValueError: the figure is no quotient.
        """
        if self.wholes is None:
            raise ValueError("a figure without wholes is no quotient")
        return np.where(self.wholes > 0, self.values, 0.0) * self.wholes

    @property
    def linear(self) -> Floats:
        """(N,) values whose mean is the figure and whose variance is the mean's: those of a quotient are linearised."""
        return self.values if self.wholes is None else linearised(self.parts, self.wholes)


def ratio_of_sums(parts: Floats, wholes: Floats) -> float:
    """Return the sum of parts (N,) over the sum of wholes (N,); NaN of nothing. A mean of quotients would be biased."""
    whole = math.fsum(wholes)
    return math.fsum(parts) / whole if whole else math.nan


def linearised(parts: Floats, wholes: Floats) -> Floats:
    """Return (N,) pseudo-values of replicates, whose mean is the ratio of sums and whose spread tells its error.

    Of a replicate with part x and whole w it is R + (x - R w) / w', where R is the ratio and w' the mean whole of the
    replicates outside its pair: the mean of a pair is then the jackknife's pseudo-value with that pair left out
    (Cochran 1977, Sampling Techniques, sections 6.4 and 6.17), and the difference within a pair is kept, so that the
    test set's chance can be told apart as it is in means. The pairs are 2k and 2k + 1. A replicate whose whole is 0
    takes no part in R and is one more observation of no deviation.

    Returns:
        NaN throughout where the sum of wholes is 0 or lies in one pair alone.
    """
    size = len(wholes)
    pair = np.arange(size) // 2
    own = np.bincount(pair, wholes)[pair]
    rest = size - np.bincount(pair)[pair]
    ratio, others = ratio_of_sums(parts, wholes), math.fsum(wholes) - own
    if math.isnan(ratio) or not (others > 0).all():
        return np.full(size, math.nan)
    deviations = (parts - ratio * wholes) * rest / others
    return deviations - math.fsum(deviations) / size + ratio
