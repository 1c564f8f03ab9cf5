"""The charts of a search for the best choice: its objectives, and of two sides each reply."""

from __future__ import annotations

from typing import Any, Final

import altair as alt

from threatsim.questions.optimise.findings import FreshTold, GoalTold, InTurnFindings, SearchFindings, TrialTold
from threatsim.report.charts.chart import Chart, Drawn
from threatsim.report.charts.drawing import ARM_COLOURS, FAINT, INK
from threatsim.report.charts.marks import ChartData, Rows
from threatsim.report.questions.charts.answer_chart import (
    Kind,
    Kinds,
    amounts,
    drawn,
    evenly,
    scale_of,
    told,
    zero_line,
)
from threatsim.report.questions.optimise_words import choice_in_words, unit_of
from threatsim.report.words import numbers
from threatsim.statistics.estimate import Estimate

_MOST: Final = 400
"""Trials drawn at most."""


def front_chart(found: SearchFindings, key: str) -> list[Drawn]:
    """Return the Pareto front in fresh markets with intervals both ways, the trials behind it, and the scenario."""
    kinds = _kinds("not beaten by any other")
    goals = found.objectives[:2]
    rows: Rows = [
        _fresh_row(one, goals, kinds.names[1 if one is found.as_it_is else 0]) for one in (*found.front, found.as_it_is)
    ]
    tried, trials = _tried(found, kinds)
    factors = [scale_of(unit_of(goal))[0] for goal in goals]
    cloud: Rows = [
        {
            "kind": kind,
            "x": factors[0] * trial.objectives[0],
            "y": factors[1] * trial.objectives[1],
            "tooltip": _trial_said(trial, goals),
        }
        for trial, kind in trials
    ]

    def draw(tables: ChartData, narrow: bool) -> Chart:
        titles = [_titled(goal) for goal in goals]
        base = alt.Chart(tables.add(rows)).encode(color=kinds.colour(narrow), description=alt.Description("tooltip:N"))
        behind = alt.Chart(tables.add(cloud)).encode(
            color=kinds.colour(narrow), description=alt.Description("tooltip:N")
        )
        x, y = (
            alt.X(**amounts("x", titles[0], zero=False)),
            alt.Y(**amounts("y", titles[1], zero=False, grid=True)),
        )
        points: dict[str, Any] = {"x": x, "y": y, "shape": kinds.shape(narrow)}
        front = base.transform_filter(f"datum.kind == '{kinds.names[0]}'")
        layers: list[Any] = [
            behind.mark_point(filled=True, size=40, opacity=0.55).encode(**points),
            front.mark_line(strokeWidth=1.2, strokeDash=[4, 3], interpolate="step-after").encode(x=x, y=y),
            base.mark_rule(strokeWidth=1.8, opacity=0.7).encode(
                x=alt.X("x_low:Q", title=titles[0]), x2="x_high:Q", y=y
            ),
            base.mark_rule(strokeWidth=1.8, opacity=0.7).encode(
                y=alt.Y("y_low:Q", title=titles[1]), y2="y_high:Q", x=x
            ),
            base.mark_point(filled=True, size=130, opacity=1).encode(**points),
        ]
        return alt.LayerChart(layer=layers, width=270 if narrow else 860, height=280 if narrow else 380)

    wanted = " and ".join(
        f"{'left' if i == 0 else 'down'}" if goal.direction == "minimise" else f"{'right' if i == 0 else 'up'}"
        for i, goal in enumerate(goals)
    )
    note = (
        f"Better is {wanted}. Large marks: fresh markets, with 95% intervals both ways; small ones: trials as the "
        f"search had them, which flatters what it chose.{tried}"
    )
    if len(found.objectives) > 2:
        note += f" Drawn are the first two of {len(found.objectives)} objectives."
    return [drawn(key, "The Pareto front", note, draw, kinds=kinds, switched=True)]


def course_chart(found: SearchFindings, key: str) -> list[Drawn]:
    """Return the objective of each trial in the order of the search, and the winner's in fresh markets beside it."""
    if not found.trials:
        return []
    kinds = _kinds("the best choice")
    goal = found.objectives[0]
    unit = unit_of(goal)
    factor, _ = scale_of(unit)
    tried, trials = _tried(found, kinds)
    number = {trial.number: place for place, trial in enumerate(found.trials)}
    cloud: Rows = [
        {
            "kind": kind,
            "trial": number[trial.number] + 1,
            "value": factor * trial.objectives[0],
            "tooltip": _trial_said(trial, (goal,)),
        }
        for trial, kind in trials
    ]
    fresh: Rows = [
        {
            "kind": kinds.names[place],
            # Beside the last trial, since no trial of the search had these markets.
            "trial": len(found.trials) * (1.04 + 0.04 * place) + 1,
            **_ends("value", one.objectives[0], factor),
            "tooltip": f"{_named(one)}, in fresh markets: {goal.text} {told(one.objectives[0], unit)}",
        }
        for place, one in enumerate((found.front[0], found.as_it_is))
    ]
    winner: Rows = [
        {"trial": number[one.trial] + 1, "value": factor * one.in_search[0], "kind": kinds.names[0], "text": "chosen"}
        for one in found.front[:1]
        if one.trial in number
    ]

    def draw(tables: ChartData, narrow: bool) -> Chart:
        x = alt.X(**amounts("trial", "trial of the search; to the right, fresh markets", nice=False, domainMin=0))
        y = alt.Y(**amounts("value", _titled(goal), zero=False, grid=True))
        points: dict[str, Any] = {"x": x, "y": y, "shape": kinds.shape(narrow), "color": kinds.colour(narrow)}
        behind = alt.Chart(tables.add(cloud)).encode(**points, description=alt.Description("tooltip:N"))
        beside = alt.Chart(tables.add(fresh)).encode(
            color=kinds.colour(narrow), description=alt.Description("tooltip:N")
        )
        chosen = alt.Chart(tables.add(winner, figures=False)).encode(x=x, y=y)
        layers: list[Any] = [
            behind.mark_point(filled=True, size=45, opacity=0.75),
            chosen.mark_point(size=190, strokeWidth=2, color=INK, shape="circle"),
            chosen.mark_text(dy=16, color=INK, fontSize=12).encode(text=alt.Text("text:N")),
            beside.mark_rule(strokeWidth=2.2).encode(
                x=x, y=alt.Y("value_low:Q", title=_titled(goal)), y2="value_high:Q"
            ),
            beside.mark_point(filled=True, size=130, opacity=1).encode(x=x, y=y, shape=kinds.shape(narrow)),
        ]
        return alt.LayerChart(layer=layers, width=270 if narrow else 860, height=250 if narrow else 300)

    better = "lower" if goal.direction == "minimise" else "higher"
    note = (
        f"Small marks: what each trial came to in the search; better is {better}. Circled: the one that was chosen. To "
        f"the right: that choice and the scenario as it is in fresh markets, with 95% intervals.{tried}"
    )
    return [drawn(key, f"{goal.text} in the course of the search", note, draw, kinds=kinds, switched=True)]


def replies_chart(found: InTurnFindings, key: str) -> list[Drawn]:
    """Return what each reply gains in fresh markets, reply by reply, payer and attacker told apart."""
    kinds = Kinds(
        "side",
        [Kind("payer", ARM_COLOURS[1], "circle"), Kind("attacker", ARM_COLOURS[2], "diamond")],
    )
    units = {side: unit_of(goal) for side, goal in zip(kinds.names, found.objectives, strict=True)}
    rows: Rows = [
        {
            "reply": number,
            "side": reply.side,
            **_ends("gain", reply.gain, scale_of(units[reply.side])[0]),
            "moved": "moved" if reply.moved else "stayed",
            "tooltip": f"reply {number}, {reply.side} {'moved to' if reply.moved else 'stayed at'} "
            f"{choice_in_words(reply.values)}: gain {told(reply.gain, units[reply.side], signed=True)}",
        }
        for number, reply in enumerate(found.replies, 1)
        if reply.gain.value is not None
    ]
    if not rows:
        return []

    def panel(tables: ChartData, narrow: bool, side: str) -> alt.LayerChart:
        title = f"gain, {scale_of(units[side])[1]}"
        y = alt.Y(**amounts("gain", title, grid=True))
        x = alt.X(
            "reply:Q",
            title="reply",
            scale=alt.Scale(domain=[0.5, len(found.replies) + 0.5], nice=False),
            axis=alt.Axis(values=list(range(1, len(found.replies) + 1)), format="d", grid=False),
        )
        mine = [row for row in rows if row["side"] == side]
        base = alt.Chart(tables.add(mine)).encode(
            x=x, color=kinds.colour(narrow), description=alt.Description("tooltip:N")
        )
        layers: list[Any] = [
            zero_line(tables, alt.Y, title),
            base.mark_rule(strokeWidth=2.2).encode(y=alt.Y("gain_low:Q", title=title), y2="gain_high:Q"),
            base.mark_point(filled=True, size=110, opacity=1).encode(y=y, shape=kinds.shape(narrow)),
            base.mark_text(dx=9, align="left", color=INK, fontSize=11).encode(y=y, text=alt.Text("moved:N")),
        ]
        return alt.LayerChart(layer=layers, width=270 if narrow else 390, height=200, title=side.capitalize())

    def draw(tables: ChartData, narrow: bool) -> Chart:
        panels = [panel(tables, narrow, side) for side in kinds.names if any(row["side"] == side for row in rows)]
        return alt.concat(*panels, columns=1 if narrow else 2, spacing={"row": 24, "column": 24})

    note = "What the side's best reply gains in fresh markets, with its 95% interval: above the dashed line it gains."
    return [drawn(key, "What each reply gains", note, draw, kinds=kinds)]


def _kinds(best: str) -> Kinds:
    return Kinds(
        "kind",
        [
            Kind(best, ARM_COLOURS[2], "diamond"),
            Kind("the scenario as it is", INK, "square"),
            Kind("tried, keeps all constraints", ARM_COLOURS[1], "circle"),
            Kind("tried, breaks one", FAINT, "triangle-down"),
        ],
    )


def _tried(found: SearchFindings, kinds: Kinds) -> tuple[str, list[tuple[TrialTold, str]]]:
    """Return the trials that are drawn with their kinds, and a sentence if those are not all."""
    shown = [found.trials[place] for place in evenly(len(found.trials), _MOST)]
    said = ""
    if len(shown) < len(found.trials):
        said = f" {len(shown)} of {numbers.count(len(found.trials))} trials are drawn; the table has all."
    return said, [(trial, kinds.names[2 if trial.holds else 3]) for trial in shown]


def _fresh_row(one: FreshTold, goals: tuple[GoalTold, ...], kind: str) -> dict[str, Any]:
    row: dict[str, Any] = {"kind": kind}
    for name, goal, estimate in zip(("x", "y"), goals, one.objectives, strict=False):
        row |= _ends(name, estimate, scale_of(unit_of(goal))[0])
    said = ", ".join(
        f"{goal.text} {told(estimate, unit_of(goal))}" for goal, estimate in zip(goals, one.objectives, strict=False)
    )
    return row | {"tooltip": f"{_named(one)}: {said}"}


def _trial_said(trial: TrialTold, goals: tuple[GoalTold, ...]) -> str:
    said = ", ".join(
        f"{goal.text} {_with_unit(value, unit_of(goal))}" for goal, value in zip(goals, trial.objectives, strict=False)
    )
    return f"trial {trial.number}, {choice_in_words(trial.values)}: {said} in the search"


def _named(one: FreshTold) -> str:
    return choice_in_words(one.values) if one.trial >= 0 else "the scenario as it is"


def _with_unit(value: float, unit: str) -> str:
    text = numbers.value(value, unit)
    return text if unit in ("share", "") else f"{text} {unit}"


def _ends(name: str, one: Estimate, factor: float) -> dict[str, float | None]:
    ends = ((name, one.value), (f"{name}_low", one.low), (f"{name}_high", one.high))
    return {key: None if value is None else factor * value for key, value in ends}


def _titled(goal: GoalTold) -> str:
    unit = scale_of(unit_of(goal))[1]
    return f"{goal.text}{f', {unit}' if unit else ''}"
