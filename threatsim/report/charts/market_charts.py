"""The charts of the arms: differences between them, the loss of every replicate, and who ends up with the money."""

from __future__ import annotations

import altair as alt

from threatsim.catalogue.metrics import ARM_METRICS, shown_in
from threatsim.experiment.record.record import RunRecord
from threatsim.report.charts import marks
from threatsim.report.charts.drawing import INK
from threatsim.report.charts.marks import ChartData, Rows
from threatsim.report.words import numbers
from threatsim.report.words.parties import parties


def are_compared(record: RunRecord) -> bool:
    """Return whether there is a second arm, whose differences the record has."""
    return len(record.arms) > 1 and bool(shown_in("differences", record.arms[1].differences))


def differences(record: RunRecord, tables: ChartData, narrow: bool) -> alt.ConcatChart:
    """Return a panel a figure: each arm's paired difference to the baseline with its interval, zero marked."""
    colours, panels = marks.arm_colours(record), []
    for i, name in enumerate(shown_in("differences", record.arms[1].differences)):
        metric = ARM_METRICS[name]
        factor, unit = (100, "percentage points") if metric.unit == "share" else (1, metric.unit)
        tail = "" if metric.unit == "share" else f" {metric.unit}"
        rows: Rows = [
            {
                "figure": metric.title,
                "unit": unit,
                "arm": title,
                **marks.scaled(arm.differences[name], factor),
                "tooltip": f"{title}: {metric.title.lower()} "
                f"{numbers.change_in_words(arm.differences[name], metric.unit)}{tail}",
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
                title=unit if narrow else f"{unit}, difference to the baseline",
                heading=metric.title,
                width=170 if narrow else 370,
            )
        )
    return alt.concat(*panels, columns=1 if narrow else 2, spacing={"row": 28, "column": 24})


def replicates(record: RunRecord, tables: ChartData, narrow: bool) -> alt.LayerChart:
    """Return payer loss in every replicate of every arm, with the mean."""
    colours, unit = marks.arm_colours(record), ARM_METRICS["payer_loss"].unit
    rows: Rows = [
        {
            "arm": title,
            "replicate": i,
            "value": value,
            "tooltip": f"{title}, replicate {i}: payer loss {numbers.value(value, unit)} {unit}",
        }
        for title, arm in zip(colours, record.arms, strict=True)
        for i, value in enumerate(arm.replicates["payer_loss"])
        if value is not None
    ]
    means: Rows = [
        {
            "arm": title,
            **marks.scaled(arm.outcomes["payer_loss"]),
            "tooltip": f"{title}: mean payer loss {numbers.in_words(arm.outcomes['payer_loss'], unit)} {unit}",
        }
        for title, arm in zip(colours, record.arms, strict=True)
    ]
    y = marks.names("arm", list(colours))
    dots = alt.Chart(tables.add(rows)).mark_circle(size=45, opacity=0.45)
    dots = dots.encode(
        x=marks.amounts("value", f"Payer loss, {unit}", zero=True),
        y=y,
        color=marks.colour("arm", colours, None),
        description=alt.Description("tooltip:N"),
    )
    mean = alt.Chart(tables.add(means, figures=False)).mark_tick(thickness=3, size=24, color=INK)
    mean = mean.encode(x=alt.X("value:Q"), y=y, description=alt.Description("tooltip:N"))
    return alt.LayerChart(layer=[dots, mean], width=180 if narrow else 800, height=36 * len(colours))


def has_several_replicates(record: RunRecord) -> bool:
    """Return whether there is more than one replicate."""
    return record.replicates > 1


def how_exceedance_is_read(record: RunRecord) -> str:
    """Return how to read the curve, and on how many replicates it rests."""
    n = record.replicates
    draws = -(-n // 2)
    several = "draws" if draws > 1 else "draw"
    return (
        "Read across from a share of the replicates to the loss that they reach or exceed; further left is a smaller "
        f"loss. Each curve rests on {numbers.count(n)} replicates, {numbers.count(draws)} {several} of the market "
        f"with up to two of the test cases each: it moves in steps of {numbers.value(1 / n, 'share')} and says "
        "nothing of rarer years."
    )


def exceedance(record: RunRecord, tables: ChartData, narrow: bool) -> alt.LayerChart:
    """Draw the loss exceedance of every arm: share of the replicates in which payers lose at least so much a year."""
    colours, unit = marks.arm_colours(record), ARM_METRICS["payer_loss"].unit
    rows: Rows = []
    for title, arm in zip(colours, record.arms, strict=True):
        losses = sorted(value for value in arm.replicates["payer_loss"] if value is not None)
        for i, loss in enumerate(losses):
            share = 1 - i / len(losses)
            tooltip = (
                f"{title}: {numbers.value(loss, unit)} {unit} or more in {numbers.value(share, 'share')} of the "
                "replicates"
            )
            rows.append({"arm": title, "loss": loss, "share": 100 * share, "tooltip": tooltip})
    least = min((row["loss"] for row in rows), default=0.0)
    # From where every replicate lies above, each curve falls from 100 %, and it ends at 0 past its greatest loss.
    ends: Rows = [
        {"arm": title, "loss": loss, "share": share}
        for title in colours
        if (losses := [row["loss"] for row in rows if row["arm"] == title])
        for loss, share in ((least, 100.0), (losses[-1], 0.0))
    ]
    dash = alt.StrokeDash(
        "arm:N",
        scale=alt.Scale(domain=list(colours), range=list(marks.dashes_of(list(colours)).values())),
        legend=marks.legend(narrow),
    )
    x = marks.amounts("loss", f"Payer loss, {unit}")
    y = alt.Y("share:Q", title="Replicates with this loss or more, %", scale=alt.Scale(domain=[0, 100]))
    colour = marks.colour("arm", colours, marks.legend(narrow))
    path = sorted(rows + ends, key=lambda row: (row["arm"], row["loss"], -row["share"]))
    steps = alt.Chart(tables.add(path, figures=False))
    steps = steps.mark_line(interpolate="step-before", strokeWidth=2.2, order=False)
    steps = steps.encode(x=x, y=y, color=colour, strokeDash=dash, description=alt.Description("arm:N"))
    dots = alt.Chart(tables.add(rows)).mark_circle(size=36, opacity=0.75)
    dots = dots.encode(x=x, y=y, color=colour, description=alt.Description("tooltip:N"))
    return alt.LayerChart(layer=[steps, dots], width=240 if narrow else 880, height=230)


def accounts(record: RunRecord, tables: ChartData, narrow: bool) -> alt.Chart:
    """Return what the arms change of every party's net money over the run; of a single arm, the net itself.

    A party that no arm moves by as much as a hundredth of the greatest change has no row: its bars could not be seen,
    and the table of the page has them.
    """
    baseline, compared = record.arms[0], len(record.arms) > 1
    rows: Rows = []
    for title, arm in list(zip(marks.arm_colours(record), record.arms, strict=True))[compared:]:
        for party in parties(record):
            usd = party.net(arm) - party.net(baseline) if compared else party.net(arm)
            what = "against the baseline" if compared else "over the run"
            tooltip = f"{party.title}, {title}: {numbers.change(usd, 'USD')} USD {what}"
            rows.append({"party": party.title, "arm": title, "figure": what, "usd": usd, "tooltip": tooltip})
    least = max((abs(row["usd"]) for row in rows), default=0.0) / 100
    seen = {row["party"] for row in rows if abs(row["usd"]) >= least}
    axis = "Change against the baseline over the run, USD" if compared else "Net over the run, USD"
    return _bars(record, tables, [row for row in rows if row["party"] in seen], axis, narrow)


def _bars(record: RunRecord, tables: ChartData, rows: Rows, title: str, narrow: bool) -> alt.Chart:
    """Return a bar for each party and arm."""
    colours = marks.arm_colours(record)
    order = list(dict.fromkeys(row["party"] for row in rows))
    shown = list(dict.fromkeys(row["arm"] for row in rows))
    height = max(34, 9 * len(shown)) * len(order)
    chart = alt.Chart(tables.add(rows), width=230 if narrow else 840, height=height)
    drawn: alt.Chart = chart.mark_bar(cornerRadius=1).encode(
        x=marks.amounts("usd", title),
        y=marks.names("party", order),
        yOffset=alt.YOffset("arm:N", sort=shown),
        color=marks.colour("arm", colours, marks.legend(narrow, "square")),
        description=alt.Description("tooltip:N"),
    )
    return drawn
