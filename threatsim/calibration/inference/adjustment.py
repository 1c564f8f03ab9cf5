"""What the tolerance left is taken out by regression (Beaumont, Zhang and Balding, Genetics 162, 2002)."""

from __future__ import annotations

import math

import numpy as np

from threatsim.calibration.inference.sequential import Observed, Particles
from threatsim.calibration.inference.weighted import Floats
from threatsim.common.arithmetic.symmetric import cholesky, solved

PARTICLES_FOR_EACH = 5
"""Particles for each coefficient below which nothing is adjusted."""
_RIDGE = 1e-9


def adjusted(particles: Particles, observed: Observed) -> tuple[Floats, Floats]:
    """Return points as they would be if their moments were those observed, and their weights.

    The points are regressed on the deviations of their moments, the nearer ones counting more (Epanechnikov), and
    moved along the line. With too few particles for a line they stay.

    Returns:
        (N, D) points and (N,) weights.
    """
    points, weights = particles.points, particles.weights
    count, moments = particles.noisy.shape
    if count < PARTICLES_FOR_EACH * (moments + 1):
        return points, weights
    tolerance = float(particles.distances.max())
    near = weights * (1 - (particles.distances / tolerance) ** 2) if tolerance > 0 else weights
    near = np.maximum(near, 0.0)
    deviations = (particles.noisy - observed.values) / observed.errors
    columns = [np.ones(count), *deviations.T]
    products = [[math.fsum((near * one * other).tolist()) for other in columns] for one in columns]
    ridge = _RIDGE * max(products[one][one] for one in range(len(columns)))
    for one in range(len(columns)):
        products[one][one] += ridge
    lower = cholesky(products)
    moved = points.copy()
    for dimension in range(points.shape[1]):
        right = [math.fsum((near * one * points[:, dimension]).tolist()) for one in columns]
        _, *slopes = solved(lower, right)
        for slope, deviation in zip(slopes, deviations.T, strict=True):
            moved[:, dimension] -= slope * deviation
    return moved, near
