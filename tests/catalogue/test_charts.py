"""The rows of charts: each is drawn, says how it is read, and stands in a section of the page."""

from __future__ import annotations

import inspect

import pytest

from threatsim.catalogue.charts import CHARTS, ChartRow
from threatsim.report.page.page import SECTIONS


@pytest.mark.parametrize("row", CHARTS.values(), ids=CHARTS)
def test_every_chart_leads_to_what_draws_it(row: ChartRow) -> None:
    assert list(inspect.signature(row.resolve()).parameters) == ["record", "tables", "narrow"]
    for reference in filter(None, (row.needs, row.note)):
        assert list(inspect.signature(row.resolve(reference)).parameters) == ["record"]
    assert row.section in SECTIONS
