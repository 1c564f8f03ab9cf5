"""The tornado of a run: how far the numbers that drive a figure move it, the strongest on top."""

from __future__ import annotations

import altair as alt

from threatsim.catalogue.metrics import ARM_METRICS, shown_in
from threatsim.experiment.record.doubt import FigureDoubt
from threatsim.experiment.record.record import RunRecord
from threatsim.report.charts import marks
from threatsim.report.charts.drawing import INK
from threatsim.report.charts.marks import ChartData, Rows
from threatsim.report.words import numbers
from threatsim.report.words.doubt.doubt_words import driver


def has_drivers(record: RunRecord) -> bool:
    """Return whether numbers were drawn, and a figure follows one."""
    return any(one.drivers for one in _shown(record))


def tornado(record: RunRecord, tables: ChartData, narrow: bool) -> alt.ConcatChart:
    """Return a panel a figure: a bar for each number that it follows, from where that is least to where it is most."""
    colours = marks.arm_colours(record)
    titles = dict(zip([arm.name for arm in record.arms], colours, strict=True))
    panels = [_panel(one, titles[one.arm], colours, tables, narrow) for one in _shown(record) if one.drivers]
    return alt.concat(*panels, columns=1 if narrow else 2, spacing={"row": 28, "column": 24})


def _shown(record: RunRecord) -> list[FigureDoubt]:
    """Return the baseline's loss, and what the other arms are ranked by."""
    if record.doubt is None:
        return []
    baseline, ranking = record.arms[0].name, shown_in("ranking")
    return [
        one
        for one in record.doubt.figures
        if (one.figure == "payer_loss" if one.arm == baseline else one.figure in ranking)
    ]


def _panel(one: FigureDoubt, title: str, colours: dict[str, str], tables: ChartData, narrow: bool) -> alt.LayerChart:
    metric = ARM_METRICS[one.figure]
    rows: Rows = [
        {
            "figure": metric.title,
            "arm": title,
            "number": part.number,
            "least": part.lowest,
            "most": part.highest,
            "correlation": part.correlation.value,
            "tooltip": f"{title}, {metric.title.lower()}: {numbers.value(part.lowest, metric.unit)} where it is least, "
            f"{numbers.value(part.highest, metric.unit)} where it is most: {driver(part)}",
        }
        for part in one.drivers
    ]
    unit = metric.unit if narrow else f"{metric.unit}, mean over a fifth of the draws"
    order = [part.number for part in one.drivers]
    base = alt.Chart(tables.add(rows)).encode(
        y=alt.Y(
            "number:N",
            sort=order,
            title=None,
            axis=alt.Axis(ticks=False, domain=False, labelLimit=170 if narrow else 260),
        ),
        color=marks.colour("arm", colours, None),
        description=alt.Description("tooltip:N"),
    )
    bars = base.mark_bar(size=9, opacity=0.45).encode(x=marks.amounts("least", unit), x2=alt.X2("most:Q"))
    ends = base.mark_point(filled=True, size=70, opacity=1).encode(x=alt.X("most:Q", title=unit))
    middle = alt.Chart(tables.add([{"value": one.both.value}], figures=False))
    mean = middle.mark_rule(color=INK, strokeDash=[3, 3]).encode(x=alt.X("value:Q", title=unit))
    heading = f"{metric.title}, {title}"
    return alt.LayerChart(layer=[mean, bars, ends], width=130 if narrow else 210, height=22 * len(rows), title=heading)
