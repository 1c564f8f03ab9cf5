"""All trials of a search: proposals over the whole ranges first, then steps around the best.

The last quarter of the trials of a single objective goes in steps of a lever up and down from the best so far, halved
where none is better (Hooke and Jeeves, Journal of the ACM 8 (1961) 212-229): it ends at a step of the range where
proposals still scatter, at the edge of a constraint too.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from threatsim.questions.optimise.levers import STEPS, Choice, Lever
from threatsim.questions.optimise.proposals import BATCH, Proposals
from threatsim.questions.optimise.trials import Tried, TriedChoice

_NEARBY: Final = 4
"""One trial of so many goes to steps around the best."""
_FIRST_STEP: Final = STEPS // 32


def search(
    tried: Tried,
    count: int,
    *,
    seed: int,
    name: str,
    journal: Path | None = None,
    given: Sequence[Choice] = (),
) -> list[TriedChoice]:
    """Return the trials of a search, in their order.

    Args:
        tried: tries choices.
        count: how many at most.
        seed: of the proposals.
        name: identity of the search.
        journal: where it is kept, so that it goes on where it was stopped.
        given: choices that are tried first.
    """
    objectives = len(tried.goals.objectives)
    alone = objectives == 1
    wide = max(BATCH, (count - count // _NEARBY if alone else count) // BATCH * BATCH)
    proposals = Proposals(tried.levers, objectives, len(tried.goals.constraints), seed=seed, name=name, journal=journal)
    before = proposals.told
    trials = tried(before, "Trials that were there")
    while len(trials) < wide:
        batch = proposals.ask(given if not trials else ())
        found = tried([choice for _, choice in batch], f"Trials {len(trials) + 1} to {len(trials) + BATCH}")
        proposals.tell(batch, found)
        trials += found
    return trials + (_nearby(tried, min(trials, key=lambda one: one.order), count - len(trials)) if alone else [])


def _nearby(tried: Tried, best: TriedChoice, left: int) -> list[TriedChoice]:
    """Return the trials of steps around the best, until there is none better within one step or none left."""
    found: list[TriedChoice] = []
    step = _FIRST_STEP
    while step >= 1 and left > len(found):
        around = [choice for choice in _around(tried.levers, best.choice, step) if choice not in tried.known]
        around = around[: left - len(found)]
        trials = tried(around, f"Steps of {step / STEPS:.1%} around the best")
        found += trials
        nearest = min([best, *trials], key=lambda one: one.order)
        step = step if nearest is not best else step // 2
        best = nearest
    return found


def _around(levers: Sequence[Lever], choice: Choice, step: int) -> list[Choice]:
    """Return the choices that differ in one lever by a step, or in the value of a list."""
    found = []
    for place, lever in enumerate(levers):
        here = choice[place]
        if lever.choices:
            others = [other for other in range(len(lever.choices)) if other != here] if step == _FIRST_STEP else []
        else:
            others = [min(lever.most, here + step), max(0, here - step)]
        found += [(*choice[:place], other, *choice[place + 1 :]) for other in others if other != here]
    return found
