"""The one chart of a brief: what each arm is worth, with its interval and its figure beside it."""

from __future__ import annotations

from typing import Final

import altair as alt

from threatsim.experiment.record.record import RunRecord
from threatsim.report.charts import marks
from threatsim.report.charts.drawing import INK, svg, themed
from threatsim.report.charts.marks import ChartData, Rows
from threatsim.report.words import numbers
from threatsim.report.words.arm_lines import arm_lines, best_first

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
    which = "first" if metric.good == "neither" else "best"
    part = f"the {which} {shown} of {len(others)} alternatives" if shown < len(others) else "each alternative"
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
    axis = alt.Axis(ticks=False, domain=False, offset=8, labelLimit=300)
    y = alt.Y("arm:N", sort=[row["arm"] for row in rows], title=None, axis=axis)
    colour = marks.colour("arm", {row["arm"]: row["colour"] for row in rows}, None)
    drawn = marks.intervals(tables, rows, y, colour, title="", heading="", width=_WIDTH)
    figures = alt.Chart(tables.add(rows, figures=False)).mark_text(align="left", dx=8, color=INK, fontSize=12)
    figures = figures.encode(y=y, x=alt.value(_WIDTH), text="figure:N")
    return alt.LayerChart(layer=[*drawn.layer, figures], width=_WIDTH, height=27 * max(1, len(rows)))


def _rows(record: RunRecord) -> Rows:
    """Return a row an arm: its difference to the baseline, the best first; of a single arm the figure itself."""
    metric, compared = arm_lines(record).metrics[0], len(record.arms) > 1
    factor = 100 if metric.unit == "share" else 1
    told = numbers.change_in_words if compared else numbers.in_words
    names = {arm.name: one for arm, one in zip(record.arms, marks.arm_colours(record).items(), strict=True)}
    rows = Rows()
    for arm in (best_first(record.arms[1:], metric) if compared else record.arms)[:MOST_ARMS]:
        estimate = (arm.differences if compared else arm.outcomes).get(metric.name)
        if estimate is not None and estimate.value is not None:
            title, colour = names[arm.name]
            figure = told(estimate, metric.unit)
            shown = title if len(title) <= _LONGEST else f"{title[:_LONGEST]}… ({len(rows) + 1})"
            spoken = {"figure": figure, "tooltip": f"{shown}: {figure}"}
            rows.append({"arm": shown, "colour": colour, **marks.scaled(estimate, factor), **spoken})
    return rows
