"""What the charts have in common: tables of marks, axes, legends, colours, and panels of dots or lines.

Channels are written as Altair's classes, never as bare text: to find the class of a text it hashes its whole schema.
"""

from __future__ import annotations

import re
from typing import Any, Final

import altair as alt

from threatsim.experiment.record.record import RunRecord
from threatsim.report.charts.drawing import ARM_COLOURS, INK, TACTIC_COLOURS, cycled
from threatsim.report.charts.weekly_bands import Bands
from threatsim.report.terminal.tables import attacked_by
from threatsim.report.words import numbers
from threatsim.statistics.estimate import Estimate

Rows = list[dict[str, Any]]
# As `numbers.number` has it: B for billions, and no thousandths written with m.
NUMBERS: Final = "abs(datum.value) < 1 ? format(datum.value, '.2~r') : replace(format(datum.value, '~s'), 'G', 'B')"
_DASHES: Final = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [10, 4], [4, 4], [1, 3], [12, 3, 1, 3])


class ChartData:
    """The rows behind a chart, beside it: Altair copies what lies inside a chart at every step.

    Attributes:
        rows: name -> rows of the still drawing.
        live: name -> rows of the chart that the reader's browser draws, where they are others.
        templates: name -> the template of `tooltip` for the marks of the live chart, where its rows have no tooltip.
        figures: the names of those rows that are the chart's data, and not a mark of its layout.
        bands: the intervals of weekly series; empty where only their means are known.
    """

    def __init__(self, bands: Bands | None = None) -> None:
        self.bands: Bands = bands or {}
        self.rows: dict[str, Rows] = {}
        self.live: dict[str, Rows] = {}
        self.templates: dict[str, str] = {}
        self.figures: list[str] = []

    def add(self, rows: Rows, *, figures: bool = True, live: Rows | None = None, template: str = "") -> alt.NamedData:
        """Keep the rows and return the name that a chart uses for them.

        Args:
            rows: the rows.
            figures: whether they belong into the chart's table of data.
            live: rows that a live chart has in their place: more of them, since they cost less there.
            template: of the tooltip of a row of a live chart; empty if its column `tooltip` has the text.
        """
        name = f"rows-{len(self.rows)}"
        self.rows[name] = rows
        if live is not None:
            self.live[name] = live
        if template:
            self.templates[name] = template
        if figures:
            self.figures.append(name)
        return alt.NamedData(name=name)


def tooltip(template: str, row: dict[str, Any]) -> str:
    """Return a template such as "{arm}, week {week}: {value|%}" filled in from a row; `charts.js` does the same.

    After the bar: # for a number to three digits, % for one that is a percentage.
    """

    def fill(match: re.Match[str]) -> str:
        field, form = match[1], match[2]
        if form == "%":
            return numbers.value(row[field] / 100, "share")
        return numbers.number(row[field]) if form == "#" else str(row[field])

    return re.sub(r"\{(\w+)(?:\|(.))?\}", fill, template)


def scaled(estimate: Estimate, factor: float = 1) -> dict[str, float | None]:
    """Return the estimate as the columns value, low and high, times `factor`."""
    ends = (("value", estimate.value), ("low", estimate.low), ("high", estimate.high))
    return {key: None if x is None else factor * x for key, x in ends}


def amounts(field: str, title: str, *, zero: bool = False) -> alt.X:
    """Return a horizontal axis of amounts."""
    axis = alt.Axis(labelExpr=NUMBERS, tickCount=4)
    return alt.X(f"{field}:Q", axis=axis, title=title, scale=alt.Scale(zero=True) if zero else alt.Undefined)


def names(field: str, order: list[str], *, labels: bool = True) -> alt.Y:
    """Return a vertical axis of names; without labels where the panel to the left has them."""
    return alt.Y(
        f"{field}:N", sort=order, title=None, axis=alt.Axis(labels=labels, ticks=False, domain=False, offset=8)
    )


def legend(narrow: bool, symbol: str = "stroke") -> alt.Legend:
    """Return a legend below the chart."""
    return alt.Legend(orient="bottom", columns=1 if narrow else 4, title=None, symbolType=symbol)


def colour(field: str, colours: dict[str, str], legend: alt.Legend | None) -> alt.Color:
    """Return colour by name."""
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    return alt.Color(f"{field}:N", scale=scale, legend=legend)


def arm_titles(record: RunRecord) -> list[str]:
    """Return the titles of the arms, told apart where two are the same."""
    titles: list[str] = []
    for arm in record.arms:
        title = numbers.printable(arm.title)
        titles.append(f"{title} ({arm.name})" if title in titles else title)
    return titles


def arm_colours(record: RunRecord) -> dict[str, str]:
    """Return title of an arm -> its colour, the same in every chart of the record."""
    titles = arm_titles(record)
    return dict(zip(titles, cycled(ARM_COLOURS, len(titles)), strict=True))


def tactic_colours(record: RunRecord) -> dict[str, str]:
    """Return title of a tactic -> its colour, the same in every chart of the record; clean images are ink."""
    tactics = [outcome.tactic for outcome in record.arms[0].tactics] + attacked_by(record.classifiers)
    titles = list(dict.fromkeys(numbers.title(name) for name in tactics))
    return {"Clean": INK, **dict(zip(titles, cycled(TACTIC_COLOURS, len(titles)), strict=True))}


def dashes_of(series: list[str]) -> dict[str, list[int]]:
    """Return series -> the dashes of its line, so that colour is not all that tells lines apart."""
    return {name: _DASHES[i % len(_DASHES)] for i, name in enumerate(series)}


def lines(
    tables: ChartData,
    rows: Rows,
    colours: dict[str, str],
    field: str,
    *,
    title: str,
    heading: str,
    template: str,
    width: int,
    narrow: bool,
    top: float | None = None,
) -> alt.LayerChart:
    """Return series over the weeks: a line each, told apart by colour and dashes, with unseen dots for the tooltips.

    Where rows have the ends of an interval, it is shaded.

    Args:
        tables: where the rows go.
        rows: week, value and `field` (the series); low and high, where they are known.
        colours: series -> colour.
        field: the column that names the series.
        title: of the vertical axis.
        heading: above the panel.
        template: of the tooltip of a point (`tooltip`).
        width: of the panel in pixels.
        narrow: whether the legend is one below the other.
        top: the greatest value of the vertical axis, where panels share a scale.
    """
    dashes = list(dashes_of(list(colours)).values())
    dash = alt.StrokeDash(f"{field}:N", scale=alt.Scale(domain=list(colours), range=dashes), legend=legend(narrow))
    weeks = max((row["week"] for row in rows), default=1)
    x_axis = alt.Axis(grid=False, tickMinStep=1, tickCount=6)
    x = alt.X("week:Q", title="Week", scale=alt.Scale(domain=[0, weeks], nice=False), axis=x_axis)
    if not any(row["value"] for row in rows):
        top = 1  # a scale from 0 to 0 would put its only line into the middle
    scale = alt.Scale(domain=[0, top], nice=True) if top else alt.Scale(zero=True)
    y_axis = alt.Axis(grid=True, tickCount=4, labelExpr=NUMBERS)
    y = alt.Y("value:Q", title=title, scale=scale, axis=y_axis)
    data = tables.add(rows)
    drawn = alt.Chart(data).mark_line(strokeWidth=2.2)
    drawn = drawn.encode(
        x=x,
        y=y,
        color=colour(field, colours, legend(narrow)),
        strokeDash=dash,
        description=alt.Description(f"{field}:N"),
    )
    # A line has one description, a reader asks for one week; unseen dots say it where the chart is live.
    dots = alt.Chart(tables.add([], figures=False, live=rows, template=template)).mark_circle(size=110, opacity=0)
    dots = dots.encode(x=x, y=y, color=colour(field, colours, legend(narrow)), description=alt.Description("tooltip:N"))
    layers = [drawn, dots]
    if any("low" in row for row in rows):
        band = alt.Chart(data).mark_area(opacity=0.16)
        ends = {"y": alt.Y("low:Q", title=title, scale=scale, axis=y_axis), "y2": alt.Y2("high:Q")}
        colours_of = colour(field, colours, legend(narrow))
        layers.insert(0, band.encode(x=x, **ends, color=colours_of, description=alt.Description(f"{field}:N")))
    return alt.LayerChart(layer=layers, width=width, height=150, title=heading)


def intervals(
    tables: ChartData,
    rows: Rows,
    y: alt.Y,
    color: alt.Color,
    *,
    title: str,
    heading: str,
    width: int,
    top: float | None = None,
) -> alt.LayerChart:
    """Return a dot with its 95 % interval for every row (value, low, high, tooltip).

    The scale runs from 0 to `top`; without it, as far as the rows need, with zero marked by a dashed line.

    Args:
        tables: takes the rows.
        rows: with value, low, high and tooltip, and what `y` and `color` read.
        y: what is told apart by place.
        color: what is told apart by colour.
        title: of the scale.
        heading: of the chart.
        width: in pixels.
        top: end of the scale.
    """
    x = amounts("value", title) if top is None else alt.X("value:Q", title=title, axis=alt.Axis(tickCount=5))
    if top is not None:
        x = x.scale(domain=[0, top])
    base = alt.Chart(tables.add(rows)).encode(y=y, color=color, description=alt.Description("tooltip:N"))
    bars = base.mark_rule(strokeWidth=2.5).encode(x=alt.X("low:Q", title=title), x2=alt.X2("high:Q"))
    layers: list[alt.Chart] = [bars, base.mark_point(filled=True, size=85, opacity=1).encode(x=x)]
    if top is None:
        zero = alt.Chart(tables.add([{"value": 0}], figures=False)).mark_rule(color=INK, strokeDash=[3, 3])
        layers.insert(0, zero.encode(x=alt.X("value:Q", title=title)))
    return alt.LayerChart(layer=layers, width=width, height=26 * max(1, len(rows)), title=heading)
