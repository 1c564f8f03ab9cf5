"""The charts over the weeks: detection as a pair, and the tactics in use."""

from __future__ import annotations

import altair as alt

from threatsim.experiment.record.record import RunRecord
from threatsim.report.charts import marks
from threatsim.report.charts.marks import ChartData, Rows
from threatsim.report.words import numbers


def detection(record: RunRecord, tables: ChartData, narrow: bool) -> alt.VConcatChart:
    """Return recall on fraud and accusations of honest providers, both counted from the first week on."""
    colours = marks.arm_colours(record)
    recall: Rows = []
    honest: Rows = []
    for title, arm in zip(colours, record.arms, strict=True):
        false, found, accused = 0.0, 0.0, 0.0
        series = (arm.weekly[key] for key in ("false_claims", "findings", "false_findings", "accused_honest"))
        for week, (claims, findings, mistaken, innocent) in enumerate(zip(*series, strict=True), 1):
            false, found, accused = false + claims, found + findings - mistaken, accused + innocent
            if false > 0:
                share = 100 * found / false
                recall.append({"figure": "false claims found, %", "arm": title, "week": week, "value": share})
            honest.append({"figure": "honest providers accused", "arm": title, "week": week, "value": accused})
    width = 240 if narrow else 880
    upper = marks.lines(
        tables,
        recall,
        colours,
        "arm",
        title="False claims found, %",
        heading="Recall on fraud",
        template="{arm}, by week {week}: {value|%} of false claims found",
        width=width,
        narrow=narrow,
    )
    lower = marks.lines(
        tables,
        honest,
        colours,
        "arm",
        title="Honest providers accused",
        heading="Accusations of honest providers",
        template="{arm}, by week {week}: {value|#} honest providers accused",
        width=width,
        narrow=narrow,
    )
    return alt.vconcat(upper, lower, spacing=24)


def tactics_over_time(record: RunRecord, tables: ChartData, narrow: bool) -> alt.ConcatChart:
    """Return false claims a week by tactic, a panel an arm, all on one scale."""
    used = {numbers.title(outcome.tactic): outcome.tactic for outcome in record.arms[0].tactics}
    colours = {title: colour for title, colour in marks.tactic_colours(record).items() if title in used}
    weekly = [
        {title: arm.weekly.get(f"false_claims_{name}", []) for title, name in used.items()} for arm in record.arms
    ]
    top = max((claims for arm in weekly for series in arm.values() for claims in series), default=0.0)
    panels = []
    for heading, series in zip(marks.arm_titles(record), weekly, strict=True):
        rows: Rows = [
            {"arm": heading, "tactic": title, "week": week, "value": claims}
            for title, values in series.items()
            for week, claims in enumerate(values, 1)
        ]
        panels.append(
            marks.lines(
                tables,
                rows,
                colours,
                "tactic",
                title="False claims a week",
                heading=heading,
                template="{arm}, {tactic}, week {week}: {value|#} false claims",
                width=240 if narrow else 410,
                narrow=narrow,
                top=top,
            )
        )
    return alt.concat(*panels, columns=1 if narrow else 2, spacing={"row": 24, "column": 24})
