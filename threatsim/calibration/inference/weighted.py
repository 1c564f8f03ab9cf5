"""Means, covariances and quantiles of weighted points, and the small matrices they make: each sum rounded once."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Matrix = list[list[float]]


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


def cholesky(matrix: Matrix) -> Matrix:
    """Return the lower triangle whose product with its transpose is a symmetric matrix.

    A direction in which there is nothing gets a millionth of the greatest variance, so that a kernel can be made.
    """
    size = len(matrix)
    floor = 1e-12 * max((matrix[one][one] for one in range(size)), default=0.0) or 1e-12
    lower = [[0.0] * size for _ in range(size)]
    for row in range(size):
        for column in range(row):
            rest = math.fsum([matrix[row][column], *(-lower[row][k] * lower[column][k] for k in range(column))])
            lower[row][column] = rest / lower[column][column]
        rest = math.fsum([matrix[row][row], *(-lower[row][k] * lower[row][k] for k in range(row))])
        lower[row][row] = math.sqrt(max(rest, floor))
    return lower


def solved(lower: Matrix, right: Sequence[float]) -> list[float]:
    """Return x where lower times its transpose times x is `right`."""
    size = len(lower)
    middle = [0.0] * size
    for row in range(size):
        middle[row] = math.fsum([right[row], *(-lower[row][k] * middle[k] for k in range(row))]) / lower[row][row]
    found = [0.0] * size
    for row in reversed(range(size)):
        rest = math.fsum([middle[row], *(-lower[k][row] * found[k] for k in range(row + 1, size))])
        found[row] = rest / lower[row][row]
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
