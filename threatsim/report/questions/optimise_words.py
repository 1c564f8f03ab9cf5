"""The best choice, in words."""

from __future__ import annotations

import re
from typing import Any, Final

from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.questions.optimise.findings import FreshTold, GoalTold, SearchFindings
from threatsim.questions.optimise.record import InTurnRecord, SearchRecord
from threatsim.report.words import numbers


def unit_of(goal: GoalTold) -> str:
    """Return the unit of what a goal adds up: of its first figure."""
    found = re.search(r"[A-Za-z_]\w*", re.sub(r"[\d.]+[eE][+-]?\d+", "", goal.text))
    name = found[0] if found else ""
    return ARM_METRICS[name].unit if name in ARM_METRICS else ""


FEW_LEVERS: Final = 3
"""Levers whose values a sentence or a cell has room for; those of more stand in a table of their own."""


def choice_names(found: SearchFindings) -> list[str]:
    """Return what each choice is called where there is more than one, or more levers than a cell has room for."""
    if len(found.levers) <= FEW_LEVERS:
        return [choice_in_words(one.values) for one in found.front]
    return ["the best"] if len(found.front) == 1 else [f"choice {place}" for place in range(1, len(found.front) + 1)]


def choice_in_words(values: dict[str, Any]) -> str:
    """Return the values of a choice."""
    return ", ".join(f"{path} = {value_in_words(value)}" for path, value in values.items()) or "as it is"


def value_in_words(value: Any) -> str:
    """Return a value: numbers to three digits."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return numbers.number(float(value)) if is_number else str(value).lower() if isinstance(value, bool) else str(value)


def sentences(record: SearchRecord) -> list[str]:
    """Return the answer in three sentences: the choice, what it gains, and what the search flattered."""
    found = record.findings
    goal, best = found.objectives[0], found.front[0]
    unit, called = unit_of(goal), choice_names(found)
    if len(found.objectives) > 1:
        names = numbers.listed([one.text for one in found.objectives])
        return [
            f"{len(found.front)} choices are beaten by no other in all of {names}, of {len(found.trials)} tried.",
            f"At the one end {called[0]}: {_told(found.objectives, best)}.",
            f"At the other {called[-1]}: {_told(found.objectives, found.front[-1])}.",
        ]
    gain = best.gains[0]
    sure = gain.low is not None and gain.low > 0
    said = "better than as it is" if sure else "not told from what is there already"
    few = len(found.levers) <= FEW_LEVERS
    return [
        f"Of {len(found.trials)} choices the {found.side}'s best is {called[0]}."
        if few
        else f"Of {len(found.trials)} choices of {len(found.levers)} levers the {found.side}'s best is the one below.",
        f"In {found.fresh_replicates} fresh markets {goal.text} is {numbers.in_words(best.objectives[0], unit)}, "
        f"as it is {numbers.in_words(found.as_it_is.objectives[0], unit)}: by {numbers.in_words(gain, unit)} {said}.",
        f"The search itself had {numbers.value(best.in_search[0], unit)}: its choice took chance along, the "
        f"fresh figure does not{_broken(record, best)}.",
    ]


def _told(goals: tuple[GoalTold, ...], one: FreshTold) -> str:
    return ", ".join(
        f"{goal.text} {numbers.in_words(estimate, unit_of(goal))}"
        for goal, estimate in zip(goals, one.objectives, strict=True)
    )


def _broken(record: SearchRecord, best: FreshTold) -> str:
    broken = []
    for rule, held in zip(record.findings.constraints, best.constraints, strict=True):
        over = held.value is not None and rule.bound is not None
        if over and (held.value > rule.bound if rule.direction == "at most" else held.value < rule.bound):  # type: ignore[operator]
            broken.append(f"{rule.text} does not hold in them: {numbers.in_words(held, unit_of(rule))}")
    return f"; {numbers.listed(broken)}" if broken else ""


def in_turn_sentences(record: InTurnRecord) -> list[str]:
    """Return how payer and attacker came out, in three sentences."""
    found = record.findings
    last = {reply.side: reply for reply in found.replies}
    how = {
        "converged": "Neither gains any more: the two have come to rest",
        "cycling": f"They go round: after {found.cycle} replies the same choices come again",
        "still moving": "They were still moving when the replies were at an end",
    }[found.outcome]
    return [
        f"{how}, after {len(found.replies)} replies.",
        *(
            f"The {side} has {choice_in_words(reply.values)}." if reply.values else f"The {side} stays as it is."
            for side, reply in last.items()
        ),
    ]
