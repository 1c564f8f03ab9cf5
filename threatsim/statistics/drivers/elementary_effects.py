"""Elementary effects: which of many inputs move an outcome, by few runs (Morris, Technometrics 33 (1991) 161-174).

A trajectory walks through a grid of four levels and moves every input once. The mean of the absolute effects, mu*
(Campolongo, Cariboni and Saltelli, Environmental Modelling & Software 22 (2007) 1509-1518), orders the inputs; their
standard deviation, sigma, tells whether an effect is the same wherever the others are.

An outcome of chance makes an absolute effect of its own. Where every point is run in replicates of independent streams,
which all points of a trajectory share, half the difference of two replicates' effects is as large as the chance in
their mean, and holds nothing of the input: it is what mu* of an input without any effect would be.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from threatsim.statistics.estimate import Estimate
from threatsim.statistics.over_replicates import mean_interval

Floats = NDArray[np.float64]

_LEVELS = 4
_STEP = _LEVELS / (2 * (_LEVELS - 1))
_POSITIVE = (0.0, math.inf)


def trajectories(inputs: int, count: int, random: np.random.Generator) -> Floats:
    """Return (count, inputs + 1, inputs) points in the unit cube, each of which differs from the one before in one.

    Args:
        inputs: how many there are.
        count: trajectories.
        random: whole numbers and orders are drawn of it, which are the same on every processor.
    """
    low, starts_high, order = (np.empty((count, inputs)) for _ in range(3))
    for number in range(count):  # one after the other, so that more of them begin with the same
        low[number] = random.integers(_LEVELS // 2, size=inputs) / (_LEVELS - 1)
        starts_high[number] = random.integers(2, size=inputs)
        order[number] = random.permutation(inputs)
    moved_at = np.argsort(order, axis=1, kind="stable")
    moved = np.arange(inputs + 1)[None, :, None] > moved_at[:, None, :]
    points: Floats = low[:, None, :] + _STEP * (moved ^ (starts_high[:, None, :] == 1))
    return points


@dataclass(frozen=True)
class ElementaryEffects:
    """What one input does to an outcome over its whole range, as if along a straight line.

    Attributes:
        mean: mu, with the sign of the effect.
        absolute: mu*, the mean of absolute effects.
        spread: sigma, their standard deviation; what chance adds to it is taken out where there are replicates.
        chance: mu* of an input without effect, from the same replicates; NaN of one replicate.
        beyond_chance: mu* less that.
    """

    mean: Estimate
    absolute: Estimate
    spread: float
    chance: float
    beyond_chance: Estimate

    @property
    def matters(self) -> bool:
        """Whether the input is seen to move the outcome by more than chance does."""
        return self.beyond_chance.low is not None and self.beyond_chance.low > 0


def elementary_effects(points: Floats, outcomes: Floats) -> list[ElementaryEffects]:
    """Return the effects of each input.

    Args:
        points: (trajectories, inputs + 1, inputs) as `trajectories` gives them.
        outcomes: (trajectories, inputs + 1, replicates) what came out; trajectories with an undefined one (NaN) are
            left out, for the inputs of which it is an end.
    """
    steps = np.diff(points, axis=1)
    which = np.argmax(steps != 0, axis=2)
    size = np.take_along_axis(steps, which[:, :, None], axis=2)
    effects = np.diff(outcomes, axis=1) / size
    of_inputs = np.take_along_axis(effects, np.argsort(which, axis=1, kind="stable")[:, :, None], axis=1)
    return [_of_one(of_inputs[:, number]) for number in range(points.shape[2])]


def _of_one(effects: Floats) -> ElementaryEffects:
    """Return what the (trajectories, replicates) effects of an input come to."""
    known = effects[np.isfinite(effects).all(axis=1)]
    count, replicates = known.shape
    means = known.mean(axis=1)
    absolute = np.abs(means)
    spread = _variance(means)
    chance = np.full(count, math.nan)
    if replicates > 1:
        half = replicates // 2
        apart = (known[:, :half].mean(axis=1) - known[:, half : 2 * half].mean(axis=1)) / 2
        chance = np.abs(apart) * math.sqrt(2 * half / replicates)
        within = ((known - means[:, None]) ** 2).sum(axis=1) / (replicates - 1)
        spread -= math.fsum(within) / count / replicates if count else 0.0
    return ElementaryEffects(
        mean=mean_interval(means),
        absolute=mean_interval(absolute, bounds=_POSITIVE),
        spread=math.sqrt(max(0.0, spread)),
        chance=math.fsum(chance) / count if count else math.nan,
        beyond_chance=mean_interval(absolute - chance) if replicates > 1 else mean_interval(chance),
    )


def _variance(sample: Floats) -> float:
    if len(sample) < 2:
        return 0.0
    mean = math.fsum(sample) / len(sample)
    return math.fsum((sample - mean) ** 2) / (len(sample) - 1)
