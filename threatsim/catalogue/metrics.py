"""The figures that a replicate is summed up in: a row each, which all that computes or shows one reads."""

from __future__ import annotations

from collections.abc import Collection

from threatsim.catalogue.figures.balance_rows import BALANCE_ROWS
from threatsim.catalogue.figures.conduct_rows import CONDUCT_ROWS
from threatsim.catalogue.figures.detection_rows import DETECTION_ROWS
from threatsim.catalogue.figures.metric_row import MetricRow, Place
from threatsim.catalogue.row import Part, Registry

__all__ = ["ARM_METRICS", "METRICS", "PAYER_METRICS", "TACTIC_METRICS", "MetricRow", "shown_in"]

METRICS = Registry("metric", MetricRow, (*BALANCE_ROWS, *CONDUCT_ROWS, *DETECTION_ROWS), group="threatsim.metrics")
"""All metrics. They are shown in this order, but that a place begins with those that rank there (`places`)."""


ARM_METRICS = Part(METRICS, lambda row: "arm" in row.per)
TACTIC_METRICS = Part(METRICS, lambda row: "tactic" in row.per)
PAYER_METRICS = Part(METRICS, lambda row: "payer" in row.per)


def shown_in(place: Place, among: Collection[str] | None = None) -> tuple[str, ...]:
    """Return the names of the metrics of a place, by their rank there.

    Args:
        place: where they are shown.
        among: those that a record has; None for all.
    """
    placed = sorted((row.places[place], name) for name, row in METRICS.items() if place in row.places)
    there = set(METRICS) if among is None else set(among)
    return tuple(name for _, name in placed if name in there and METRICS[name].succeeded_by not in there)
