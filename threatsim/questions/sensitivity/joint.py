"""Numbers that move together: elementary effects of many, then Sobol's indices of those that matter most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from threatsim.common.keyed.keyed_generator import keyed_generator
from threatsim.questions.markets import Asked, Figures, Floats, Markets, lone_replicates
from threatsim.questions.sensitivity.answers import metrics_of, of_answer
from threatsim.questions.sensitivity.budget import SCREENED_IN
from threatsim.questions.sensitivity.findings import Answer, Effect, Index, Variance
from threatsim.questions.sensitivity.varied import HIGH, LOW, Varied, values_at
from threatsim.scenario.schema import Scenario
from threatsim.statistics.drivers.elementary_effects import elementary_effects, trajectories
from threatsim.statistics.drivers.variance_shares import blocks, variance_shares

_FIRST_TRAJECTORY, _FIRST_SAMPLE = 1_000, 10_000
"""Markets of trajectories and of samples are counted from here: each has its own."""
_SEQUENCE = 2**30
"""Points of Sobol's sequence are whole multiples of one part in so many; half a part keeps them off 0 and 1."""

Points = Sequence[Sequence[Figures]]
"""Of each trajectory or sample, the figures at its points."""


def screened(
    scenario: Scenario,
    numbers: Sequence[Varied],
    answers: Sequence[Answer],
    markets: Markets,
    *,
    count: int,
    seed: int,
) -> list[Effect]:
    """Return the elementary effects of numbers between their 5 % and 95 % quantiles.

    Args:
        scenario: the scenario.
        numbers: what moves.
        answers: what is asked of.
        markets: runs them.
        count: trajectories.
        seed: of the trajectories.
    """
    shares = trajectories(len(numbers), count, keyed_generator(f"{seed}/sensitivity/trajectories"))
    inside = LOW + (HIGH - LOW) * shares
    of = _run(scenario, numbers, metrics_of(answers), markets, inside, _FIRST_TRAJECTORY, "Elementary effects")
    found = []
    for answer in answers:
        effects = elementary_effects(shares, _outcomes(of, answer, markets.arms[0]))
        for number, one in zip(numbers, effects, strict=True):
            found.append(
                Effect(
                    number=number.label,
                    answer=answer,
                    mean=one.mean,
                    absolute=one.absolute,
                    spread=one.spread,
                    chance=one.chance,
                    beyond_chance=one.beyond_chance,
                )
            )
    return found


def indexed(
    scenario: Scenario,
    numbers: Sequence[Varied],
    answers: Sequence[Answer],
    markets: Markets,
    *,
    count: int,
    seed: int,
) -> tuple[list[Index], list[Variance], Points]:
    """Return Sobol's indices of numbers over their whole ranges, what they are shares of, and the figures themselves.

    Args:
        scenario: the scenario.
        numbers: what moves; all others stay at their values.
        answers: what is asked of.
        markets: runs them.
        count: samples.
        seed: of the samples.
    """
    shares = blocks(len(numbers), count, keyed_generator(f"{seed}/sensitivity/samples"))
    inside = (shares * _SEQUENCE + 0.5) / _SEQUENCE
    of = _run(scenario, numbers, metrics_of(answers), markets, inside, _FIRST_SAMPLE, "Sobol's indices")
    indices, variances = [], []
    for answer in answers:
        told = variance_shares(_outcomes(of, answer, markets.arms[0]), keyed_generator(f"{seed}/sensitivity/resamples"))
        variances.append(Variance(answer=answer, deviation=float(np.sqrt(told.variance)), chance=told.chance))
        for number, first, total in zip(numbers, told.first, told.total, strict=True):
            indices.append(Index(number=number.label, answer=answer, first=first, total=total))
    return indices, variances, of


def _run(
    scenario: Scenario,
    numbers: Sequence[Varied],
    metrics: Sequence[str],
    markets: Markets,
    shares: Floats,
    first: int,
    title: str,
) -> Points:
    """Run (groups, points, numbers) shares, each group in markets of its own."""
    labels = [number.label for number in numbers]
    asked = []
    for group, points in enumerate(shares):
        replicates = lone_replicates(first + SCREENED_IN * group, SCREENED_IN)
        for point in points:
            at = values_at(scenario, numbers, dict(zip(labels, map(float, point), strict=True)))
            asked.append(Asked(at, replicates))
    found = markets.figures(asked, metrics, title)
    size = shares.shape[1]
    return [found[start : start + size] for start in range(0, len(found), size)]


def _outcomes(of: Points, answer: Answer, baseline: str) -> Floats:
    """Return (groups, points, replicates) an answer."""
    return np.array([[of_answer(point, answer, baseline) for point in points] for points in of])
