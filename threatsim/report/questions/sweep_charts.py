"""The charts of sweeps and break-evens, as drawings for a page, which follow its light and dark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from threatsim.questions.break_even.findings import BreakEvenFindings
from threatsim.questions.sweep.findings import SweepFindings, VariedPath
from threatsim.report.charts.drawing import ARM_COLOURS, FAINT, INK, cycled, svg
from threatsim.report.charts.marks import NUMBERS, ChartData, Rows
from threatsim.report.words import numbers

_WIDTH = 560


def curves(found: SweepFindings, arms: Mapping[str, str], figure: str, unit: str, key: str) -> str:
    """Return a figure of every arm over the one path that varies, with its 95 % band."""
    (varied,) = found.varied
    rows: Rows = [
        {
            "x": found.points[one.point][varied.path],
            "arm": arms[arm],
            "value": one.level.value,
            "low": one.level.low,
            "high": one.level.high,
            "tooltip": f"{arms[arm]} at {in_short(found.points[one.point][varied.path])}: "
            f"{numbers.in_words(one.level, unit)}",
        }
        for arm in arms
        for one in found.at(figure, arm)
        if one.level.value is not None
    ]
    if not rows:
        return ""
    tables = ChartData()
    colours = alt.Color(
        "arm:N",
        scale=alt.Scale(domain=list(arms.values()), range=cycled(ARM_COLOURS, len(arms))),
        legend=alt.Legend(orient="bottom", title=None, columns=2, symbolOpacity=1),
    )
    base = alt.Chart(tables.add(rows)).encode(x=_x(varied), color=colours, description="tooltip:N")
    y = alt.Y("value:Q", title=unit, axis=alt.Axis(labelExpr=NUMBERS, grid=True))
    layers: list[Any] = [base.mark_line(strokeWidth=2).encode(y=y)]
    if numeric(varied) and len(arms) <= 3:  # the bands of more lie over each other
        layers.insert(0, base.mark_area(opacity=0.15).encode(y=alt.Y("low:Q", title=unit), y2="high:Q"))
    layers.append(base.mark_point(filled=True, size=45, opacity=1).encode(y=y))
    return svg(alt.LayerChart(layer=layers, width=_WIDTH, height=280), tables.rows, key)


def heat_map(found: SweepFindings, arm: str, figure: str, unit: str, key: str) -> str:
    """Return a figure of an arm over two paths of a grid, a cell a point, its value written in it."""
    across, up = found.varied
    rows: Rows = [
        {
            "x": in_short(found.points[one.point][across.path]),
            "y": in_short(found.points[one.point][up.path]),
            "value": one.level.value,
            "text": numbers.point(one.level, unit),
            "tooltip": f"{in_short(found.points[one.point][across.path])}, "
            f"{in_short(found.points[one.point][up.path])}: {numbers.in_words(one.level, unit)}",
        }
        for one in found.at(figure, arm)
    ]
    tables = ChartData()
    base = alt.Chart(tables.add(rows)).encode(
        x=alt.X("x:O", sort=[in_short(one) for one in across.values], title=across.path, axis=alt.Axis(labelAngle=0)),
        y=alt.Y("y:O", sort=[in_short(one) for one in reversed(up.values)], title=up.path),
        description="tooltip:N",
    )
    cells = base.mark_rect(opacity=0.55).encode(
        color=alt.Color("value:Q", scale=alt.Scale(scheme="viridis"), legend=alt.Legend(title=unit))
    )
    layers: list[Any] = [cells]
    if len(across.values) <= 10:
        layers.append(base.mark_text(color=INK, fontSize=11).encode(text="text:N"))
    width, height = (min(_WIDTH, 64 * len(one.values)) for one in (across, up))
    return svg(alt.LayerChart(layer=layers, width=width, height=height), tables.rows, key)


def parallel_points(found: SweepFindings, arm: str, figure: str, unit: str, key: str) -> str:
    """Return a line for each point across the paths, coloured by a figure."""
    rows: Rows = [
        {
            "point": one.point,
            "path": varied.path,
            "share": _share(varied, found.points[one.point][varied.path]),
            "value": one.level.value,
        }
        for one in found.at(figure, arm)
        if one.level.value is not None
        for varied in found.varied
    ]
    if not rows:
        return ""
    tables = ChartData()
    chart = (
        alt.Chart(tables.add(rows))
        .mark_line(strokeWidth=1.4, opacity=0.7)
        .encode(
            x=alt.X("path:N", sort=[one.path for one in found.varied], title=None, axis=alt.Axis(labelAngle=-20)),
            y=alt.Y("share:Q", title="place in its range", axis=alt.Axis(format="%")),
            detail="point:N",
            color=alt.Color("value:Q", scale=alt.Scale(scheme="viridis"), legend=alt.Legend(title=unit)),
        )
        .properties(width=max(_WIDTH, 110 * len(found.varied)), height=280)
    )
    return svg(chart, tables.rows, key)


def crossing_curve(found: BreakEvenFindings, unit: str, key: str) -> str:
    """Return the curve with its band, zero, and each crossing with its interval."""
    rows: Rows = [
        {
            "x": one.value,
            "value": one.distance.value,
            "low": one.distance.low,
            "high": one.distance.high,
            "tooltip": f"at {in_short(one.value)}: {numbers.in_words(one.distance, unit)}",
        }
        for one in found.curve
        if one.distance.value is not None
    ]
    if not rows:
        return ""
    ends = [float(one) for one in found.varied.values]
    tables = ChartData()
    base = alt.Chart(tables.add(rows)).encode(x=_x(found.varied), description="tooltip:N")
    what = "left less right side" if found.other else f"{unit}, less {found.number:g}" if found.number else unit
    y = alt.Y("value:Q", title=what, axis=alt.Axis(labelExpr=NUMBERS, grid=True))
    layers: list[Any] = [
        base.mark_area(opacity=0.18, color=ARM_COLOURS[0]).encode(y=alt.Y("low:Q", title=what), y2="high:Q"),
        base.mark_line(strokeWidth=2, color=ARM_COLOURS[0]).encode(y=y),
        base.mark_point(filled=True, size=35, opacity=1, color=ARM_COLOURS[0]).encode(y=y),
        alt.Chart(tables.add([{"zero": 0.0}], figures=False)).mark_rule(color=FAINT).encode(y="zero:Q"),
    ]
    if found.crossings:
        crossed: Rows = [
            {
                "x": one.at,
                "low": ends[0] if one.low is None else one.low,
                "high": ends[1] if one.high is None else one.high,
                "zero": 0.0,
            }
            for one in found.crossings
        ]
        marks = alt.Chart(tables.add(crossed, figures=False)).encode(y="zero:Q")
        layers += [
            marks.mark_rule(strokeWidth=5, opacity=0.7, color=ARM_COLOURS[1]).encode(
                x=alt.X("low:Q", scale=alt.Scale(type="log" if found.varied.log else "linear")), x2="high:Q"
            ),
            marks.mark_point(shape="diamond", filled=True, size=140, opacity=1, color=ARM_COLOURS[1]).encode(x="x:Q"),
        ]
    return svg(alt.LayerChart(layer=layers, width=_WIDTH, height=280), tables.rows, key)


def numeric(varied: VariedPath) -> bool:
    """Return whether a path takes numbers."""
    return all(isinstance(one, (int, float)) and not isinstance(one, bool) for one in varied.values)


def in_short(value: Any) -> str:
    """Return a value of a path: a number to three digits, a word as it is."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return numbers.printable(str(value))
    return numbers.number(float(value))


def _x(varied: VariedPath) -> alt.X:
    title = f"{varied.path}{f', {varied.unit}' if varied.unit else ''}"
    if not numeric(varied):
        return alt.X("x:O", sort=list(varied.values), title=title)
    ends = [float(one) for one in varied.values]
    scale = alt.Scale(type="log" if varied.log else "linear", domain=[min(ends), max(ends)], nice=False)
    return alt.X("x:Q", title=title, scale=scale, axis=alt.Axis(tickCount=6))


def _share(varied: VariedPath, value: Any) -> float:
    if not numeric(varied):
        return list(varied.values).index(value) / max(1, len(varied.values) - 1)
    ends: Sequence[float] = [float(one) for one in varied.values]
    width = max(ends) - min(ends)
    return (float(value) - min(ends)) / width if width else 0.5
