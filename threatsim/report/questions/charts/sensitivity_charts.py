"""The charts of a sensitivity analysis: tornado, elementary effects, and shares of variance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.questions.sensitivity.findings import Answer, Effect, Index, Swing, VariedNumber
from threatsim.report.charts.chart import Chart, Drawn
from threatsim.report.charts.drawing import ARM_COLOURS, BAD, FAINT, GOOD, INK
from threatsim.report.charts.marks import ChartData, Rows, scaled
from threatsim.report.questions.charts.answer_chart import (
    Kind,
    Kinds,
    amounts,
    drawn,
    scale_of,
    sense,
    told,
    zero_line,
)
from threatsim.report.words import numbers

_LABELLED = 6
"""Numbers named at most in the chart of effects."""
_WIDE, _HIGH = 860, 320
"""Pixels of that chart."""
_LETTER, _LINE = 5.8, 13
"""Pixels of a letter and of a line of its names."""


def tornado(swings: Sequence[Swing], of: Mapping[str, VariedNumber], answer: Answer, key: str) -> list[Drawn]:
    """Return two bars for each number: the change at the 5 % and at the 95 % quantile of its range, with intervals.

    Args:
        swings: of the answer, the greatest first.
        of: label -> number.
        answer: what they move.
        key: of the chart.
    """
    metric = ARM_METRICS[answer.figure]
    factor, unit = scale_of(metric.unit)
    unit = "percentage points" if unit == "%" else unit
    kinds = Kinds(
        "effect",
        [
            Kind("better", GOOD, "square"),
            Kind("worse", BAD, "square"),
            Kind("no change, or no direction is good", FAINT, "square"),
        ],
    )
    rows: Rows = []
    for swing in swings:
        number = of[swing.number]
        for end, value, change in (("5%", number.low, swing.change_low), ("95%", number.high, swing.change_high)):
            if change.value is None:
                continue
            at = f"{numbers.number(value)}{f' {number.unit}' if number.unit else ''}"
            side = {"better": 0, "worse": 1, "neither": 2}[sense(change.value, metric.good)]
            known = [factor * one for one in (change.low, change.value, change.high) if one is not None]
            rows.append(
                {
                    "number": swing.number,
                    "end": end,
                    "at": value,
                    **scaled(change, factor),
                    "effect": kinds.names[side],
                    "tip": max(known) if change.value >= 0 else min(known),
                    "text": numbers.number(value),
                    "tooltip": f"{swing.number} at {at}, its {end} quantile: {told(change, metric.unit, signed=True)}",
                }
            )
    if not rows:
        return []
    order = list(dict.fromkeys(row["number"] for row in rows))

    def draw(tables: ChartData, narrow: bool) -> Chart:
        base = alt.Chart(tables.add(rows)).encode(
            y=_names("number", order, narrow),
            yOffset=alt.YOffset("end:N", sort=["5%", "95%"]),
            description=alt.Description("tooltip:N"),
        )
        title = f"change, {unit}"
        bar = base.mark_bar(opacity=0.55).encode(
            x=alt.X(**amounts("value", title, ticks=3 if narrow else 5, padding=30)), color=kinds.colour(narrow)
        )
        rule = base.mark_rule(strokeWidth=1.8, color=INK).encode(x=alt.X("low:Q", title=title), x2=alt.X2("high:Q"))
        beside = base.encode(x=alt.X("tip:Q", title=title), text=alt.Text("text:N"))
        right = beside.transform_filter("datum.value >= 0").mark_text(align="left", dx=5, color=INK, fontSize=11)
        left = beside.transform_filter("datum.value < 0").mark_text(align="right", dx=-5, color=INK, fontSize=11)
        layers: list[Any] = [zero_line(tables, alt.X, title), bar, rule, right, left]
        return alt.LayerChart(layer=layers, width=175 if narrow else 700, height=36 * len(order))

    note = (
        "Bars: how far the answer moves from where it stands as the number alone goes to the 5% and the 95% quantile "
        "of its range, whose values stand at the ends; dark line: 95% interval. "
        + (f"Better: {metric.good}." if metric.good != "neither" else "No direction is good.")
    )
    return [drawn(key, "Tornado: one number at a time", note, draw, kinds=kinds)]


def effects_chart(effects: Sequence[Effect], answer: Answer, key: str) -> list[Drawn]:
    """Return a dot for each number: how much it moves the answer (mu*), and how much that hangs on others (sigma)."""
    metric = ARM_METRICS[answer.figure]
    factor, unit = scale_of(metric.unit)
    unit = "percentage points" if unit == "%" else unit
    kinds = Kinds(
        "matters",
        [Kind("told from chance", ARM_COLOURS[1], "circle"), Kind("not told from chance", FAINT, "square")],
    )
    shown = [one for one in effects if one.absolute.value is not None]
    rows: Rows = [
        {
            "number": one.number,
            **scaled(one.absolute, factor),
            "sigma": factor * one.spread,
            "matters": kinds.names[0 if (one.beyond_chance.low or 0) > 0 else 1],
            "tooltip": f"{one.number}: mu* {told(one.absolute, metric.unit)}, sigma "
            f"{numbers.value(one.spread, metric.unit)}; mu* of chance {numbers.value(one.chance, metric.unit)}",
        }
        for one in shown
    ]
    if not rows:
        return []
    most = max(max(row["high"] or 0.0, row["value"], row["sigma"]) for row in rows)
    named = _apart(rows[:_LABELLED], most)

    def draw(tables: ChartData, narrow: bool) -> Chart:
        base = alt.Chart(tables.add(rows)).encode(
            y=alt.Y(**amounts("sigma", f"sigma, {unit}", grid=True)),
            color=kinds.colour(narrow),
            description=alt.Description("tooltip:N"),
        )
        title = f"mu*, {unit}"
        x = alt.X(**amounts("value", title, ticks=4 if narrow else 5, domainMin=0))
        diagonal: Rows = [{"x": 0.0, "y": 0.0}, {"x": most, "y": most}]
        line = alt.Chart(tables.add(diagonal, figures=False)).mark_line(color=FAINT, strokeDash=[3, 3], strokeWidth=1.2)
        layers: list[Any] = [
            line.encode(x=alt.X("x:Q", title=title), y=alt.Y("y:Q")),
            base.mark_rule(opacity=0.6).encode(x=alt.X("low:Q", title=title), x2=alt.X2("high:Q")),
            base.mark_point(filled=True, size=75, opacity=1).encode(x=x, shape=kinds.shape(narrow)),
        ]
        if not narrow:
            words = alt.Chart(tables.add(named, figures=False)).encode(
                x=x, y=alt.Y("sigma:Q"), text=alt.Text("number:N")
            )
            beyond = words.transform_filter(f"datum.value > {most / 2}").mark_text(
                align="right", dx=-7, dy=-9, color=INK
            )
            short = words.transform_filter(f"datum.value <= {most / 2}").mark_text(align="left", dx=7, dy=-9, color=INK)
            layers += [beyond, short]
        else:
            tables.add(named, figures=False)
        return alt.LayerChart(layer=layers, width=270 if narrow else _WIDE, height=260 if narrow else _HIGH)

    note = (
        "To the right: moves the answer more (mu*, with its 95% interval). Higher up: how far it moves it hangs on the "
        "other numbers (sigma); above the dashed line where the two are equal, more than by itself. Names stand where "
        "there is room; the table has all."
    )
    return [drawn(key, "Elementary effects: mu* and sigma", note, draw, kinds=kinds, switched=True)]


def _apart(rows: Rows, most: float) -> Rows:
    """Return the rows whose names do not lie over that of one before.

    Args:
        rows: with number, value and sigma; those that matter most first.
        most: end of both scales.
    """
    kept: Rows = []
    taken: list[tuple[float, float, float]] = []
    for row in rows:
        x, y = (row[name] / most * pixels if most else 0.0 for name, pixels in (("value", _WIDE), ("sigma", _HIGH)))
        length = _LETTER * len(row["number"])
        left = x - length if row["value"] > most / 2 else x
        if all(abs(y - line) >= _LINE or left >= end or left + length <= start for start, end, line in taken):
            kept.append(row)
            taken.append((left, left + length, y))
    return kept


def shares_chart(indices: Sequence[Index], key: str) -> list[Drawn]:
    """Return bars of Sobol's indices with their intervals: by itself, and with all others."""
    kinds = Kinds(
        "kind",
        [Kind("by itself", ARM_COLOURS[1], "circle"), Kind("with all others", ARM_COLOURS[2], "square")],
    )
    rows: Rows = [
        {
            "number": one.number,
            "kind": kind,
            **scaled(share, 100),
            "tooltip": f"{one.number}, {kind}: {numbers.in_words(share, 'share')} of the variance",
        }
        for one in indices
        for kind, share in zip(kinds.names, (one.first, one.total), strict=True)
        if share.value is not None
    ]
    if not rows:
        return []
    order = list(dict.fromkeys(row["number"] for row in rows))

    def draw(tables: ChartData, narrow: bool) -> Chart:
        title = "share of the variance, %"
        base = alt.Chart(tables.add(rows)).encode(
            y=_names("number", order, narrow),
            yOffset=alt.YOffset("kind:N", sort=kinds.names),
            color=kinds.colour(narrow),
            description=alt.Description("tooltip:N"),
        )
        rule = base.mark_rule(strokeWidth=2.5).encode(x=alt.X("low:Q", title=title), x2=alt.X2("high:Q"))
        dot = base.mark_point(filled=True, size=75, opacity=1).encode(
            x=alt.X(**amounts("value", title, grid=True)), shape=kinds.shape(narrow)
        )
        layers: list[Any] = [zero_line(tables, alt.X, title), rule, dot]
        return alt.LayerChart(layer=layers, width=175 if narrow else 700, height=40 * len(order))

    note = (
        "Mark: Sobol's index; line: its 95% interval. The further apart the two of a number, the more it acts together "
        "with others."
    )
    return [drawn(key, "Shares of variance", note, draw, kinds=kinds, switched=True)]


def _names(field: str, order: list[str], narrow: bool) -> alt.Y:
    axis = alt.Axis(ticks=False, domain=False, labelLimit=160 if narrow else 340)
    if narrow:  # the end of a path tells more than its beginning
        axis["labelExpr"] = "length(datum.label) > 23 ? '\u2026' + slice(datum.label, -22) : datum.label"
    return alt.Y(f"{field}:N", sort=order, title=None, axis=axis)
