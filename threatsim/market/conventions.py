"""What the market's columns mean by their numbers: access, tactics, weeks, and whole cents."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from threatsim.common.errors import ThreatsimError
from threatsim.scenario.section import WEEKS_PER_YEAR as WEEKS_PER_YEAR

Cents = NDArray[np.int64]
LARGEST_USD = 1e9
"""Largest sum for one claim that the books accept (USD); years of such claims still fit 64 bits of cents."""


def cents(usd: float) -> int:
    """Return a sum in whole cents.

    Raises:
        ThreatsimError: the sum is larger than `LARGEST_USD`.
    """
    if abs(usd) > LARGEST_USD:
        raise ThreatsimError(f"{usd:g} USD is too much for the books; the most is {LARGEST_USD:g} USD")
    return round(usd * 100)


ACCESS = ("none", "black_box", "white_box")
"""What a provider can get hold of, each including what comes before it."""
HONEST = -1
"""The tactic of a provider, or a claim, that is honest; columns by tactic have its place last (`case_pool.submitted`
reads tables of images, where it is first)."""
NO_WEEK = -(2**31)
"""The week of what has not happened; no array has such a place, so that none is read by mistake."""
ALL_PAYERS = -128
"""The target (int8) of a provider that bills falsely to whichever payer a case has; no place of an array either."""
