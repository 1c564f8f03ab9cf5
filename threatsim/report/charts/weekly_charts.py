"""The charts over the weeks: detection as a pair, and the tactics in use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt

from threatsim.experiment.record.record import RunRecord
from threatsim.report.charts import marks
from threatsim.report.charts.marks import ChartData, Rows
from threatsim.report.charts.weekly_bands import ACCUSED, RECALL, Band
from threatsim.report.words import numbers


def detection(record: RunRecord, tables: ChartData, narrow: bool) -> alt.VConcatChart:
    """Return recall on fraud and accusations of honest providers, both counted from the first week on.

    Of accusations there is a panel where there was one in any arm.
    """
    colours = marks.arm_colours(record)
    recall: Rows = []
    honest: Rows = []
    for title, arm in zip(colours, record.arms, strict=True):
        bands = tables.bands.get(arm.name, {})
        false, found, accused = 0.0, 0.0, 0.0
        series = (arm.weekly[key] for key in ("false_claims", "findings", "false_findings", "accused_honest"))
        for week, (claims, findings, mistaken, innocent) in enumerate(zip(*series, strict=True), 1):
            false, found, accused = false + claims, found + findings - mistaken, accused + innocent
            here = {"arm": title, "week": week}
            if false > 0:
                share = {"value": 100 * found / false, **_ends(bands, RECALL, week, 100)}
                recall.append({"figure": "false claims found, %", **here, **share})
            honest.append(
                {"figure": "honest providers accused", **here, "value": accused, **_ends(bands, ACCUSED, week)}
            )
    width = 240 if narrow else 880
    panels = [
        marks.lines(
            tables,
            recall,
            colours,
            "arm",
            title="False claims found, %",
            heading="Recall on fraud",
            template=_told("{arm}, by week {week}: {value|%} of false claims found", recall, "%"),
            width=width,
            narrow=narrow,
        )
    ]
    if accuses_honest(record):
        panels.append(
            marks.lines(
                tables,
                honest,
                colours,
                "arm",
                title="Honest providers accused",
                heading="Accusations of honest providers",
                template=_told("{arm}, by week {week}: {value|#} honest providers accused", honest, "#"),
                width=width,
                narrow=narrow,
            )
        )
    return alt.vconcat(*panels, spacing=24)


def accuses_honest(record: RunRecord) -> bool:
    """Return whether an honest provider was accused in any replicate of any arm."""
    return any(any(arm.weekly.get("accused_honest", ())) for arm in record.arms)


def how_detection_is_read(record: RunRecord) -> str:
    """Return how to read the chart, and what stands for its second panel where nobody honest was accused."""
    read = "Counted from the first week on, mean over the replicates. Findings lag behind claims, so recall starts low."
    if accuses_honest(record):
        return read
    found = [arm.outcomes.get("false_accusations") for arm in record.arms]
    highs = [one.high for one in found if one is not None and one.high is not None]
    most = f": at most {numbers.number(max(highs))} per 100 provider-years, by the 95% intervals" if highs else ""
    return f"{read} No honest provider was accused in any replicate of any arm{most}."


def tactics_over_time(record: RunRecord, tables: ChartData, narrow: bool) -> alt.ConcatChart:
    """Return false claims a week by tactic, a panel an arm, all on one scale."""
    used = {numbers.title(outcome.tactic): outcome.tactic for outcome in record.arms[0].tactics}
    colours = {title: colour for title, colour in marks.tactic_colours(record).items() if title in used}
    weekly = [
        {title: arm.weekly.get(f"false_claims_{name}", []) for title, name in used.items()} for arm in record.arms
    ]
    drawn: list[Rows] = [
        [
            {
                "arm": heading,
                "tactic": title,
                "week": week,
                "value": claims,
                **_ends(tables.bands.get(arm.name, {}), f"false_claims_{used[title]}", week),
            }
            for title, values in series.items()
            for week, claims in enumerate(values, 1)
        ]
        for heading, arm, series in zip(marks.arm_titles(record), record.arms, weekly, strict=True)
    ]
    highest = [float(row["high"] if "high" in row else row["value"]) for rows in drawn for row in rows]
    top = max(highest, default=0.0)
    panels = []
    for heading, rows in zip(marks.arm_titles(record), drawn, strict=True):
        panels.append(
            marks.lines(
                tables,
                rows,
                colours,
                "tactic",
                title="False claims a week",
                heading=heading,
                template=_told("{arm}, {tactic}, week {week}: {value|#} false claims", rows, "#"),
                width=240 if narrow else 410,
                narrow=narrow,
                top=top,
            )
        )
    return alt.concat(*panels, columns=1 if narrow else 2, spacing={"row": 24, "column": 24})


def _ends(bands: Mapping[str, Sequence[Band]], series: str, week: int, factor: float = 1) -> dict[str, float]:
    """Return the ends of a series' interval in a week, times `factor`; nothing where it has none."""
    band = bands[series][week - 1] if series in bands else None
    return {} if band is None else {"low": factor * band[0], "high": factor * band[1]}


def _told(template: str, rows: Rows, form: str) -> str:
    """Return the template of a tooltip, with the interval where every row has one."""
    return f"{template} ({{low|{form}}} to {{high|{form}}})" if rows and all("low" in row for row in rows) else template
