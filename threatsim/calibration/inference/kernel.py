"""The kernel that moves particles: a normal one with twice their covariance (Beaumont et al., Biometrika 96, 2009)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from threatsim.calibration.inference.weighted import Floats, covariance
from threatsim.common.arithmetic import portable
from threatsim.common.arithmetic.symmetric import Matrix, cholesky


@dataclass(frozen=True)
class Kernel:
    """A normal kernel around weighted particles.

    Attributes:
        points: (N, D) the particles.
        weights: (N,) their weights.
        lower: the lower triangle of the kernel's covariance.
    """

    points: Floats
    weights: Floats
    lower: Matrix

    @classmethod
    def around(cls, points: Floats, weights: Floats) -> Kernel:
        """Return the kernel of particles."""
        twice = [[2 * value for value in row] for row in covariance(points, weights)]
        return cls(points, weights, cholesky(twice))

    def moved(self, generator: np.random.Generator, count: int) -> Floats:
        """Return (count, D) new points: particles drawn by weight, each moved by the kernel."""
        reached = np.cumsum(self.weights)
        chosen = np.searchsorted(reached, generator.random(count) * float(reached[-1]), side="right")
        dimension = self.points.shape[1]
        normal = portable.standard_normal(generator, count * dimension).reshape(count, dimension)
        steps = np.zeros((count, dimension))
        for row in range(dimension):
            for column in range(row + 1):
                steps[:, row] += self.lower[row][column] * normal[:, column]
        return self.points[np.minimum(chosen, len(reached) - 1)] + steps

    def weights_of(self, new: Floats) -> Floats:
        """Return the weight of each of (N, D) new points: the density of the prior over that of the kernel.

        Where no particle is near, the density is below the smallest float; such a point has no weight.
        """
        scale = math.prod(self.lower[one][one] for one in range(new.shape[1]))
        total = math.fsum(self.weights.tolist())
        found = np.zeros(len(new))
        for number, point in enumerate(new):
            distance = self._squared_distance(point)
            near = math.fsum((self.weights * portable.exp(-0.5 * distance)).tolist()) / (total * scale)
            prior = float(portable.exp(-0.5 * math.fsum((point * point).tolist())))
            found[number] = prior / near if near > 0 else 0.0
        return found

    def _squared_distance(self, point: Floats) -> Floats:
        """Return (N,) the squared distance of a point from each particle, in units of the kernel."""
        apart = point - self.points
        scaled = np.zeros_like(apart)
        squared = np.zeros(len(apart))
        for row in range(apart.shape[1]):
            rest = apart[:, row].copy()
            for column in range(row):
                rest -= self.lower[row][column] * scaled[:, column]
            scaled[:, row] = rest / self.lower[row][row]
            squared += scaled[:, row] * scaled[:, row]
        return squared
