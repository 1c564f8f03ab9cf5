"""A moment from the figures of markets: a level, or an arm held against the baseline."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from threatsim.calibration.moment_figures import WantedFigure, unit_of_figure
from threatsim.calibration.moments_file import How, Measure, Moment

Means = Callable[[str, WantedFigure], float]
"""Arm and figure -> its mean over the replicates of a particle; NaN where undefined."""


def wanted_figures(moments: Iterable[Moment]) -> tuple[WantedFigure, ...]:
    """Return every figure that moments need, each once, in a fixed order."""
    found = {
        WantedFigure(name, one.measure.weeks)
        for one in moments
        for name in (one.measure.figure, one.measure.per)
        if name
    }
    return tuple(sorted(found, key=lambda one: one.key))


def wanted_arms(moments: Iterable[Moment], arms: Sequence[str]) -> tuple[str, ...]:
    """Return the arms that moments need, in the scenario's order, the baseline always."""
    needed = {arms[0], *(one.measure.arm for one in moments if one.measure.arm)}
    return tuple(arm for arm in arms if arm in needed)


def unit_of(measure: Measure) -> str:
    """Return the unit of what a measure gives."""
    if measure.how == "change":
        return "share of the baseline"
    if measure.how == "saved_per":
        return f"{unit_of_figure(measure.figure)} for each of {measure.per}".replace(" per year for", " for")
    return unit_of_figure(measure.figure)


def value_of(measure: Measure, means: Means, baseline: str) -> float:
    """Return what a measure gives of a particle's markets; NaN where it is undefined."""
    return _HOW[measure.how](measure, means, baseline)


def mean_of(values: Sequence[float]) -> float:
    """Return the mean, NaN if one is undefined."""
    return math.fsum(values) / len(values) if values and not any(map(math.isnan, values)) else math.nan


def _level(measure: Measure, means: Means, baseline: str) -> float:
    return means(measure.arm or baseline, WantedFigure(measure.figure, measure.weeks))


def _both(measure: Measure, means: Means, baseline: str, figure: str) -> tuple[float, float]:
    wanted = WantedFigure(figure, measure.weeks)
    return means(baseline, wanted), means(measure.arm, wanted)


def _difference(measure: Measure, means: Means, baseline: str) -> float:
    before, after = _both(measure, means, baseline, measure.figure)
    return after - before


def _change(measure: Measure, means: Means, baseline: str) -> float:
    before, after = _both(measure, means, baseline, measure.figure)
    return after / before - 1 if before > 0 else math.nan


def _saved_per(measure: Measure, means: Means, baseline: str) -> float:
    spent = _both(measure, means, baseline, measure.per)
    more = spent[1] - spent[0]
    return -_difference(measure, means, baseline) / more if more > 0 else math.nan


_HOW: Final[Mapping[How, Callable[[Measure, Means, str], float]]] = {
    "level": _level,
    "change": _change,
    "difference": _difference,
    "saved_per": _saved_per,
}
