"""The charts of the market: differences between arms, money, detection, tactics."""

from __future__ import annotations

from typing import Final

import altair as alt

from threatsim.experiment.record import RunRecord
from threatsim.report import marks, words
from threatsim.report.drawing import INK
from threatsim.report.marks import Rows, Tables
from threatsim.scenario.metrics import ARM_METRICS

COMPARED: Final = (
    "payer_loss",
    "fraud_payoff",
    "detection_rate",
    "false_accusations",
    "control_cost",
    "honest_denied",
)
"""The figures whose differences are drawn."""


def differences(record: RunRecord, tables: Tables, narrow: bool) -> alt.ConcatChart:
    """A panel a figure: each arm's paired difference to the baseline with its interval, zero marked."""
    colours, panels = marks.arm_colours(record), []
    for i, name in enumerate(COMPARED):
        metric = ARM_METRICS[name]
        factor, unit = (100, "percentage points") if metric.unit == "share" else (1, metric.unit)
        tail = "" if metric.unit == "share" else f" {metric.unit}"
        rows: Rows = [
            {
                "arm": title,
                **marks.scaled(arm.differences[name], factor),
                "said": f"{title}: {metric.label.lower()} "
                f"{words.change_in_words(arm.differences[name], metric.unit)}{tail}",
            }
            for title, arm in zip(colours, record.arms, strict=True)
            if name in arm.differences
        ]
        panels.append(
            marks.intervals(
                tables,
                rows,
                marks.names("arm", [row["arm"] for row in rows], labels=narrow or i % 2 == 0),
                marks.colour("arm", colours, None),
                title=f"{unit}, difference to the baseline",
                heading=metric.label,
                width=170 if narrow else 320,
            )
        )
    return alt.concat(*panels, columns=1 if narrow else 2, spacing={"row": 28, "column": 24})


def replicates(record: RunRecord, tables: Tables, narrow: bool) -> alt.LayerChart:
    """Payer loss in every replicate of every arm, with the mean."""
    colours, unit = marks.arm_colours(record), ARM_METRICS["payer_loss"].unit
    rows: Rows = [
        {
            "arm": title,
            "value": value,
            "said": f"{title}, replicate {i}: payer loss {words.value(value, unit)} {unit}",
        }
        for title, arm in zip(colours, record.arms, strict=True)
        for i, value in enumerate(arm.replicates["payer_loss"])
        if value is not None
    ]
    means: Rows = [
        {
            "arm": title,
            **marks.scaled(arm.outcomes["payer_loss"]),
            "said": f"{title}: mean payer loss {words.in_words(arm.outcomes['payer_loss'], unit)} {unit}",
        }
        for title, arm in zip(colours, record.arms, strict=True)
    ]
    y = marks.names("arm", list(colours))
    dots = alt.Chart(tables.add(rows)).mark_circle(size=45, opacity=0.45)
    dots = dots.encode(
        x=marks.amounts("value", f"Payer loss, {unit}", zero=True),
        y=y,
        color=marks.colour("arm", colours, None),
        description="said:N",
    )
    mean = alt.Chart(tables.add(means)).mark_tick(thickness=3, size=24, color=INK)
    mean = mean.encode(x="value:Q", y=y, description="said:N")
    return alt.LayerChart(layer=[dots, mean], width=180 if narrow else 680, height=36 * len(colours))


def accounts(record: RunRecord, tables: Tables, narrow: bool) -> alt.Chart:
    """Net money of every account over the run, by arm; each arm sums to zero."""
    colours = marks.arm_colours(record)
    rows: Rows = [
        {
            "account": words.title(name),
            "arm": title,
            "usd": usd,
            "said": f"{words.title(name)}, {title}: {words.change(usd, 'USD')} USD over the run",
        }
        for title, arm in zip(colours, record.arms, strict=True)
        for name, usd in arm.accounts.items()
    ]
    order = list(dict.fromkeys(row["account"] for row in rows))
    chart = alt.Chart(
        tables.add(rows), width=230 if narrow else 720, height=max(60, 13 * len(colours)) * len(order)
    ).mark_bar(cornerRadius=1)
    drawn: alt.Chart = chart.encode(
        x=marks.amounts("usd", "Net over the run, USD"),
        y=marks.names("account", order),
        yOffset=alt.YOffset("arm:N", sort=list(colours)),
        color=marks.colour("arm", colours, marks.legend(narrow, "square")),
        description="said:N",
    )
    return drawn


def detection(record: RunRecord, tables: Tables, narrow: bool) -> alt.VConcatChart:
    """Recall on fraud and accusations of honest providers, both counted from the first week on."""
    colours = marks.arm_colours(record)
    recall: Rows = []
    honest: Rows = []
    for title, arm in zip(colours, record.arms, strict=True):
        false, found, accused = 0.0, 0.0, 0.0
        series = (arm.weekly[key] for key in ("false_claims", "findings", "false_findings", "accused_honest"))
        for week, (claims, findings, mistaken, innocent) in enumerate(zip(*series, strict=True), 1):
            false, found, accused = false + claims, found + findings - mistaken, accused + innocent
            if false > 0:
                said = f"{title}, by week {week}: {words.value(found / false, 'share')} of false claims found"
                recall.append({"arm": title, "week": week, "value": 100 * found / false, "said": said})
            said = f"{title}, by week {week}: {words.number(accused)} honest providers accused"
            honest.append({"arm": title, "week": week, "value": accused, "said": said})
    width = 240 if narrow else 760
    upper = marks.lines(
        tables,
        recall,
        colours,
        "arm",
        title="False claims found, %",
        heading="Recall on fraud",
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
        width=width,
        narrow=narrow,
    )
    return alt.vconcat(upper, lower, spacing=24)


def tactics_over_time(record: RunRecord, tables: Tables, narrow: bool) -> alt.ConcatChart:
    """False claims a week by tactic, a panel an arm, all on one scale."""
    used = {words.title(outcome.tactic): outcome.tactic for outcome in record.arms[0].tactics}
    colours = {title: colour for title, colour in marks.tactic_colours(record).items() if title in used}
    weekly = [
        {title: arm.weekly.get(f"false_claims_{name}", []) for title, name in used.items()} for arm in record.arms
    ]
    top = max((claims for arm in weekly for series in arm.values() for claims in series), default=0.0)
    panels = []
    for heading, series in zip(marks.arm_titles(record), weekly, strict=True):
        rows: Rows = [
            {
                "tactic": title,
                "week": week,
                "value": claims,
                "said": f"{heading}, {title}, week {week}: {words.number(claims)} false claims",
            }
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
                width=240 if narrow else 360,
                narrow=narrow,
                top=top,
            )
        )
    return alt.concat(*panels, columns=1 if narrow else 2, spacing={"row": 24, "column": 24})
