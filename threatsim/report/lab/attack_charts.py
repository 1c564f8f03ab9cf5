"""Curves of success against budget: for the page, which follows light and dark, and as files of their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import altair as alt

from threatsim.outcomes.lab.attack_record import Curve
from threatsim.outcomes.lab.pgd_curve import CurveOfPGD
from threatsim.outcomes.published.finlayson import TABLE_1
from threatsim.outcomes.published.finlayson_attacks import PAPER_BUDGET
from threatsim.report.charts.drawing import ARM_COLOURS, FAINT, INK, standalone, svg, themed
from threatsim.report.charts.marks import ChartData, Rows
from threatsim.report.words import numbers
from threatsim.statistics.estimate import Estimate

NEGATIVE_TO_POSITIVE: Final = "No finding, lifted over the operating point"
ALL: Final = "All that were rightly decided"
SHUFFLED: Final = "The same change, pixels shuffled"
WRONG: Final = "Wrongly classified at 0.5, all images"
PAPER: Final = "The paper, 224 pixels"
_COLOURS: Final = {
    NEGATIVE_TO_POSITIVE: ARM_COLOURS[2],
    ALL: ARM_COLOURS[1],
    WRONG: ARM_COLOURS[1],
    SHUFFLED: ARM_COLOURS[0],
}
_DASHES: Final = {NEGATIVE_TO_POSITIVE: [1, 0], ALL: [6, 3], WRONG: [6, 3], SHUFFLED: [2, 3]}


@dataclass(frozen=True)
class Panel:
    """One curve with its series.

    Attributes:
        heading: above the panel; empty for none.
        unit: of the budget.
        stepped: whether success jumps at the points, as it does for query counts.
        requested: budget to mark with a line, and what the line is called.
        series: name -> (budget, success) by rising budget.
        paper: (budget, share) of a published point to mark, or None.
    """

    heading: str
    unit: str
    stepped: bool
    requested: tuple[float, str] | None
    series: dict[str, list[tuple[float, Estimate]]]
    paper: tuple[float, float] | None = None


def panel_of(curve: Curve) -> Panel:
    """Return the panel of one attack: both denominators where they differ, and the control."""
    both = any(point.lifted.n and point.lifted.n != point.success.n for point in curve.points)
    one_way = not both and any(point.lifted.n for point in curve.points)
    series = {NEGATIVE_TO_POSITIVE if one_way else ALL: [(point.budget, point.success) for point in curve.points]}
    if both:
        series = {NEGATIVE_TO_POSITIVE: [(point.budget, point.lifted) for point in curve.points], **series}
    if any(point.control is not None for point in curve.points):
        series[SHUFFLED] = [(point.budget, point.control) for point in curve.points if point.control is not None]
    requested = None if curve.asked is None else (curve.asked, "asked for")
    return Panel("", curve.unit, curve.kind != "nested", requested, series)


def panel_of_pgd(curve: CurveOfPGD, requested: int | None) -> Panel:
    """Return the panel of a classifier on real images, with the paper's point: every image wrong at 2.55/255."""
    paper = TABLE_1[curve.modality]["pgd_white_box"]
    series = {
        WRONG: list(zip(curve.levels, curve.wrong, strict=True)),
        SHUFFLED: list(zip(curve.levels, curve.shuffled, strict=True)),
        NEGATIVE_TO_POSITIVE: list(zip(curve.levels, curve.lifted, strict=True)),
    }
    here = None if requested is None else (float(requested), "this budget")
    radius = PAPER_BUDGET.radius * 255
    heading = f"{numbers.title(curve.modality)}, n = {curve.n}"
    return Panel(heading, "grey levels", False, here, series, (radius, 1 - paper.accuracy))


def curve_svg(panels: Sequence[Panel], key: str, *, narrow: bool = False) -> str:
    """Return curves as inline SVG for the page."""
    tables = ChartData()
    return svg(themed(_drawn(panels, tables, narrow)), tables.rows, f"{key}-{'narrow' if narrow else 'wide'}")


def curve_files(panels: Sequence[Panel]) -> dict[str, bytes]:
    """Return curve.svg and curve.png on white, in the page's light colours."""
    drawing, png = standalone(curve_svg(panels, "curve"))
    return {"curve.svg": drawing, "curve.png": png}


def _drawn(panels: Sequence[Panel], tables: ChartData, narrow: bool) -> alt.ConcatChart:
    width = 290 if narrow else 880 if len(panels) == 1 else 270
    names = list(dict.fromkeys(name for panel in panels for name in panel.series))
    drawn = [
        _panel(panel, tables, names, width=width, narrow=narrow, legend=number == len(panels) - 1)
        for number, panel in enumerate(panels)
    ]
    return alt.concat(*drawn, columns=1 if narrow else 3, spacing={"row": 24, "column": 24})


def _panel(
    panel: Panel, tables: ChartData, names: list[str], *, width: int, narrow: bool, legend: bool
) -> alt.LayerChart:
    rows: Rows = [
        {
            "series": name,
            "budget": budget,
            "value": 100 * (estimate.value or 0.0),
            "low": 100 * (estimate.low or 0.0),
            "high": 100 * (1.0 if estimate.high is None else estimate.high),
            "tooltip": f"{name}, {budget:.3g} {panel.unit}: {numbers.in_words(estimate, 'share')} of {estimate.n}",
        }
        for name, points in panel.series.items()
        for budget, estimate in points
        if estimate.value is not None
    ]
    budgets = sorted({row["budget"] for row in rows})
    x = alt.X(
        "budget:Q",
        title=panel.unit[:1].upper() + panel.unit[1:],
        scale=_scale(panel, budgets),
        axis=_axis(panel, budgets, width),
    )
    y = alt.Y("value:Q", title="Success, %", scale=alt.Scale(domain=[0, 100]), axis=alt.Axis(grid=True, tickCount=5))
    shown = alt.Legend(
        orient="bottom", columns=1 if narrow else 3, title=None, symbolType="stroke", symbolOpacity=1, labelLimit=320
    )
    colour = alt.Color(
        "series:N",
        scale=alt.Scale(domain=names, range=[_COLOURS[name] for name in names]),
        legend=shown if legend else None,
    )
    dash = alt.StrokeDash(
        "series:N",
        scale=alt.Scale(domain=names, range=[_DASHES[name] for name in names]),
        legend=shown if legend else None,
    )
    shape: Any = "step-after" if panel.stepped else "linear"
    base = alt.Chart(tables.add(rows)).encode(x=x, color=colour)
    layers: list[alt.Chart] = [
        base.mark_area(opacity=0.13, interpolate=shape).encode(
            y=alt.Y("low:Q", title="Success, %"), y2=alt.Y2("high:Q")
        ),
        base.mark_line(strokeWidth=2.4, interpolate=shape).encode(y=y, strokeDash=dash),
        base.mark_point(filled=True, size=46, opacity=1).encode(y=y, description=alt.Description("tooltip:N")),
    ]
    if panel.requested is not None:
        at, called = panel.requested
        mark = alt.Chart(tables.add([{"budget": at, "value": 10, "tooltip": f"{called}: {at:.3g} {panel.unit}"}]))
        layers.append(mark.mark_rule(color=FAINT, strokeDash=[3, 3]).encode(x=x))
        layers.append(
            mark.mark_text(text=called, align="left", dx=5, color=FAINT, fontSize=11).encode(x=x, y=alt.Y("value:Q"))
        )
    if panel.paper is not None:
        budget, share = panel.paper
        tooltip = f"{PAPER}: {numbers.value(share, 'share')} at {budget:.3g} {panel.unit}"
        point = alt.Chart(tables.add([{"budget": budget, "value": 100 * share, "tooltip": tooltip}]))
        layers.append(
            point.mark_point(shape="diamond", filled=True, size=150, opacity=1, color=INK).encode(
                x=x, y=alt.Y("value:Q"), description=alt.Description("tooltip:N")
            )
        )
    return alt.LayerChart(layer=layers, width=width, height=210 if narrow else 240, title=panel.heading)


def _scale(panel: Panel, budgets: list[float]) -> alt.Scale:
    known = [*budgets, *([panel.paper[0]] if panel.paper else []), *([panel.requested[0]] if panel.requested else [])]
    low, high = (min(known), max(known)) if known else (1.0, 2.0)
    if low > 0 and high / low >= 8:
        return alt.Scale(type="log", base=2, domain=[low, high], nice=False)
    return alt.Scale(domain=[min(low, 0.0) if high / max(low, 1e-9) > 2 else low, high], nice=False)


def _axis(panel: Panel, budgets: list[float], width: int) -> alt.Axis:
    if panel.stepped or not budgets:
        return alt.Axis(grid=False, tickCount=6, labelExpr="format(datum.value, '~s')", labelOverlap=True)
    return alt.Axis(
        grid=False, values=budgets, labelOverlap=True, labelFlush=False, labelExpr="format(datum.value, '.3~r')"
    )
