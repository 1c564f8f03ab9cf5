"""Means, covariances and quantiles of weighted points: each sum rounded once."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from threatsim.common.arithmetic.symmetric import Matrix

Floats = NDArray[np.float64]


def effective_size(weights: Floats) -> float:
    """Return how many equally weighted particles tell as much (Kish 1965)."""
    total, squares = math.fsum(weights.tolist()), math.fsum((weights * weights).tolist())
    return total * total / squares if squares > 0 else 0.0


def mean(points: Floats, weights: Floats) -> Floats:
    """Return the weighted mean (D,) of points (N, D)."""
    total = math.fsum(weights.tolist())
    return np.array([math.fsum((weights * column).tolist()) / total for column in points.T])


def covariance(points: Floats, weights: Floats) -> Matrix:
    """Return the weighted covariance (D, D) of points (N, D)."""
    total = math.fsum(weights.tolist())
    centred = (points - mean(points, weights)).T
    found: Matrix = [[0.0] * len(centred) for _ in centred]
    for row, one in enumerate(centred):
        for column in range(row + 1):
            value = math.fsum((weights * one * centred[column]).tolist()) / total
            found[row][column] = found[column][row] = value
    return found


def quantile(values: Floats, weights: Floats, share: float) -> float:
    """Return the least of (N,) values below which, itself included, lies at least a share of the weight."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    place = int(np.searchsorted(reached, share * float(reached[-1]), side="left"))
    return float(values[order[min(place, len(order) - 1)]])


def systematic(weights: Floats, count: int, uniform: float) -> NDArray[np.int64]:
    """Return the numbers of `count` particles drawn by weight, evenly (Kitagawa 1996), from one uniform number."""
    reached = np.cumsum(weights)
    marks = (np.arange(count) + uniform) / count * float(reached[-1])
    return np.minimum(np.searchsorted(reached, marks, side="right"), len(weights) - 1).astype(np.int64)
