"""An emulator of a sweep: of each figure and arm a quadratic surface through its points, judged on points left out.

A response surface of second order (Box and Wilson, Journal of the Royal Statistical Society B 13 (1951) 1-45), with
ridge regression (Hoerl and Kennard, Technometrics 12 (1970) 55-67) whose penalty is that of the least error on
points that are left out one at a time, which a linear smoother has in closed form (Allen, Technometrics 16 (1974)
125-127).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations_with_replacement
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from threatsim.common.arithmetic.portable import log
from threatsim.common.arithmetic.symmetric import cholesky, solved
from threatsim.questions.sweep.findings import SweepFindings, VariedPath

Floats = NDArray[np.float64]
Term = tuple[int, ...]
"""The levers whose places are multiplied; none for the constant."""

MOST_LEVERS: Final = 6
TOLERATED: Final = 1 / 3
"""An error above this share of the intervals' median width is too large for an emulator to be offered."""
_POINTS_A_TERM: Final = 1.5
_RIDGES: Final = (0.0, 1e-6, 1e-4, 1e-3, 1e-2, 1e-1)
"""Penalties that are tried, a point each; of equal ones the first."""
_HELD: Final = 1e-9
"""A point that decides its own value but for this cannot be left out."""


@dataclass(frozen=True)
class DialLever:
    """A number that a sweep varied.

    Attributes:
        path: dotted, with a * for every one of several.
        unit: of the number; empty if it has none.
        stands: what the scenario has; None where several places differ.
        low, high: the least and the greatest value of the sweep.
        log: whether steps are equal in the logarithm.
        whole: whether every value is a whole number.
        squared: whether it took three values or more, so that a curve can be told from a line.
    """

    path: str
    unit: str
    stands: float | None
    low: float
    high: float
    log: bool
    whole: bool
    squared: bool

    def places(self, values: Sequence[float]) -> Floats:
        """Return where values (N,) lie in the range, (N,), from -1 to 1."""
        low, high, at = (log(one) if self.log else np.asarray(one, float) for one in (self.low, self.high, values))
        places: Floats = (at - low) / (high - low) * 2 - 1
        return places


class Spread(NamedTuple):
    """A figure at a simulated point: its value and the ends of its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Surface:
    """A figure of an arm, emulated.

    Attributes:
        figure, arm: of what.
        levels: number of a point -> the figure there; of every point where it and its interval are defined.
        coefficients: of each term, to six significant digits; none where there are too few points.
        ridge: penalty on the squares of all coefficients but the constant, a point.
        error: root mean square of the errors on points left out; infinite where there are too few.
        width: median width of the intervals at the points.
    """

    figure: str
    arm: str
    levels: Mapping[int, Spread]
    coefficients: tuple[float, ...]
    ridge: float
    error: float
    width: float

    @property
    def offered(self) -> bool:
        """Whether the error is small beside the intervals that the simulation itself has."""
        return self.error <= TOLERATED * self.width


@dataclass(frozen=True)
class Emulator:
    """A sweep, emulated.

    Attributes:
        levers: what varied.
        terms: of every surface.
        surfaces: each figure of each arm, offered or not.
    """

    levers: tuple[DialLever, ...]
    terms: tuple[Term, ...]
    surfaces: tuple[Surface, ...]

    def at(self, surface: Surface, values: Mapping[str, float]) -> float:
        """Return a figure at values of all levers, path -> value."""
        places = np.array([lever.places([values[lever.path]]) for lever in self.levers]).T
        return math.fsum((_columns(places, self.terms)[0] * np.array(surface.coefficients)).tolist())


def emulated(findings: SweepFindings, arms: Sequence[str]) -> Emulator | None:
    """Return the emulator of a sweep; None where a path is no number, there are over six, or there are too few points.

    Half as many points again as there are terms are enough.

    Args:
        findings: of the sweep.
        arms: their names.
    """
    levers = levers_of(findings.varied)
    terms = terms_of(levers)
    if not levers or len(findings.points) < _POINTS_A_TERM * len(terms):
        return None
    places = np.array([lever.places([point[lever.path] for point in findings.points]) for lever in levers]).T
    columns = _columns(places, terms)

    @cache
    def fits(points: tuple[int, ...]) -> list[_Fit]:
        return _fits(columns[list(points)])

    surfaces = []
    for figure in findings.figures:
        for arm in arms:
            levels = {
                one.point: Spread(one.level.value, one.level.low, one.level.high)
                for one in findings.at(figure, arm)
                if one.level.value is not None and one.level.low is not None and one.level.high is not None
            }
            best = _Best((), 0.0, math.inf)
            if len(levels) >= _POINTS_A_TERM * len(terms):
                values = np.array([one.value for one in levels.values()])
                best = _best(columns[list(levels)], values, fits(tuple(levels)))
            width = float(np.median([one.high - one.low for one in levels.values()])) if levels else 0.0
            surfaces.append(Surface(figure, arm, levels, *best, width))
    return Emulator(levers, terms, tuple(surfaces))


def levers_of(varied: Sequence[VariedPath]) -> tuple[DialLever, ...]:
    """Return the levers; none where a path is no number or took one value, or there are over six paths."""
    levers = [_lever(one) for one in varied]
    found = tuple(one for one in levers if one is not None)
    return found if len(found) == len(levers) <= MOST_LEVERS else ()


def terms_of(levers: Sequence[DialLever]) -> tuple[Term, ...]:
    """Return the terms of a full quadratic surface: the constant, each lever, its square, and each pair's product."""
    numbers = range(len(levers))
    pairs = [one for one in combinations_with_replacement(numbers, 2) if one[0] != one[1] or levers[one[0]].squared]
    return ((), *((one,) for one in numbers), *pairs)


class _Fit(NamedTuple):
    """A penalty a point: (T, N) what each point adds to the coefficients, and how far each decides its own value."""

    ridge: float
    weights: Floats
    own: list[float]


class _Best(NamedTuple):
    """The coefficients, the penalty and the error of a surface."""

    coefficients: tuple[float, ...]
    ridge: float
    error: float


def _lever(varied: VariedPath) -> DialLever | None:
    values = varied.values
    if len(values) < 2 or not all(_is_number(one) for one in values):
        return None
    low, high = float(min(values)), float(max(values))
    return DialLever(
        path=varied.path,
        unit=varied.unit,
        stands=float(varied.stands) if _is_number(varied.stands) else None,
        low=low,
        high=high,
        log=varied.log and low > 0,
        whole=all(isinstance(one, int) for one in values),
        squared=len(values) > 2,
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _columns(places: Floats, terms: Sequence[Term]) -> Floats:
    """Return the terms (N, T) at places (N, D)."""
    found = np.ones((len(places), len(terms)))
    for number, term in enumerate(terms):
        for lever in term:
            found[:, number] *= places[:, lever]
    return found


def _fits(columns: Floats) -> list[_Fit]:
    found = [_fit(columns, ridge) for ridge in _RIDGES]
    return [one for one in found if all(1 - own > _HELD for own in one.own)]


def _fit(columns: Floats, ridge: float) -> _Fit:
    products = [[math.fsum((one * other).tolist()) for other in columns.T] for one in columns.T]
    for term in range(1, len(products)):
        products[term][term] += ridge * len(columns)
    lower = cholesky(products)
    rows = columns.tolist()
    weights = [solved(lower, row) for row in rows]
    own = [
        math.fsum(x * w for x, w in zip(row, weight, strict=True)) for row, weight in zip(rows, weights, strict=True)
    ]
    return _Fit(ridge, np.array(weights).T, own)


def _best(columns: Floats, values: Floats, fits: Sequence[_Fit]) -> _Best:
    """Return the surface through values (N,) at terms (N, T) that errs least on points left out."""
    best = _Best((), 0.0, math.inf)
    beside = values - values[0]  # a figure that is the same everywhere has no error, not one of rounding
    for fit in fits:
        constant, *others = [math.fsum((row * beside).tolist()) for row in fit.weights]
        fitted = [math.fsum((row * np.array([constant, *others])).tolist()) for row in columns]
        errors = [(at - one) / (1 - own) for at, one, own in zip(beside.tolist(), fitted, fit.own, strict=True)]
        error = _rounded(math.sqrt(math.fsum(one * one for one in errors) / len(errors)))
        if error < best.error:
            best = _Best(tuple(map(_rounded, (constant + float(values[0]), *others))), fit.ridge, error)
    return best


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")
