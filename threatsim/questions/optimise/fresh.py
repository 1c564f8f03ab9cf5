"""The best choices in markets that the search did not see: what was chosen for its figures had chance in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from threatsim.questions.markets import Asked, Figures, lone_replicates
from threatsim.questions.optimise.findings import FreshTold
from threatsim.questions.optimise.levers import values_of
from threatsim.questions.optimise.trials import Goals, Tried, TriedChoice
from threatsim.statistics.over_replicates import mean_interval, paired_mean_difference

MOST_TOLD: Final = 12
"""Choices of a front that are run afresh; of more, some that lie evenly along it."""
_FIRST: Final = 100_000
"""Fresh markets are counted from here."""


def spread_out(front: Sequence[TriedChoice]) -> list[TriedChoice]:
    """Return at most so many choices of a front as are run afresh, its ends among them."""
    if len(front) <= MOST_TOLD:
        return list(front)
    return [front[round(place * (len(front) - 1) / (MOST_TOLD - 1))] for place in range(MOST_TOLD)]


def afresh(
    tried: Tried, numbered: Sequence[tuple[int, TriedChoice]], now: TriedChoice, replicates: int, *, again: int = 0
) -> tuple[FreshTold, list[FreshTold]]:
    """Return the scenario as it is, and choices, in fresh markets.

    Args:
        tried: what the search tried by.
        numbered: choices, each with the number of its trial.
        now: the scenario as it is, in the markets of the search; its choice is not looked at.
        replicates: markets of each.
        again: how often fresh markets were used before, so that these are others.
    """
    own = lone_replicates(_FIRST + again * 1000, replicates)
    values = [values_of(tried.levers, trial.choice) for _, trial in numbered]
    asked = [Asked(tried.fixed, own), *(Asked(tried.fixed | one, own) for one in values)]
    as_it_is, *others = tried.markets.figures(asked, tried.goals.metrics, "The best again, in fresh markets")
    first = _told(tried.goals, -1, {}, now, as_it_is, as_it_is)
    pairs = zip(numbered, values, others, strict=True)
    return first, [_told(tried.goals, number, at, trial, one, as_it_is) for (number, trial), at, one in pairs]


def _told(
    goals: Goals, number: int, values: dict[str, object], trial: TriedChoice, figures: Figures, as_it_is: Figures
) -> FreshTold:
    wanted, before = goals.wanted(figures), goals.wanted(as_it_is)
    return FreshTold(
        trial=number,
        values=dict(values),
        in_search=trial.objectives,
        objectives=tuple(mean_interval(one) for one in wanted),
        gains=tuple(
            paired_mean_difference(goal.sign * one, goal.sign * old)
            for goal, one, old in zip(goals.objectives, wanted, before, strict=True)
        ),
        constraints=tuple(mean_interval(one) for one in goals.held(figures)),
    )
