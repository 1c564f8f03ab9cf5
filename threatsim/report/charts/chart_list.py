"""The charts of a report in the order of the page: what each shows, and how to read it."""

from __future__ import annotations

from functools import partial
from typing import Final

from threatsim.catalogue.metrics import shown_in
from threatsim.experiment.record.record import RunRecord
from threatsim.report.charts import network_chart
from threatsim.report.charts.chart import Figure
from threatsim.report.charts.classifier_charts import attack_success, auroc, success_curves
from threatsim.report.charts.market_charts import accounts, differences, exceedance, replicates
from threatsim.report.charts.network_view import NetworkView
from threatsim.report.charts.weekly_charts import detection, tactics_over_time
from threatsim.report.terminal.tables import attacked_by
from threatsim.report.words import numbers


def _rests_on(record: RunRecord) -> str:
    n = record.replicates
    draws = -(-n // 2)
    several = "draws" if draws > 1 else "draw"
    return (
        "Read across from a share of the replicates to the loss that they reach or exceed; further left is a smaller "
        f"loss. Each curve rests on {numbers.count(n)} replicates, {numbers.count(draws)} {several} of the market "
        f"with up to two of the test cases each: it moves in steps of {numbers.value(1 / n, 'share')} and says "
        "nothing of rarer years."
    )


def _cases_of(record: RunRecord) -> str:
    cases = sorted({curve.cases for c in record.classifiers for curve in c.curves})
    n = numbers.listed([numbers.count(count) for count in cases])
    return (
        "Epsilon is the greatest change of a pixel. Each budget is tried on those cases that withstood the smaller "
        f"ones, of the first {n} cases of the pool without the finding that are rightly decided when clean; bars: 95% "
        "intervals. The dotted line is the scenario's own epsilon."
    )


FIGURES: Final = (
    Figure(
        "differences",
        "How far each arm moves each figure from the baseline",
        "Dot: mean paired difference; bar: its 95% interval. A bar that crosses the dashed line of zero is no "
        "detectable difference.",
        "arm",
        "circle",
        differences,
    ),
    Figure(
        "replicates",
        "Payer loss in every replicate",
        "A dot is one replicate, the dark line the mean. The same replicate of two arms shares its chance.",
        "arm",
        "circle",
        replicates,
    ),
    Figure(
        "accounts",
        "Who ends up with the money",
        "Mean over the replicates. Right of zero a party gains, left of it it pays; every arm sums to zero.",
        "arm",
        "square",
        accounts,
    ),
    Figure(
        "detection",
        "Detection as a pair: fraud found, honest providers accused",
        "Both counted from the first week on, mean over the replicates. Findings lag behind claims, so recall "
        "starts low.",
        "arm",
        "line",
        detection,
    ),
    Figure(
        "tactics",
        "Which tactic is used when: the ladder being climbed",
        "Mean over the replicates; the same scale in every arm, so that a closed channel can be seen to feed another.",
        "tactic",
        "line",
        tactics_over_time,
    ),
    Figure(
        "exceedance",
        "How likely a loss of at least so much is, in each arm",
        _rests_on,
        "arm",
        "line",
        exceedance,
    ),
    Figure(
        "success",
        "How often each attack lifts a negative case over the threshold",
        "Cases without the finding that the clean classifier rightly keeps below the baseline threshold; 95% "
        "intervals.",
        "tactic",
        "circle",
        attack_success,
    ),
    Figure(
        "epsilon",
        "How success grows with epsilon",
        _cases_of,
        "tactic",
        "line",
        success_curves,
    ),
    Figure(
        "auroc",
        "AUROC, clean and attacked",
        "Every case is attacked toward the wrong class; 0.5 is a coin, 0 is always wrong; 95% intervals.",
        "tactic",
        "circle",
        auroc,
    ),
)
"""All charts in the order of the page, but for the network."""


def network_figure(view: NetworkView) -> Figure:
    """The chart of the referral network."""
    part = "" if view.providers == len(next(iter(view.practices.values()))) else "a neighbourhood of "
    return Figure(
        "network",
        "Who bills falsely, and who hears of it",
        f"Replicate 0, {part}{numbers.count(view.providers)} providers; a line joins two who hear of each other's "
        "findings. Colour and shape say what each did over the whole run.",
        "conduct",
        "shape",
        partial(network_chart.network, view),
    )


def figures_of(record: RunRecord, view: NetworkView | None = None) -> list[Figure]:
    """The charts that the record has data for: no differences without a second arm, no attacks without one."""
    compared = len(record.arms) > 1 and set(shown_in("differences")) <= set(record.arms[1].differences)
    has = {
        "differences": compared,
        "success": bool(attacked_by(record.classifiers)),
        "auroc": bool(attacked_by(record.classifiers)),
        "epsilon": any(c.curves for c in record.classifiers),
        "exceedance": record.replicates > 1,
    }
    return [figure for figure in FIGURES if has.get(figure.key, True)] + ([network_figure(view)] if view else [])
