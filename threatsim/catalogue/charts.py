"""The charts of a report: a row each; those of one section of the page stand there in this order."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from threatsim.catalogue.row import Registry, Row, Text

Series = Literal["arm", "tactic"]
Mark = Literal["line", "circle", "square"]
Place = Literal["before", "after"]
_REFERENCE = r"^([\w.]+:\w+)?$"


class ChartRow(Row):
    """One chart. Its text says how to read it. The implementation takes the record of a run, the tables that its rows
    go into, and whether it is drawn for a telephone (`threatsim.report.charts.chart.Figure.chart`).
    """

    series: Series = Field(description="The column whose values a reader may switch on and off.")
    mark: Mark = Field(description="What stands for a series.")
    section: Text = Field(description="Section of the page in which it stands.")
    place: Place = Field(default="before", description="Whether it stands before or after what the section says.")
    needs: str = Field(
        default="",
        pattern=_REFERENCE,
        description="`module:function` that tells of a record whether it has the chart's data; empty: every one has.",
    )
    note: str = Field(
        default="",
        pattern=_REFERENCE,
        description="`module:function` that gives the text for a record, where that depends on it.",
    )


_CHARTS = "threatsim.report.charts"

CHARTS = Registry(
    "chart",
    ChartRow,
    [
        ChartRow(
            name="differences",
            title="How far each arm moves each figure from the baseline",
            text="Dot: mean paired difference; bar: its 95% interval. A bar that crosses the dashed line of zero is no "
            "detectable difference.",
            series="arm",
            mark="circle",
            section="arms",
            needs=f"{_CHARTS}.market_charts:are_compared",
            implementation=f"{_CHARTS}.market_charts:differences",
        ),
        ChartRow(
            name="replicates",
            title="Payer loss in every replicate",
            text="A dot is one replicate, the dark line the mean. The same replicate of two arms shares its chance.",
            series="arm",
            mark="circle",
            section="arms",
            place="after",
            implementation=f"{_CHARTS}.market_charts:replicates",
        ),
        ChartRow(
            name="accounts",
            title="Who gains and who pays by each arm",
            text="Mean over the replicates. Right of zero a party gains by the arm, left of it it pays. Every arm sums "
            "to zero; parties that hardly gain or pay are in the table alone.",
            series="arm",
            mark="square",
            section="money",
            implementation=f"{_CHARTS}.market_charts:accounts",
        ),
        ChartRow(
            name="detection",
            title="Fraud found, and honest providers accused",
            text="Counted from the first week on, mean over the replicates. Findings lag behind claims, so recall "
            "starts low.",
            series="arm",
            mark="line",
            section="detection",
            note=f"{_CHARTS}.weekly_charts:how_detection_is_read",
            implementation=f"{_CHARTS}.weekly_charts:detection",
        ),
        ChartRow(
            name="tactics",
            title="Which tactic is used when: the ladder being climbed",
            text="Mean over the replicates; the same scale in every arm, so that a closed channel can be seen to feed "
            "another.",
            series="tactic",
            mark="line",
            section="tactics",
            place="after",
            implementation=f"{_CHARTS}.weekly_charts:tactics_over_time",
        ),
        ChartRow(
            name="exceedance",
            title="How likely a loss of at least so much is, in each arm",
            text="The share of the replicates in which payers lose at least so much a year.",
            series="arm",
            mark="line",
            section="exceedance",
            needs=f"{_CHARTS}.market_charts:has_several_replicates",
            note=f"{_CHARTS}.market_charts:how_exceedance_is_read",
            implementation=f"{_CHARTS}.market_charts:exceedance",
        ),
        ChartRow(
            name="tornado",
            title="Which uncertain numbers a figure hangs on",
            text="A bar runs from the mean over the fifth of the draws with the least of the number to that with the "
            "most of it, which the dot marks. Dashed: the mean over all draws. Strongest rank correlation on top.",
            series="arm",
            mark="square",
            section="uncertain",
            needs=f"{_CHARTS}.doubt_chart:has_drivers",
            implementation=f"{_CHARTS}.doubt_chart:tornado",
        ),
        ChartRow(
            name="success",
            title="How often each attack lifts a negative case over the threshold",
            text="Cases without the finding that the clean classifier rightly keeps below the baseline threshold; 95% "
            "intervals.",
            series="tactic",
            mark="circle",
            section="classifiers",
            needs=f"{_CHARTS}.classifier_charts:is_attacked",
            implementation=f"{_CHARTS}.classifier_charts:attack_success",
        ),
        ChartRow(
            name="epsilon",
            title="How success grows with epsilon",
            text="Success by the greatest change of a pixel.",
            series="tactic",
            mark="line",
            section="classifiers",
            place="after",
            needs=f"{_CHARTS}.classifier_charts:has_curves",
            note=f"{_CHARTS}.classifier_charts:how_curves_are_read",
            implementation=f"{_CHARTS}.classifier_charts:success_curves",
        ),
        ChartRow(
            name="auroc",
            title="AUROC, clean and attacked",
            text="Every case is attacked toward the wrong class; 0.5 is a coin, 0 is always wrong; 95% intervals.",
            series="tactic",
            mark="circle",
            section="classifiers",
            place="after",
            needs=f"{_CHARTS}.classifier_charts:is_attacked",
            implementation=f"{_CHARTS}.classifier_charts:auroc",
        ),
    ],
    group="threatsim.charts",
)
"""All charts; each is drawn from a record alone."""
