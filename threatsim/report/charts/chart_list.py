"""The charts of a report, in the order that the catalogue has them in; the page puts each into its section."""

from __future__ import annotations

from threatsim.catalogue.charts import CHARTS, ChartRow
from threatsim.experiment.record.record import RunRecord
from threatsim.report.charts.chart import Figure


def all_figures() -> list[Figure]:
    """Return all charts."""
    return [_figure(row) for row in CHARTS.values()]


def figures_of(record: RunRecord) -> list[Figure]:
    """Return the charts that the record has data for: no differences without a second arm, no attacks without one."""
    there = [row for row in CHARTS.values() if not row.needs or row.resolve(row.needs)(record)]
    return [_figure(row) for row in there]


def _figure(row: ChartRow) -> Figure:
    note = row.resolve(row.note) if row.note else row.text
    return Figure(row.name, row.title, note, row.series, row.mark, row.section, row.place, row.resolve())
