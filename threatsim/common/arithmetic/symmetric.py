"""Small symmetric matrices: each sum rounded once, so that what they solve is equal on every processor."""

from __future__ import annotations

import math
from collections.abc import Sequence

Matrix = list[list[float]]


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
