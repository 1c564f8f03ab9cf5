"""Which points a sweep looks at: every combination, or so many that fill the space."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, get_args

import numpy as np

from threatsim.common.errors import InputError
from threatsim.questions.variation import Variation

Design = Literal["grid", "latin", "sobol"]
DESIGNS: Final[tuple[Design, ...]] = get_args(Design)
DEFAULT_MAX_POINTS: Final = 500
DEFAULT_POINTS: Final = 32
_PARTS: Final = 2**30


def points_of(
    variations: Sequence[Variation],
    *,
    design: str = "grid",
    points: int | None = None,
    max_points: int = DEFAULT_MAX_POINTS,
    seed: int,
) -> list[dict[str, Any]]:
    """Return the points of a design, dotted path -> value each.

    A grid has every combination, the last path fastest. `latin` is a Latin hypercube (McKay, Beckman and Conover,
    Technometrics 21 (1979) 239-245), `sobol` Sobol's sequence with Owen's scrambling (Owen, Journal of Complexity 14
    (1998) 466-489), both SciPy's. More points of a Sobol sequence begin with the same ones.

    Args:
        variations: what varies.
        design: grid, latin or sobol.
        points: how many of latin or sobol; a grid has as many as there are combinations.
        max_points: the most that are wanted.
        seed: of the design.

    Raises:
        InputError: there is no such design, it has no such number of points, or more of them than `max_points`.
    """
    if design not in DESIGNS:
        raise InputError(
            f"--design: there is no design '{design}'; there are {', '.join(DESIGNS)}", given=design, allowed=DESIGNS
        )
    if design == "grid" and points is not None:
        raise InputError(
            "--points: a grid has every combination of the values",
            given=str(points),
            hint="Write their number behind each range, such as 0.01:0.2:7, or choose --design sobol.",
        )
    if points is not None and points < 2:
        raise InputError(f"--points is {points}; allowed is at least 2", given=str(points))
    count = math.prod(len(one.values) for one in variations) if design == "grid" else points or DEFAULT_POINTS
    if count > max_points:
        raise InputError(
            f"the design has {count:,} points, more than --max-points {max_points:,}",
            given=str(count),
            hint="Allow them with --max-points, give ranges fewer values, or choose --design sobol --points N.",
        )
    paths = [one.path for one in variations]
    if design == "grid":
        rows: Sequence[Sequence[Any]] = list(itertools.product(*(one.values for one in variations)))
    else:
        shares = _shares(design, len(variations), count, seed)
        rows = [[one.at(share) for one, share in zip(variations, row, strict=True)] for row in shares]
    return list(_without_doubles([dict(zip(paths, row, strict=True)) for row in rows]))


def _shares(design: str, dimensions: int, count: int, seed: int) -> list[list[float]]:
    """Return (count, dimensions) shares in [0, 1), whole multiples of one part in so many."""
    from scipy.stats import qmc

    rng = np.random.default_rng(seed)
    if design == "latin":
        found = qmc.LatinHypercube(dimensions, rng=rng).random(count)
    else:  # of a power of 2, which the sequence is balanced for; the first of them are those of a shorter one
        found = qmc.Sobol(dimensions, scramble=True, rng=rng).random_base2((count - 1).bit_length())[:count]
    return [[math.floor(share * _PARTS) / _PARTS for share in row] for row in found.tolist()]


def _without_doubles(points: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    kept: dict[str, dict[str, Any]] = {}
    for point in points:
        kept.setdefault(repr(list(point.values())), dict(point))  # a listed value may be a list, which has no hash
    return list(kept.values())
