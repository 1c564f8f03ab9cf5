"""Choices tried, and what they came to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from threatsim.questions.markets import Asked, Figures, Floats, Markets, lone_replicates
from threatsim.questions.optimise.findings import TrialTold
from threatsim.questions.optimise.goals import Constraint, WantedSum
from threatsim.questions.optimise.levers import Choice, Lever, values_of


@dataclass(frozen=True)
class Goals:
    """What is wanted of one arm.

    Attributes:
        arm: the arm that the choice is made in.
        objectives: what is to be as small or as great as can be.
        constraints: what must hold.
    """

    arm: str
    objectives: tuple[WantedSum, ...]
    constraints: tuple[Constraint, ...] = ()

    @property
    def metrics(self) -> list[str]:
        """The figures that are needed."""
        sums = [*(one.sum for one in self.objectives), *(one.sum for one in self.constraints)]
        return list(dict.fromkeys(name for one in sums for _, name in one.terms))

    def wanted(self, figures: Figures) -> list[Floats]:
        """Return (replicates,) of each objective at a point."""
        return [one.sum.of(figures, self.arm) for one in self.objectives]

    def held(self, figures: Figures) -> list[Floats]:
        """Return (replicates,) of what each constraint holds at a point."""
        return [one.sum.of(figures, self.arm) for one in self.constraints]


@dataclass(frozen=True)
class TriedChoice:
    """A choice that was tried.

    Attributes:
        choice: a step of each lever.
        objectives: the mean of each over the markets of the search.
        constraints: the mean of what each constraint holds.
        costs: the objectives, each turned so that less is better; infinite where undefined.
        excess: by how much each constraint is broken; 0 or below where it holds, infinite where undefined.
    """

    choice: Choice
    objectives: tuple[float, ...]
    constraints: tuple[float, ...]
    costs: tuple[float, ...]
    excess: tuple[float, ...]

    @property
    def holds(self) -> bool:
        """Whether it keeps all constraints."""
        return all(one <= 0 for one in self.excess)

    @property
    def broken(self) -> float:
        """The sum of what constraints are broken by, each as it is."""
        return math.fsum(max(0.0, one) for one in self.excess)

    @property
    def order(self) -> tuple[float, float]:
        """By which one objective's trials are ordered: those that hold first, by cost; others by how near they come."""
        return (self.broken, self.costs[0] if self.holds else 0.0)

    def told(self, number: int, levers: Sequence[Lever]) -> TrialTold:
        """Return it as the record holds it."""
        values = values_of(levers, self.choice)
        return TrialTold(
            number=number,
            values=values,
            objectives=self.objectives,
            constraints=self.constraints,
            holds=self.holds,
        )


class Tried:
    """Tries choices, each once, in the same markets.

    Args:
        markets: runs them.
        levers: what is chosen.
        goals: what is wanted.
        replicates: markets of each trial.
        fixed: path -> value of what the other side has chosen.
    """

    def __init__(
        self,
        markets: Markets,
        levers: Sequence[Lever],
        goals: Goals,
        replicates: int,
        fixed: dict[str, object] | None = None,
    ) -> None:
        self.markets, self.levers, self.goals = markets, list(levers), goals
        self.replicates = lone_replicates(0, replicates)
        self.fixed = fixed or {}
        self.known: dict[Choice, TriedChoice] = {}

    def __call__(self, choices: Sequence[Choice], title: str) -> list[TriedChoice]:
        """Return the trials of choices, in their order; what was tried before is not run again."""
        new = [choice for choice in dict.fromkeys(choices) if choice not in self.known]
        asked = [Asked(self.fixed | values_of(self.levers, choice), self.replicates) for choice in new]
        found = self.markets.figures(asked, self.goals.metrics, title) if asked else []
        for choice, figures in zip(new, found, strict=True):
            self.known[choice] = trial_of(self.goals, choice, figures)
        return [self.known[choice] for choice in choices]


def trial_of(goals: Goals, choice: Choice, figures: Figures) -> TriedChoice:
    """Return what a choice came to."""
    wanted = tuple(_mean(one) for one in goals.wanted(figures))
    held = tuple(_mean(one) for one in goals.held(figures))
    costs = tuple(_known(goal.sign * value) for goal, value in zip(goals.objectives, wanted, strict=True))
    excess = tuple(_known(rule.excess(value)) for rule, value in zip(goals.constraints, held, strict=True))
    return TriedChoice(choice, wanted, held, costs, excess)


def beats(one: TriedChoice, other: TriedChoice) -> bool:
    """Return whether a trial is at least as good in all objectives and better in one."""
    pairs = list(zip(one.costs, other.costs, strict=True))
    return all(left <= right for left, right in pairs) and any(left < right for left, right in pairs)


def front_of(trials: Sequence[TriedChoice]) -> list[TriedChoice]:
    """Return those that keep all constraints and that no other such beats, by their first objective."""
    holding = list({trial.choice: trial for trial in trials if trial.holds and math.isfinite(trial.costs[0])}.values())
    front = [one for one in holding if not any(beats(other, one) for other in holding)]
    return sorted(front, key=lambda trial: trial.costs)


def _mean(values: Floats) -> float:
    return math.fsum(values) / len(values)


def _known(value: float) -> float:
    return math.inf if math.isnan(value) else value
