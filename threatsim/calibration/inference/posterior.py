"""What a posterior comes to: what is identified, what moves together, and draws of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from threatsim.calibration.inference.adjustment import adjusted
from threatsim.calibration.inference.sequential import Fit, Observed
from threatsim.calibration.inference.weighted import Floats, covariance, effective_size, systematic
from threatsim.common.keyed.keyed_generator import keyed_generator

WIDE = 0.8
"""Width of a posterior, as a share of its prior's, from which a number is called not identified."""
TOGETHER = 0.95
"""Correlation, either way, beyond which two numbers are called one."""


@dataclass(frozen=True)
class Posterior:
    """A weighted sample of the posterior.

    Attributes:
        points: (N, D) standard normal under the prior.
        weights: (N,) above 0.
    """

    points: Floats
    weights: Floats

    @property
    def effective(self) -> float:
        """How many equally weighted particles tell as much."""
        return effective_size(self.weights)

    @property
    def widths(self) -> list[float]:
        """The standard deviation of each number, as a share of its prior's."""
        return [math.sqrt(row[place]) for place, row in enumerate(covariance(self.points, self.weights))]

    @property
    def correlations(self) -> list[list[float]]:
        """The correlation of each number with each."""
        found = covariance(self.points, self.weights)
        size = range(len(found))

        def of(one: int, other: int) -> float:
            spread = math.sqrt(found[one][one]) * math.sqrt(found[other][other])
            return 1.0 if one == other else found[one][other] / spread if spread > 0 else 0.0

        return [[of(one, other) for other in size] for one in size]

    def draws(self, count: int, key: str) -> Floats:
        """Return (count, D) draws."""
        uniform = float(keyed_generator(f"{key}|posterior").random())
        return self.points[systematic(self.weights, count, uniform)]


def posterior_of(fit: Fit, observed: Observed) -> Posterior:
    """Return the posterior of a search, adjusted for its tolerance."""
    points, weights = adjusted(fit.kept, observed)
    there = weights > 0
    return Posterior(points[np.flatnonzero(there)], weights[there])
