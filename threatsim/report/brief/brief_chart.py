"""The one chart of a brief: what each arm is worth, with its interval and its figure beside it."""

from __future__ import annotations

from typing import Final

import altair as alt

from threatsim.experiment.record.record import RunRecord
from threatsim.report.charts import marks
from threatsim.report.charts.drawing import INK, svg, themed
from threatsim.report.charts.marks import ChartData, Rows
from threatsim.report.words import numbers
from threatsim.report.words.arm_lines import arm_lines

MOST_ARMS: Final = 9
"""Arms that one page has room for."""
_WIDTH: Final = 270
_LONGEST: Final = 60
"""Characters of an arm's title that stand beside it."""


def chart_title(record: RunRecord) -> str:
    """Return what the chart shows."""
    metric, others = arm_lines(record).metrics[0], record.arms[1:]
    if not others:
        return f"{metric.title}, {metric.unit}"
    unit = "percentage points" if metric.unit == "share" else metric.unit
    baseline = numbers.printable(record.arms[0].title)[:_LONGEST]
    shown = min(len(others), MOST_ARMS)
    part = f"the first {shown} of {len(others)} alternatives" if shown < len(others) else "each alternative"
    return f"{metric.title}, {unit}: {part} beside “{baseline}”"


def chart_note(record: RunRecord) -> str:
    """Return how the chart is read."""
    if not any(row["low"] is not None for row in _rows(record)):
        return f"Dot: the mean. {numbers.count(record.replicates)} replicates are too few for an interval."
    if len(record.arms) == 1:
        return "Dot: the mean; bar: its 95 % interval."
    zero = "Where a bar crosses the dashed line of zero, chance alone may have made the difference."
    return f"Dot: the mean; bar: its 95 % interval. {zero}"


def chart_svg(record: RunRecord) -> str:
    """Return the chart as inline SVG, in the colours of the page it stands in."""
    tables = ChartData()
    return svg(themed(_chart(record, tables)), tables.rows, "brief", chart_title(record))


def _chart(record: RunRecord, tables: ChartData) -> alt.LayerChart:
    rows = _rows(record)
    arms = [row["arm"] for row in rows]
    axis = alt.Axis(ticks=False, domain=False, offset=8, labelLimit=300)
    y = alt.Y("arm:N", sort=arms, title=None, axis=axis)
    colours = dict(zip(arms, list(marks.arm_colours(record).values())[len(record.arms) > 1 :], strict=False))
    colour = marks.colour("arm", colours, None)
    drawn = marks.intervals(tables, rows, y, colour, title="", heading="", width=_WIDTH)
    figures = alt.Chart(tables.add(rows, figures=False)).mark_text(align="left", dx=8, color=INK, fontSize=12)
    figures = figures.encode(y=y, x=alt.value(_WIDTH), text="figure:N")
    return alt.LayerChart(layer=[*drawn.layer, figures], width=_WIDTH, height=27 * max(1, len(rows)))


def _rows(record: RunRecord) -> Rows:
    """Return a row an arm: its difference to the baseline, or of a single arm the figure itself."""
    metric = arm_lines(record).metrics[0]
    factor, compared = 100 if metric.unit == "share" else 1, len(record.arms) > 1
    told = numbers.change_in_words if compared else numbers.in_words
    rows = Rows()
    for title, arm in list(zip(marks.arm_titles(record), record.arms, strict=True))[compared:][:MOST_ARMS]:
        estimate = (arm.differences if compared else arm.outcomes).get(metric.name)
        if estimate is not None and estimate.value is not None:
            figure = told(estimate, metric.unit)
            scaled = marks.scaled(estimate, factor)
            shown = title if len(title) <= _LONGEST else f"{title[:_LONGEST]}… ({len(rows) + 1})"
            rows.append({"arm": shown, **scaled, "figure": figure, "tooltip": f"{shown}: {figure}"})
    return rows
