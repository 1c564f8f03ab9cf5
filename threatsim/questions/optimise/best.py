"""One side's best choice: the search, then the winner, or the front, in fresh markets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from threatsim.common.errors import ThreatsimError
from threatsim.questions.markets import Asked, Markets
from threatsim.questions.optimise.findings import GoalTold, LeverTold, SearchFindings
from threatsim.questions.optimise.fresh import afresh, spread_out
from threatsim.questions.optimise.goals import Constraint, WantedSum
from threatsim.questions.optimise.levers import Lever, values_of
from threatsim.questions.optimise.search import search
from threatsim.questions.optimise.trials import Goals, Tried, TriedChoice, front_of, trial_of


def best_choice(
    markets: Markets,
    levers: Sequence[Lever],
    goals: Goals,
    *,
    trials: int,
    replicates: int,
    fresh_replicates: int,
    seed: int,
    name: str,
    journal: Path | None = None,
) -> SearchFindings:
    """Find the best choice, and run it again in markets that the search did not see.

    Args:
        markets: runs them.
        levers: what is chosen, all of one side.
        goals: what is wanted.
        trials: choices tried at most.
        replicates: markets of each.
        fresh_replicates: markets of what is told.
        seed: of the proposals.
        name: identity of the search.
        journal: where it is kept.

    Raises:
        ThreatsimError: nothing tried keeps the constraints; or a market fails.
    """
    tried = Tried(markets, levers, goals, replicates)
    now = trial_of(goals, (), markets.figures([Asked({}, tried.replicates)], goals.metrics, "As it is")[0])
    found = search(tried, trials, seed=seed, name=name, journal=journal)
    front = front_of(found)
    if not front:
        raise infeasible(found, levers, goals.constraints)
    front = spread_out(front if len(goals.objectives) > 1 else front[:1])
    first_at = {trial.choice: number for number, trial in reversed(list(enumerate(found)))}
    as_it_is, told = afresh(tried, [(first_at[one.choice], one) for one in front], now, fresh_replicates)
    return SearchFindings(
        side=levers[0].side,
        arm=goals.arm,
        levers=tuple(lever_told(lever) for lever in levers),
        objectives=tuple(objective_told(one) for one in goals.objectives),
        constraints=tuple(constraint_told(one) for one in goals.constraints),
        replicates=replicates,
        fresh_replicates=fresh_replicates,
        trials=tuple(trial.told(number, levers) for number, trial in enumerate(found)),
        as_it_is=as_it_is,
        front=tuple(told),
    )


def infeasible(
    trials: Sequence[TriedChoice], levers: Sequence[Lever], constraints: Sequence[Constraint]
) -> ThreatsimError:
    """Return what to say where nothing tried keeps the constraints."""
    nearest = min(trials, key=lambda trial: trial.broken)
    held = ", ".join(
        f"{rule.sum.text} {value:.3g} (wanted {'at most' if rule.at_most else 'at least'} {rule.bound:g})"
        for rule, value in zip(constraints, nearest.constraints, strict=True)
    )
    at = ", ".join(f"{path}={_short(value)}" for path, value in values_of(levers, nearest.choice).items())
    return ThreatsimError(
        f"nothing tried satisfies {' and '.join(rule.text for rule in constraints)}, in {len(trials)} trials; nearest "
        f"was {held}, at {at}",
        hint="Widen what may be chosen, loosen the constraint, or try more (--trials).",
    )


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def lever_told(lever: Lever) -> LeverTold:
    """Return a lever as the record holds it."""
    return LeverTold(
        path=lever.path,
        side=lever.side,
        choices=lever.choices,
        low=lever.of.low,
        high=lever.of.high,
        log=lever.of.log,
    )


def objective_told(goal: WantedSum) -> GoalTold:
    """Return an objective as the record holds it."""
    return GoalTold(text=goal.sum.text, direction=goal.direction)


def constraint_told(rule: Constraint) -> GoalTold:
    """Return a constraint as the record holds it."""
    return GoalTold(text=rule.text, direction="at most" if rule.at_most else "at least", bound=rule.bound)
