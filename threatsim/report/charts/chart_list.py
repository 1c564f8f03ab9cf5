"""The charts of a report, in the order that the catalogue has them in; the page puts each into its section."""

from __future__ import annotations

from functools import partial

from threatsim.catalogue.charts import CHARTS, ChartRow
from threatsim.experiment.record.record import RunRecord
from threatsim.report.charts import network_chart
from threatsim.report.charts.chart import Figure
from threatsim.report.charts.network_view import NetworkView
from threatsim.report.words import numbers


def all_figures() -> list[Figure]:
    """Return all charts that are drawn from a record alone."""
    return [_figure(row) for row in CHARTS.values()]


def network_figure(view: NetworkView) -> Figure:
    """Return the chart of the referral network."""
    part = "" if view.providers == len(next(iter(view.practices.values()))) else "a neighbourhood of "
    return Figure(
        "network",
        "Who bills falsely, and who hears of it",
        f"Replicate 0, {part}{numbers.count(view.providers)} providers; a line joins two who hear of each other's "
        "findings. Colour and shape say what each did over the whole run.",
        "conduct",
        "shape",
        "network",
        "after",
        partial(network_chart.network, view),
    )


def figures_of(record: RunRecord, view: NetworkView | None = None) -> list[Figure]:
    """Return the charts that the record has data for: no differences without a second arm, no attacks without one."""
    there = [row for row in CHARTS.values() if not row.needs or row.resolve(row.needs)(record)]
    return [_figure(row) for row in there] + ([network_figure(view)] if view else [])


def _figure(row: ChartRow) -> Figure:
    note = row.resolve(row.note) if row.note else row.text
    return Figure(row.name, row.title, note, row.series, row.mark, row.section, row.place, row.resolve())
