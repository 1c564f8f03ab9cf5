"""Payer and attacker in turn, each with its best reply to what the other has, until neither gains.

A reply is taken only where its gain is told from 0 in markets that its search did not see; else the side stays, which
is how a game with chance comes to rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from threatsim.questions.markets import Asked, Markets
from threatsim.questions.optimise.best import constraint_told, lever_told, objective_told
from threatsim.questions.optimise.findings import InTurnFindings, Reply
from threatsim.questions.optimise.fresh import afresh
from threatsim.questions.optimise.levers import Lever, Side, values_of
from threatsim.questions.optimise.search import search
from threatsim.questions.optimise.trials import Goals, Tried, front_of, trial_of

MOST_REPLIES: Final = 12

Outcome = Literal["converged", "cycling", "still moving"]


def in_turn(
    markets: Markets,
    levers: Mapping[Side, Sequence[Lever]],
    goals: Mapping[Side, Goals],
    *,
    trials: int,
    replicates: int,
    fresh_replicates: int,
    seed: int,
    name: str,
) -> InTurnFindings:
    """Let the payer reply to the attacker and the attacker to the payer, the payer first.

    Args:
        markets: runs them.
        levers: what each chooses.
        goals: what each wants.
        trials: of each reply at most.
        replicates: markets of each trial.
        fresh_replicates: fresh markets by which a gain is told.
        seed: of the proposals.
        name: identity of the searches.

    Raises:
        ThreatsimError: a market fails.
    """
    sides: tuple[Side, Side] = ("payer", "attacker")
    chosen: dict[Side, dict[str, Any]] = {side: {} for side in sides}
    replies: list[Reply] = []
    seen = [_state(chosen)]
    outcome: Outcome = "still moving"
    cycle = 0
    while len(replies) < MOST_REPLIES:
        side = sides[len(replies) % 2]
        reply = _reply(
            markets,
            levers[side],
            goals[side],
            chosen,
            side,
            trials=trials,
            replicates=replicates,
            fresh_replicates=fresh_replicates,
            seed=seed,
            name=f"{name} {len(replies)}",
            again=len(replies),
        )
        replies.append(reply)
        chosen[side] = reply.values
        if len(replies) > 1 and not replies[-1].moved and not replies[-2].moved:
            outcome = "converged"
            break
        state = _state(chosen)
        if reply.moved and state in seen:
            outcome, cycle = "cycling", len(seen) - seen.index(state)
            break
        seen.append(state)
    return InTurnFindings(
        outcome=outcome,
        cycle=cycle,
        replies=tuple(replies),
        levers=tuple(lever_told(lever) for side in sides for lever in levers[side]),
        objectives=tuple(objective_told(goal) for side in sides for goal in goals[side].objectives),
        constraints=tuple(constraint_told(rule) for rule in goals["payer"].constraints),
        replicates=replicates,
        fresh_replicates=fresh_replicates,
        trials=trials,
    )


def _state(chosen: Mapping[Side, Mapping[str, Any]]) -> tuple[tuple[str, Any], ...]:
    return tuple(sorted((path, value) for values in chosen.values() for path, value in values.items()))


def _reply(
    markets: Markets,
    levers: Sequence[Lever],
    goals: Goals,
    chosen: Mapping[Side, Mapping[str, Any]],
    side: Side,
    *,
    trials: int,
    replicates: int,
    fresh_replicates: int,
    seed: int,
    name: str,
    again: int,
) -> Reply:
    """Return the best reply of a side, or that it stays."""
    own = dict(chosen[side])
    others = {path: value for one, values in chosen.items() if one != side for path, value in values.items()}
    tried = Tried(markets, levers, goals, replicates, others)
    before = Tried(markets, levers, goals, replicates, others | own)
    front = front_of(search(tried, trials, seed=seed, name=name))
    now = trial_of(goals, (), markets.figures([Asked(before.fixed, tried.replicates)], goals.metrics, "Until now")[0])
    if not front:
        nothing = afresh(before, [], now, fresh_replicates, again=again)[0]
        return Reply(side=side, values=own, gain=nothing.gains[0], moved=False)
    best = front[0]
    told = afresh(before, [(0, best)], now, fresh_replicates, again=again)[1][0]
    gain = told.gains[0]
    moved = gain.low is not None and gain.low > 0 and values_of(levers, best.choice) != own
    return Reply(side=side, values=values_of(levers, best.choice) if moved else own, gain=gain, moved=moved)
