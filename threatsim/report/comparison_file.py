"""A comparison as a table for other programs: a line a figure, numbers in full."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.experiment.figures.comparison import Comparison
from threatsim.statistics.estimate import Estimate

COLUMNS = (
    "reference",
    "other",
    "arm_reference",
    "arm",
    "metric",
    "unit",
    *(f"{what}{end}" for what in ("reference_", "other_", "difference_") for end in ("value", "low", "high", "n")),
    "paired",
    "p",
    "p_holm",
    "excludes_zero",
    "detected",
    "needs",
    "replicates_needed",
)


def comparison_csv(comparison: Comparison) -> str:
    """Return the differences as CSV (RFC 4180), the columns of `COLUMNS`; what is undefined is empty."""
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for row in comparison_rows(comparison):
        writer.writerow({name: _cell(value) for name, value in row.items()})
    return file.getvalue()


def comparison_rows(comparison: Comparison) -> Iterator[dict[str, Any]]:
    """Yield a row a figure, the columns of `COLUMNS`; what is undefined is None."""
    for other in comparison.others:
        for row in other.rows:
            yield {
                "reference": comparison.reference,
                "other": other.name,
                "arm_reference": row.arm_reference,
                "arm": row.arm,
                "metric": row.metric,
                "unit": ARM_METRICS[row.metric].unit,
                **_columns("reference_", row.reference),
                **_columns("other_", row.value),
                **_columns("difference_", row.difference),
                "paired": other.pairing.paired,
                "p": row.difference.p,
                "p_holm": row.difference.p_holm,
                "excludes_zero": row.difference.excludes_zero,
                "detected": row.detected,
                "needs": row.needs,
                "replicates_needed": row.replicates_needed,
            }


def _columns(what: str, estimate: Estimate) -> dict[str, float | None]:
    return {f"{what}{end}": getattr(estimate, end) for end in ("value", "low", "high", "n")}


def _cell(value: Any) -> Any:
    """Return true and false as most readers know them; text that looks like a formula gets an apostrophe."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"} else value
