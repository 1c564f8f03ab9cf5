"""Two sources of variance told apart: between groups, and within them (one-way random effects)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from threatsim.common.arithmetic.exact import beta_quantile
from threatsim.statistics.estimate import Estimate
from threatsim.statistics.over_replicates import LEVEL


@dataclass(frozen=True)
class Components:
    """An analysis of variance of groups of equal size, whose means are drawn anew for each group.

    Attributes:
        groups: number of groups, at least 2.
        size: figures in each, at least 2.
        mean_square_between: of the groups' means around the mean of all, times `size`.
        mean_square_within: of the figures around the mean of their group.
    """

    groups: int
    size: int
    mean_square_between: float
    mean_square_within: float

    @property
    def within(self) -> float:
        """The variance within a group."""
        return self.mean_square_within

    @property
    def between(self) -> float:
        """The variance of the groups' expectations: what their means vary by beyond the chance within; at least 0."""
        return max(0.0, (self.mean_square_between - self.mean_square_within) / self.size)

    @property
    def share(self) -> Estimate:
        """The share of the variance of a single figure that lies between groups, with its exact 95 % interval.

        The ratio of the mean squares is that of the variances behind them times a ratio of Fisher's law, whatever the
        variances are (Searle, Casella and McCulloch 1992, Variance Components, section 3.6). Undefined where nothing
        varies.
        """
        if self.mean_square_between + self.mean_square_within == 0:
            return Estimate(value=None, low=None, high=None, n=self.groups)
        freedom = self.groups - 1, self.groups * (self.size - 1)
        tail = (1 - LEVEL) / 2
        low, high = (self._share_at(f_quantile(p, *freedom)) for p in (1 - tail, tail))
        value = self._share_at(1.0)
        return Estimate(value=value, low=min(low, value), high=max(high, value), n=self.groups)

    def _share_at(self, ratio: float) -> float:
        """Return the share between groups that makes the mean squares' ratio so many times what it is without any."""
        excess = self.mean_square_between - ratio * self.mean_square_within
        if excess <= 0:
            return 0.0
        return excess / (excess + self.size * ratio * self.mean_square_within)


def components(values: NDArray[np.float64]) -> Components | None:
    """Return the analysis of variance of (groups, size) figures, groups with an undefined figure (NaN) left out.

    None for fewer than two whole groups, or fewer than two figures in each.
    """
    whole = values[np.isfinite(values).all(axis=1)]
    groups, size = whole.shape
    if groups < 2 or size < 2:
        return None
    means = np.array([math.fsum(row) / size for row in whole])
    mean = math.fsum(means) / groups
    between = size * math.fsum((means - mean) ** 2) / (groups - 1)
    within = math.fsum(((whole - means[:, None]) ** 2).ravel()) / (groups * (size - 1))
    return Components(groups, size, between, within)


def f_quantile(p: float, upper: int, lower: int) -> float:
    """Return where Fisher's F distribution function reaches p, the same to the bit on every processor.

    Args:
        p: probability, above 0 and below 1.
        upper, lower: degrees of freedom of the numerator and of the denominator.
    """
    share = beta_quantile(p, upper / 2, lower / 2)
    return lower * share / (upper * (1 - share))
