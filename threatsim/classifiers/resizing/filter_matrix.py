"""What each pixel of a reduced row is made of, as a matrix: the filters of Pillow and OpenCV."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from threatsim.catalogue.pictures.resizes import RESIZES, ResizeRow

_SUPPORT = {"box": 0.5, "triangle": 1.0, "cubic": 2.0}
"""Kernel -> how far from its centre it reaches, in pixels of the wider scale."""


@lru_cache(maxsize=64)
def filter_matrix(name: str, given: int, taken: int) -> NDArray[np.float64]:
    """Return the (taken, given) matrix by which a row of `given` pixels becomes one of `taken`; its rows sum to 1.

    The coefficients are Pillow's of `precompute_coeffs` (Resample.c), of which OpenCV's are the case of a filter that
    does not grow, but that OpenCV repeats the pixel at the edge where Pillow leaves out what lies beyond it.

    Args:
        name: of the resize in `RESIZES`.
        given: pixels of a row as it is submitted.
        taken: pixels of a row as it is read, at most as many.
    """
    row, scale = RESIZES.find(name), given / taken
    found = np.zeros((taken, given))
    for place in range(taken):
        weights = _covered(place, scale) if row.kernel == "coverage" else _weighted(row, (place + 0.5) * scale, scale)
        for pixel, weight in weights:
            if row.antialiased:
                if 0 <= pixel < given:
                    found[place, pixel] += weight
            else:
                found[place, min(max(pixel, 0), given - 1)] += weight
        found[place] /= math.fsum(found[place])
    found.setflags(write=False)
    return found


def _weighted(row: ResizeRow, centre: float, scale: float) -> Iterator[tuple[int, float]]:
    """Yield the pixels within reach of a centre, with what the kernel gives them."""
    grown = max(scale, 1.0) if row.antialiased else 1.0
    reach = _SUPPORT[row.kernel] * grown
    kernel = _kernel(row)
    for pixel in range(math.floor(centre - reach + 0.5), math.floor(centre + reach + 0.5)):
        yield pixel, kernel((pixel - centre + 0.5) * (1 / grown))


def _covered(place: int, scale: float) -> Iterator[tuple[int, float]]:
    """Yield the pixels under a new one, with how much of each it covers."""
    start, end = place * scale, (place + 1) * scale
    for pixel in range(math.floor(start), math.ceil(end - 1e-9)):
        yield pixel, min(end, pixel + 1) - max(start, pixel)


def _kernel(row: ResizeRow) -> Callable[[float], float]:
    if row.kernel == "box":
        return lambda x: 1.0 if -0.5 < x <= 0.5 else 0.0
    if row.kernel == "triangle":
        return lambda x: max(0.0, 1.0 - abs(x))
    return lambda x: _cubic(abs(x), row.sharpness)


def _cubic(x: float, a: float) -> float:
    """Keys 1981, IEEE Trans. ASSP 29:1153."""
    if x < 1:
        return ((a + 2) * x - (a + 3)) * x * x + 1
    return (((x - 5) * x + 8) * x - 4) * a if x < 2 else 0.0
