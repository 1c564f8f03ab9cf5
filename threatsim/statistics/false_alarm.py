"""The threshold that keeps false alarms within a budget."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from threatsim.errors import ThreatsimError


def threshold_within(clean: ArrayLike, false_alarm: float) -> float:
    """The least threshold that a further clean statistic exceeds with probability `false_alarm` at most.

    The ceil((M + 1)(1 - a))-th smallest of M statistics: by exchangeability the bound holds at any M and for any
    distribution (Vovk, Gammerman & Shafer, Algorithmic Learning in a Random World, 2005). A plain quantile is too
    low by about 1 / M.

    Args:
        clean: (M,) statistics of clean images; ties are allowed and make the rate lower.
        false_alarm: the budget a, in (0, 1).

    Raises:
        ThreatsimError: M + 1 < 1 / a, so that no threshold keeps the budget; or a statistic is not a number.
    """
    ordered = np.sort(np.asarray(clean, dtype=np.float64))
    if not 0 < false_alarm < 1:
        raise ThreatsimError(f"a false-alarm budget lies between 0 and 1, and is {false_alarm:g}")
    if np.isnan(ordered).any():
        raise ThreatsimError("a detector's statistic on a clean image is not a number")
    rank = math.ceil((len(ordered) + 1) * (1 - false_alarm) - 1e-9)
    if rank > len(ordered):
        needed = math.ceil(1 / false_alarm - 1 - 1e-9)
        raise ThreatsimError(
            f"{len(ordered)} clean images cannot hold false alarms to {false_alarm:.3g}: at least {needed} are needed"
        )
    return float(ordered[rank - 1])
