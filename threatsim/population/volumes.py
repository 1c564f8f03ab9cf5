"""Mean and spread of the volumes of practices, the same on any processor."""

from __future__ import annotations

import math
from functools import lru_cache


@lru_cache(maxsize=64)
def mean_of(volumes: tuple[float, ...]) -> float:
    """Return the mean of some volumes, exactly rounded."""
    return math.fsum(volumes) / len(volumes)


@lru_cache(maxsize=64)
def spread_of(volumes: tuple[float, ...]) -> float:
    """Return the standard deviation of the natural logarithm of some volumes above 0, in three significant digits."""
    from threatsim.common.arithmetic.portable import log  # numpy, which scenarios without such a file do not need

    logarithms = log(volumes)
    centre = math.fsum(logarithms.tolist()) / len(volumes)
    apart = logarithms - centre
    return float(f"{math.sqrt(math.fsum((apart * apart).tolist()) / len(volumes)):.3g}")
