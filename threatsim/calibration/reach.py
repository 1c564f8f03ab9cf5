"""What each free number moves, on equal streams: a number that moves no moment cannot be fitted to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from threatsim.calibration.free_numbers import FreeNumber
from threatsim.calibration.inference.sequential import Observed
from threatsim.calibration.inference.weighted import Floats
from threatsim.calibration.moment_markets import ParticleMarkets
from threatsim.calibration.moments_file import ReadMoments

STREAMS: Final = 4
"""Markets of each end of a number: in one small market alone a number may happen to decide nothing."""
_END: Final = 1.2815515655446004
"""The standard normal quantile at 90 %."""


@dataclass(frozen=True)
class Reach:
    """What a number moves as it goes from the 10 % to the 90 % quantile of its prior, the others at their medians.

    Attributes:
        path: the number.
        moves: (M,) change of each moment in its standard errors; NaN where it is undefined.
        still: whether every moment stays what it is, to the bit.
    """

    path: str
    moves: Floats
    still: bool


def reaches(markets: ParticleMarkets, observed: Observed) -> list[Reach]:
    """Return what each free number moves: two points a number, all with the same streams."""
    count = len(markets.free)
    points = np.zeros((2 * count, count))
    for number in range(count):
        points[2 * number, number], points[2 * number + 1, number] = -_END, _END
    found = markets.with_shared_streams(points, STREAMS, "What each number moves")
    ends = zip(markets.free, found[::2], found[1::2], strict=True)
    return [
        Reach(one.path, (high - low) / observed.errors, bool(np.array_equal(low, high, equal_nan=True)))
        for one, low, high in ends
    ]


def refuse_still(found: list[Reach], read: ReadMoments, free: list[FreeNumber]) -> None:
    """Refuse a moment that is undefined wherever it was tried, and a free number that moves nothing.

    Raises:
        InputError: with its place in the file of moments.
    """
    moves = np.array([one.moves for one in found])
    for name, column in zip(read.used("fit"), moves.T, strict=True):
        if np.isnan(column).all():
            raise read.refusal(
                ("moments", name),
                f"'{name}' is undefined wherever it was tried: at the ends of what is believed of every free number",
                "More providers, weeks or --replicates may define it.",
            )
    for one, number in zip(found, free, strict=True):
        if one.still:
            low, high = (number.at(end) for end in (-_END, _END))
            raise read.refusal(
                ("free", one.path),
                f"'{one.path}' moves none of the moments: from {low:g} to {high:g} every one stays what it is",
                "Leave it out of free, or add a moment that it moves.",
            )
