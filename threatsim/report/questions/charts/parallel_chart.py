"""Parallel coordinates: a line for each point of a sweep or trial of a search, across all that varies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import altair as alt

from threatsim.questions.optimise.findings import LeverTold, SearchFindings
from threatsim.questions.sweep.findings import SweepFindings
from threatsim.report.charts.chart import Chart, Drawn
from threatsim.report.charts.drawing import ARM_COLOURS, FAINT, INK
from threatsim.report.charts.marks import ChartData, Rows
from threatsim.report.questions.charts.answer_chart import Kind, Kinds, drawn, evenly, good_and_bad, told
from threatsim.report.questions.charts.map_charts import choices_of, figure_in_words, fitting
from threatsim.report.questions.optimise_words import unit_of, value_in_words
from threatsim.report.questions.path_words import in_short, place_of
from threatsim.report.questions.sweep_words import phrase, row_of
from threatsim.report.words import numbers

_MOST: Final = 200
"""Lines at most."""
_UPRIGHT: Final = 6
"""Axes whose names have room beside each other."""


@dataclass(frozen=True)
class _Line:
    """A line: its kind, its place on each axis, and what it says."""

    kind: str
    places: Mapping[str, float]
    tooltip: str


def parallel_points(found: SweepFindings, arms: Mapping[str, str], key: str) -> list[Drawn]:
    """Return a line for each point across the paths to a figure; the reader chooses the figure and the arm."""
    paths = [one.path for one in found.varied]
    axes = dict(zip(paths, _names(paths), strict=True))
    points = evenly(len(found.points), _MOST)
    figures, views, left_out = fitting(found, arms, len(points) * (len(axes) + 1))
    kinds = good_and_bad("third", "the better third", "the worse third", "between", lines=True)
    of = {(one.figure, one.arm, one.point): one for one in found.found}
    lines: Rows = []
    ends: Rows = []
    for figure in figures:
        metric = row_of(figure)
        for view in views:
            levels = {
                point: level
                for point in points
                if (one := of.get((figure, view.arm, point))) is not None
                and (level := view.estimate(one)) is not None
                and level.value is not None
            }
            chosen = {"figure": figure_in_words(figure), "view": view.name}
            values = {point: float(level.value or 0.0) for point, level in levels.items()}
            thirds = _thirds(values, metric.good, kinds.names)
            made = [
                _Line(
                    thirds[point],
                    {
                        **{
                            axes[one.path]: place_of(found.points[point][one.path], one.values, logarithmic=one.log)
                            for one in found.varied
                        },
                        _RESULT: place_of(values[point], list(values.values()), logarithmic=False),
                    },
                    f"{_choice(found.points[point])}: {phrase(figure)} of {view.name} "
                    f"{told(level, metric.unit, signed=view.difference)}",
                )
                for point, level in levels.items()
            ]
            lines += _rows(made, kinds, chosen)
            said = numbers.change if view.difference else numbers.value
            if values:
                ends += _ends(
                    {
                        **{axes[one.path]: (in_short(one.values[0]), in_short(one.values[-1])) for one in found.varied},
                        _RESULT: (said(min(values.values()), metric.unit), said(max(values.values()), metric.unit)),
                    },
                    chosen,
                )
    if not lines:
        return []
    note = (
        "A line is a point: where it stands in the range of each path, and on the last axis its figure. The better "
        "third of a figure has its lower or its higher values, whichever are good; where neither are, the higher."
    )
    if len(points) < len(found.points):
        note += f" {len(points)} of {numbers.count(len(found.points))} points are drawn; the tables have all."
    title = f"Figures over {numbers.listed(paths)}"
    draw = _drawing(lines, ends, [*axes.values(), _RESULT], kinds)
    return [drawn(key, title, note + left_out, draw, kinds=kinds, switched=True, choices=choices_of(figures, views))]


def parallel_trials(found: SearchFindings, key: str) -> list[Drawn]:
    """Return a line for each trial of a search across its levers to its objectives, the best ones told apart."""
    if not found.trials:
        return []
    paths = [one.path for one in found.levers]
    axes = dict(zip(paths, _names(paths), strict=True))
    goals = [goal.text for goal in found.objectives]
    best = {one.trial for one in found.front}
    kinds = Kinds(
        "kind",
        [
            Kind("not beaten" if len(goals) > 1 else "the best", ARM_COLOURS[2], "line", (1, 0), 3.0, 1.0),
            Kind("keeps all constraints", ARM_COLOURS[1], "line", (6, 3), 1.2, 0.5),
            Kind("breaks one", FAINT, "line", (2, 3), 1.1, 0.5),
        ],
    )
    # The best are drawn whatever their number.
    shown = sorted(
        {*evenly(len(found.trials), _MOST), *(i for i, one in enumerate(found.trials) if one.number in best)}
    )
    trials = [found.trials[place] for place in shown]
    spans = [[trial.objectives[i] for trial in trials] for i in range(len(goals))]
    made = [
        _Line(
            kinds.names[0 if trial.number in best else 1 if trial.holds else 2],
            {
                **{axes[lever.path]: _lever_place(lever, trial.values[lever.path]) for lever in found.levers},
                **{
                    goal: place_of(value, span, logarithmic=False)
                    for goal, value, span in zip(goals, trial.objectives, spans, strict=True)
                },
            },
            f"trial {trial.number}, {_choice(trial.values)}: "
            + ", ".join(
                f"{goal.text} {_with_unit(value, unit_of(goal))}"
                for goal, value in zip(found.objectives, trial.objectives, strict=True)
            ),
        )
        for trial in trials
    ]
    ends = _ends(
        {
            **{
                axes[lever.path]: tuple(
                    value_in_words(one)
                    for one in ((lever.choices[0], lever.choices[-1]) if lever.choices else (lever.low, lever.high))
                )
                for lever in found.levers
            },
            **{
                goal.text: (numbers.value(min(span), unit_of(goal)), numbers.value(max(span), unit_of(goal)))
                for goal, span in zip(found.objectives, spans, strict=True)
            },
        },
        {},
    )
    note = (
        "A line is a trial: where it stands in the range of each lever, and what it came to in the search. Scales of "
        f"levers are {'logarithmic where the search was' if any(one.log for one in found.levers) else 'linear'}."
    )
    if len(trials) < len(found.trials):
        note += f" {len(trials)} of {numbers.count(len(found.trials))} trials are drawn; the table has all."
    draw = _drawing(_rows(made, kinds, {}), ends, [*axes.values(), *goals], kinds)
    return [drawn(key, "Every trial across the levers", note, draw, kinds=kinds, switched=True)]


_RESULT: Final = "figure"


def _rows(lines: Sequence[_Line], kinds: Kinds, chosen: Mapping[str, str]) -> Rows:
    """Return a row a line and axis; what is to be seen best comes last, above the others."""
    order = list(reversed(kinds.names))
    return [
        {
            **chosen,
            kinds.field: line.kind,
            "line": number,
            "axis": axis,
            "place": round(place, 4),
            "tooltip": line.tooltip,
        }
        for number, line in sorted(enumerate(lines), key=lambda one: order.index(one[1].kind))
        for axis, place in line.places.items()
    ]


def _ends(ends: Mapping[str, tuple[str, ...]], chosen: Mapping[str, str]) -> Rows:
    return [
        {**chosen, "axis": axis, "place": float(place), "text": text}
        for axis, texts in ends.items()
        for place, text in enumerate(texts)
    ]


def _drawing(lines: Rows, ends: Rows, axes: list[str], kinds: Kinds) -> Any:
    def draw(tables: ChartData, narrow: bool) -> Chart:
        x = alt.X(
            "axis:N",
            sort=axes,
            title=None,
            scale=alt.Scale(type="point", padding=0.4),
            axis=alt.Axis(
                labelAngle=-35 if narrow or len(axes) > _UPRIGHT else 0,
                labelLimit=110 if narrow else 200,
                grid=True,
                domain=False,
                ticks=False,
            ),
        )
        y = alt.Y("place:Q", title=None, axis=None, scale=alt.Scale(domain=[-0.08, 1.08], nice=False))
        base = alt.Chart(tables.add(lines)).encode(x=x, y=y, detail=alt.Detail("line:N"))
        line = base.mark_line().encode(
            color=kinds.colour(narrow),
            strokeDash=kinds.dash(narrow),
            strokeWidth=kinds.width(),
            opacity=kinds.opacity(),
            description=alt.Description("tooltip:N"),
        )
        # A thin line is hard to point at: unseen dots where it crosses an axis say the same.
        dots = alt.Chart(tables.add([], figures=False, live=lines)).mark_circle(size=90, opacity=0)
        said = alt.Chart(tables.add(ends, figures=False)).encode(x=x, y=y, text=alt.Text("text:N"))
        low = said.transform_filter("datum.place == 0").mark_text(dy=11, color=INK, fontSize=11)
        high = said.transform_filter("datum.place == 1").mark_text(dy=-11, color=INK, fontSize=11)
        layers: list[Any] = [line, dots.encode(x=x, y=y, description=alt.Description("tooltip:N"))]
        if not narrow or len(axes) <= _UPRIGHT:
            layers += [low, high]
        return alt.LayerChart(layer=layers, width=280 if narrow else 860, height=260 if narrow else 300)

    return draw


def _names(paths: Sequence[str]) -> list[str]:
    """Return the last names of each path, two of them or as many as tell it from the others."""
    names = [path.split(".") for path in paths]

    def shortest(path: list[str]) -> str:
        alike = (sum(other[-most:] == path[-most:] for other in names) for most in range(2, len(path)))
        return ".".join(path[-next((most for most, found in enumerate(alike, 2) if found == 1), len(path)) :])

    return [shortest(path) for path in names]


def _thirds(values: Mapping[int, float], good: str, names: Sequence[str]) -> dict[int, str]:
    """Return of each point whether it is in the better third, the worse third, or between."""
    better, worse, between = names
    order = sorted(values, key=lambda point: values[point], reverse=good != "lower")
    third = len(order) // 3
    return {
        point: better if place < third else worse if place >= len(order) - third else between
        for place, point in enumerate(order)
    }


def _choice(values: Mapping[str, Any]) -> str:
    named = zip(_names(list(values)), values.values(), strict=True)
    return ", ".join(f"{name} {value_in_words(value)}" for name, value in named)


def _lever_place(lever: LeverTold, value: Any) -> float:
    return place_of(value, lever.choices or (lever.low, lever.high), logarithmic=lever.log and not lever.choices)


def _with_unit(value: float, unit: str) -> str:
    text = numbers.value(value, unit)
    return text if unit in ("share", "") else f"{text} {unit}"
