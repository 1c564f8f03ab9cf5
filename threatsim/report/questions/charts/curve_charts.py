"""Curves over one path: a figure of every arm with its band, and a figure with where it reaches its target."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import altair as alt

from threatsim.questions.break_even.findings import BreakEvenFindings, Crossing, ValueLookedAt
from threatsim.questions.sweep.findings import SweepFindings, VariedPath
from threatsim.report.charts.chart import Chart, Drawn
from threatsim.report.charts.drawing import ARM_COLOURS, FAINT, INK
from threatsim.report.charts.marks import ChartData, Rows, scaled
from threatsim.report.questions.charts.answer_chart import (
    amounts,
    arm_kinds,
    drawn,
    evenly,
    good_and_bad,
    scale_of,
    sense,
    told,
    zero_line,
)
from threatsim.report.questions.path_words import each_in_short, in_short, numeric, titled
from threatsim.report.questions.sweep_words import phrase, row_of
from threatsim.report.words import numbers

_MOST: Final = 120
"""Points of a line at most: more lie within a pixel or two of each other."""
_BANDS: Final = 3
"""Arms up to which bands are dark enough to be told apart where they overlap."""


def curves(found: SweepFindings, arms: Mapping[str, str], figure: str, key: str) -> list[Drawn]:
    """Return a figure of every arm over the one path that varies, with its 95 % band."""
    (varied,) = found.varied
    metric = row_of(figure)
    factor, unit = scale_of(metric.unit)
    kinds = arm_kinds(arms)
    places = evenly(len(found.points), _MOST)
    in_words = dict(zip(varied.values, each_in_short(varied.values), strict=True))
    rows: Rows = []
    for arm, title in zip(arms, kinds.names, strict=True):
        levels = {one.point: one.level for one in found.at(figure, arm)}
        for place in places:
            level = levels.get(place)
            if level is None or level.value is None:
                continue
            value = found.points[place][varied.path]
            at = f"{title}, {varied.path} {in_words[value]}"
            rows.append({"arm": title, "x": value, **scaled(level, factor), "tooltip": f"{at}: {_said(level, figure)}"})
    if not rows:
        return []

    def draw(tables: ChartData, narrow: bool) -> Chart:
        y = alt.Y(**amounts("value", unit, zero=False, grid=True))
        base = alt.Chart(tables.add(rows)).encode(color=kinds.colour(narrow))
        span = {"y": alt.Y("low:Q", title=unit), "y2": "high:Q"}
        layers: list[Any]
        if numeric(varied.values):
            base = base.encode(x=_x(varied))
            opacity = 0.16 if len(arms) <= _BANDS else 0.07
            layers = [
                base.mark_area(opacity=opacity).encode(**span, description=alt.Description("arm:N")),
                base.mark_line(strokeWidth=2.2).encode(
                    y=y, strokeDash=kinds.dash(narrow), description=alt.Description("arm:N")
                ),
                base.mark_point(filled=True, size=50, opacity=1).encode(y=y, description=alt.Description("tooltip:N")),
                *_stands(varied, tables),
            ]
        else:
            base = base.encode(
                x=alt.X("x:O", sort=list(varied.values), title=varied.path, axis=alt.Axis(labelAngle=0)),
                xOffset=alt.XOffset("arm:N", sort=kinds.names),
            )
            layers = [
                base.mark_rule(strokeWidth=2.5).encode(**span, description=alt.Description("arm:N")),
                base.mark_point(filled=True, size=70, opacity=1).encode(y=y, description=alt.Description("tooltip:N")),
            ]
        return alt.LayerChart(layer=layers, width=280 if narrow else 860, height=230 if narrow else 280)

    note = "Dot and line: mean over the replicates; band: its 95% interval."
    if not numeric(varied.values):
        note = "Dot: mean over the replicates; line: its 95% interval."
    elif _within(varied):
        note += " Dotted line: what the scenario itself has."
    note += _thinned(len(places), len(found.points))
    text = phrase(figure)
    title = f"{text[:1].upper()}{text[1:]} as {varied.path} varies"
    return [drawn(key, title, note, draw, kinds=kinds, switched=True)]


def crossing_curve(found: BreakEvenFindings, key: str) -> list[Drawn]:
    """Return the figure less its target over the path, with its band, and each crossing with its interval."""
    metric = row_of(found.figure)
    factor, unit = scale_of(metric.unit)
    known = [one for one in found.curve if one.distance.value is not None]
    if not known:
        return []
    places = evenly(len(known), _MOST)
    kinds = good_and_bad("side", "better than the target", "worse than the target", "not told from the target")
    if metric.good == "neither":
        kinds = good_and_bad("side", "above the target", "below the target", "not told from the target")
    rows: Rows = [
        {
            "x": known[place].value,
            **scaled(known[place].distance, factor),
            "side": kinds.names[_side(known[place], found)],
            "tooltip": f"{found.varied.path} {in_short(known[place].value)}: {_said(known[place].left, found.figure)}; "
            f"from the target {told(known[place].distance, metric.unit, signed=True)}",
        }
        for place in places
    ]
    ends = [float(one) for one in found.varied.values]
    crossed: Rows = [
        {
            "x": one.at,
            "low": ends[0] if one.low is None else one.low,
            "high": ends[1] if one.high is None else one.high,
            "zero": 0.0,
            "text": in_short(one.at),
            "tooltip": f"crossing at {found.varied.path} {_crossing(one, found.varied)}",
        }
        for one in found.crossings
    ]

    def draw(tables: ChartData, narrow: bool) -> Chart:
        title = f"from the target, {unit}"
        y = alt.Y(**amounts("value", title, zero=False, grid=True))
        base = alt.Chart(tables.add(rows)).encode(x=_x(found.varied))
        layers: list[Any] = [
            base.mark_area(opacity=0.18, color=ARM_COLOURS[1]).encode(
                y=alt.Y("low:Q", title=title), y2=alt.Y2("high:Q")
            ),
            base.mark_line(strokeWidth=2.2, color=ARM_COLOURS[1]).encode(y=y),
            zero_line(tables, alt.Y, title),
            base.mark_point(filled=True, size=70, opacity=1).encode(
                y=y, color=kinds.colour(narrow), shape=kinds.shape(narrow), description=alt.Description("tooltip:N")
            ),
            *_stands(found.varied, tables),
        ]
        if crossed:
            marks = alt.Chart(tables.add(crossed, figures=False)).encode(description=alt.Description("tooltip:N"))
            x = alt.X("low:Q", scale=_x_scale(found.varied))
            layers[:0] = [marks.mark_rect(color=INK, opacity=0.09).encode(x=x, x2=alt.X2("high:Q"))]
            layers += [
                marks.mark_rule(strokeWidth=5, color=INK).encode(x=x, x2=alt.X2("high:Q"), y=alt.Y("zero:Q")),
                marks.mark_point(shape="diamond", filled=True, size=190, opacity=1, color=INK).encode(
                    x=alt.X("x:Q"), y=alt.Y("zero:Q")
                ),
                marks.mark_text(dy=-16, fontSize=13, fontWeight="bold", color=INK).encode(
                    x=alt.X("x:Q"), y=alt.Y("zero:Q"), text=alt.Text("text:N")
                ),
            ]
        return alt.LayerChart(layer=layers, width=280 if narrow else 860, height=250 if narrow else 300)

    note = "Line and marks: the figure less its target; band: its 95% interval."
    if crossed:
        note += " Diamond: where it reaches the target; grey: the interval of that."
    if _within(found.varied):
        note += " Dotted line: what the scenario itself has."
    note += _thinned(len(places), len(known))
    return [drawn(key, f"{_target(found)} as {found.varied.path} varies", note, draw, kinds=kinds)]


def _target(found: BreakEvenFindings) -> str:
    text = phrase(found.figure)
    against = "its target" if found.other is None else f"that of {found.other}"
    return f"{text[:1].upper()}{text[1:]} less {against}"


def _said(estimate: Any, figure: str) -> str:
    return f"{phrase(figure)} {told(estimate, row_of(figure).unit)}"


def _side(one: ValueLookedAt, found: BreakEvenFindings) -> int:
    """Return the place of its kind: better or above, worse or below, not told."""
    good = row_of(found.figure).good
    if not one.distance.excludes_zero or one.distance.value is None:
        return 2
    side = sense(one.distance.value, "higher" if good == "neither" else good)
    return {"better": 0, "worse": 1, "neither": 2}[side]


def _crossing(one: Crossing, varied: VariedPath) -> str:
    low = "below the range" if one.low is None else in_short(one.low)
    high = "above the range" if one.high is None else in_short(one.high)
    return f"{in_short(one.at)}{f' {varied.unit}' if varied.unit else ''} (95% interval {low} to {high})"


def _thinned(shown: int, there: int) -> str:
    if shown == there:
        return ""
    return f" {numbers.count(shown)} of {numbers.count(there)} points are drawn, evenly apart; the tables have all."


def _within(varied: VariedPath) -> bool:
    if not numeric([varied.stands, *varied.values]):
        return False
    return bool(min(varied.values) <= varied.stands <= max(varied.values))


def _stands(varied: VariedPath, tables: ChartData) -> list[alt.Chart]:
    """Return a line where the scenario itself stands, if that is within the range."""
    if not _within(varied):
        return []
    rows: Rows = [{"x": varied.stands, "tooltip": f"the scenario itself: {varied.path} {in_short(varied.stands)}"}]
    line = alt.Chart(tables.add(rows, figures=False)).mark_rule(color=FAINT, strokeDash=[2, 3], strokeWidth=1.5)
    return [line.encode(x=_x(varied), description=alt.Description("tooltip:N"))]


def _x(varied: VariedPath) -> alt.X:
    x = alt.X(**amounts("x", titled(varied), ticks=6))
    return x.scale(_x_scale(varied))


def _x_scale(varied: VariedPath) -> alt.Scale:
    ends = [float(one) for one in varied.values]
    return alt.Scale(type="log" if varied.log else "linear", domain=[min(ends), max(ends)], nice=False)
