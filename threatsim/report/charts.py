"""All charts of the page, each with what its caption says; every one is drawn for a wide and for a narrow page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import altair as alt

from threatsim.experiment.record import RunRecord
from threatsim.report.classifier_charts import attack_success, auroc
from threatsim.report.drawing import svg
from threatsim.report.market_charts import (
    COMPARED,
    accounts,
    detection,
    differences,
    replicates,
    tactics_over_time,
)
from threatsim.report.marks import Tables
from threatsim.report.tables import attacked_by

Chart = alt.Chart | alt.LayerChart | alt.ConcatChart | alt.VConcatChart


@dataclass(frozen=True)
class Figure:
    """A chart with its caption."""

    key: str
    title: str
    note: str
    chart: Callable[[RunRecord, Tables, bool], Chart]

    def draw(self, record: RunRecord, *, narrow: bool) -> str:
        """The chart of a record as inline SVG."""
        tables = Tables()
        return svg(self.chart(record, tables, narrow), tables.rows, f"{self.key}-{'narrow' if narrow else 'wide'}")


FIGURES: Final = (
    Figure(
        "differences",
        "How far each arm moves each figure from the baseline",
        "Dot: mean paired difference; bar: its 95% interval. A bar that crosses the dashed line of zero is no "
        "detectable difference.",
        differences,
    ),
    Figure(
        "replicates",
        "Payer loss in every replicate",
        "A dot is one replicate, the dark line the mean. The same replicate of two arms shares its chance.",
        replicates,
    ),
    Figure(
        "accounts",
        "Who ends up with the money",
        "Mean over the replicates. Right of zero an account gains, left of it it pays; every arm sums to zero.",
        accounts,
    ),
    Figure(
        "detection",
        "Detection as a pair: fraud found, honest providers accused",
        "Both counted from the first week on, mean over the replicates. Findings lag behind claims, so recall "
        "starts low.",
        detection,
    ),
    Figure(
        "tactics",
        "Which tactic is used when",
        "Mean over the replicates; the same scale in every arm, so that a closed channel can be seen to feed another.",
        tactics_over_time,
    ),
    Figure(
        "success",
        "How often each attack lifts a negative case over the threshold",
        "Cases without the finding that the clean classifier rightly keeps below the baseline threshold; 95% "
        "intervals.",
        attack_success,
    ),
    Figure(
        "auroc",
        "AUROC, clean and attacked",
        "Every case is attacked toward the wrong class; 0.5 is a coin, 0 is always wrong; 95% intervals.",
        auroc,
    ),
)
"""All charts in the order of the page."""


def figures_of(record: RunRecord) -> list[Figure]:
    """The charts that the record has data for: no differences without a second arm, no attacks without one."""
    compared = len(record.arms) > 1 and set(COMPARED) <= set(record.arms[1].differences)
    attacked = bool(attacked_by(record.classifiers))
    return [
        figure
        for figure in FIGURES
        if (compared or figure.key != "differences") and (attacked or figure.key not in ("success", "auroc"))
    ]
