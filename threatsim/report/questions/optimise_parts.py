"""The parts of a search: the choice or the front, what was tried, and of two sides each reply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from threatsim.questions.optimise.findings import GoalTold, LeverTold, SearchFindings
from threatsim.questions.optimise.record import InTurnRecord, SearchRecord
from threatsim.report.questions.charts.answer_chart import evenly
from threatsim.report.questions.charts.parallel_chart import parallel_trials
from threatsim.report.questions.charts.search_charts import course_chart, front_chart, replies_chart
from threatsim.report.questions.optimise_words import (
    FEW_LEVERS,
    choice_in_words,
    choice_names,
    unit_of,
    value_in_words,
)
from threatsim.report.questions.parts import AnswerPart
from threatsim.report.words import numbers

_CHOICES: Final = 3
"""Choices beside each other in a table of levers."""


def parts(record: SearchRecord) -> list[AnswerPart]:
    """Return the parts of the page, that of the terminal first."""
    found = record.findings
    goals = found.objectives
    rows = []
    for called, one in zip(["as it is", *choice_names(found)], (found.as_it_is, *found.front), strict=True):
        cells = [called]
        for goal, searched, fresh in zip(goals, one.in_search, one.objectives, strict=True):
            cells += [numbers.value(searched, unit_of(goal)), numbers.in_words(fresh, unit_of(goal))]
        cells += [numbers.in_words(gain, unit_of(goal)) for goal, gain in zip(goals, one.gains, strict=True)]
        cells += [
            numbers.in_words(held, unit_of(rule)) for rule, held in zip(found.constraints, one.constraints, strict=True)
        ]
        rows.append(tuple(cells))
    heads = ["choice"]
    for goal in goals:
        heads += [f"{goal.text}: in the search", "fresh"]
    heads += [f"gain in {goal.text}" for goal in goals] if len(goals) > 1 else ["gain"]
    heads += [rule.text for rule in found.constraints]
    charts = front_chart(found, "front") if len(goals) > 1 else course_chart(found, "course")
    notes = (
        f"Intervals are of {found.fresh_replicates} fresh markets, which the search did not see; gains are against the "
        "scenario as it is, on the same markets.",
    )
    title = "Choices that no other beats" if len(goals) > 1 else "The best choice"
    best = AnswerPart("best", title, tuple(heads), rows, notes, charts)
    return [best, *([_levers(found)] if len(found.levers) > FEW_LEVERS else []), _tried(record)]


def _levers(found: SearchFindings) -> AnswerPart:
    """Return where each lever stands in the choices, of many in some evenly along the front."""
    called, shown = choice_names(found), evenly(len(found.front), _CHOICES)
    rows = [
        (lever.path, _searched(lever), *(value_in_words(found.front[place].values[lever.path]) for place in shown))
        for lever in found.levers
    ]
    heads = ("lever", "searched", *(called[place] for place in shown))
    left_out = len(shown) < len(found.front)
    notes = (f"{len(shown)} of {len(found.front)} choices; front.csv has all.",) if left_out else ()
    return AnswerPart("levers", "Where the levers stand", heads, rows, notes)


def _searched(lever: LeverTold) -> str:
    if lever.choices:
        return ", ".join(value_in_words(one) for one in lever.choices)
    return f"{value_in_words(lever.low)} to {value_in_words(lever.high)}{', in logs' if lever.log else ''}"


def _tried(record: SearchRecord) -> AnswerPart:
    found = record.findings
    paths = [lever.path for lever in found.levers]
    rows = [
        (
            str(trial.number),
            *(value_in_words(trial.values[path]) for path in paths),
            *_values(trial.objectives, found.objectives),
            *_values(trial.constraints, found.constraints),
            "yes" if trial.holds else "no",
        )
        for trial in found.trials
    ]
    heads = (
        "trial",
        *paths,
        *(goal.text for goal in found.objectives),
        *(rule.text for rule in found.constraints),
        "keeps all",
    )
    notes = (f"Means of {found.replicates} markets each.",)
    return AnswerPart("tried", "What was tried", heads, rows, notes, parallel_trials(found, "trials"))


def in_turn_parts(record: InTurnRecord) -> list[AnswerPart]:
    """Return each reply."""
    found = record.findings
    units = {side: unit_of(goal) for side, goal in zip(("payer", "attacker"), found.objectives, strict=True)}
    rows = [
        (
            str(place),
            reply.side,
            choice_in_words(reply.values),
            numbers.in_words(reply.gain, units[reply.side]),
            "moved" if reply.moved else "stayed",
        )
        for place, reply in enumerate(found.replies, 1)
    ]
    notes = ("A side moves only where its gain is told from 0 in fresh markets.",)
    heads = ("reply", "side", "choice", "gain of the best", "")
    title, charts = "Payer and attacker in turn", replies_chart(found, "gains")
    return [AnswerPart("replies", title, heads, rows, notes, charts)]


def _values(values: Sequence[float], goals: Sequence[GoalTold]) -> list[str]:
    return [numbers.value(value, unit_of(goal)) for value, goal in zip(values, goals, strict=True)]
