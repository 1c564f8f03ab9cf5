"""A chart of a report: its caption, its drawings still and live, and its data as a table."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import altair as alt

from threatsim.catalogue.charts import Mark, Place, Series
from threatsim.experiment.record.record import RunRecord
from threatsim.report.charts import marks
from threatsim.report.charts.drawing import live_spec, svg, themed, variable
from threatsim.report.charts.marks import ChartData, Rows
from threatsim.report.charts.weekly_bands import Bands

Chart = alt.Chart | alt.LayerChart | alt.ConcatChart | alt.VConcatChart


@dataclass(frozen=True)
class Figure:
    """A chart with its caption.

    Attributes:
        key: its name in the page and of its files.
        title: what it shows.
        note: how to read it.
        series: the column whose values the reader may switch on and off.
        mark: what stands for a series in the chart: line, circle, square, or a shape of its own each.
        section, place: of the page; before or after what the section says.
        chart: draws it from a record; its rows go into the tables; narrow for a telephone.
    """

    key: str
    title: str
    note: str | Callable[[RunRecord], str]
    series: Series
    mark: Mark
    section: str
    place: Place
    chart: Callable[[RunRecord, ChartData, bool], Chart]

    def of(self, record: RunRecord, bands: Bands | None = None) -> Drawn:
        """Return the chart of a record.

        Args:
            record: the run.
            bands: the intervals of its weekly series, where its replicates are at hand.
        """
        tables = ChartData(bands)
        charts = self.chart(record, tables, False), self.chart(record, ChartData(bands), True)
        note = self.note if isinstance(self.note, str) else self.note(record)
        if self.mark == "line" and any("low" in row for rows in tables.rows.values() for row in rows):
            note = f"{note} Shaded: 95% intervals."
        used = {row.get(self.series) for rows in tables.rows.values() for row in rows}
        switches = [switch for switch in series_of(record, self.series, self.mark) if switch.name in used]
        return Drawn(self.key, self.title, note, self.series, self.section, self.place, *charts, tables, switches)


@dataclass(frozen=True)
class Switch:
    """One series that the reader may switch on and off; all of them are the legend of the live chart.

    Attributes:
        name: value of the series' column.
        colour: as the style sheet has it.
        mark: what stands for it in the chart: line, circle, square, triangle-up, triangle-down or diamond.
        dashes: of its line, as SVG has them; empty for a solid one.
    """

    name: str
    colour: str
    mark: str
    dashes: str = ""


@dataclass(frozen=True)
class ColumnChoice:
    """A column of which a chart shows one value at a time: the first, until the reader chooses another.

    Attributes:
        field: the column.
        label: what is chosen.
        options: the values.
    """

    field: str
    label: str
    options: tuple[str, ...]


@dataclass(frozen=True)
class Drawn:
    """A chart of one record.

    Attributes:
        key, title, note, series, section, place: as in `Figure`; with no series nothing can be switched off.
        wide, narrow: the chart.
        tables: its rows, the same for both widths.
        switches: what the reader may switch on and off; the legend of the live chart.
        choices: of what it shows one at a time.
    """

    key: str
    title: str
    note: str
    series: str
    section: str
    place: Place
    wide: Chart
    narrow: Chart
    tables: ChartData
    switches: list[Switch]
    choices: tuple[ColumnChoice, ...] = ()

    @cached_property
    def still(self) -> str:
        """The chart as inline SVG, of the first of what can be chosen."""
        first = {choice.field: choice.options[0] for choice in self.choices}
        rows = {
            name: [row for row in part if all(row.get(field, value) == value for field, value in first.items())]
            for name, part in self.tables.rows.items()
        }
        return svg(self._wide_spec, rows, f"{self.key}-still", f"{self.title}. {self.note}")

    @cached_property
    def _wide_spec(self) -> dict[str, Any]:
        """The wide chart's specification: Altair takes as long to make it as the renderer to draw it."""
        return themed(self.wide)

    @property
    def live(self) -> dict[str, Any]:
        """All that the reader's browser needs to draw the chart, as plain data."""
        label = f"{self.title}. {self.note}"
        rows = {name: self.tables.live.get(name, rows) for name, rows in self.tables.rows.items()}
        return {
            "series": self.series,
            "wide": live_spec(self._wide_spec, label),
            "narrow": live_spec(themed(self.narrow), label),
            "rows": {name: _packed(part) for name, part in rows.items()},
            "templates": self.tables.templates,
        }

    @cached_property
    def data(self) -> tuple[list[str], Rows]:
        """Columns and rows of the chart's data; what only lays it out is left out."""
        rows = [row for name in self.tables.figures for row in self.tables.rows[name]]
        columns = [name for name in dict.fromkeys(key for row in rows for key in row) if name != "tooltip"]
        return columns, rows

    @cached_property
    def csv(self) -> str:
        """The data as comma-separated values (RFC 4180), full precision, one row a mark."""
        columns, rows = self.data
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(columns)
        writer.writerows([cell(row.get(name)) for name in columns] for row in rows)
        return text.getvalue()


def cell(value: Any) -> Any:
    """Return a value; text that a spreadsheet would take for a formula is led by an apostrophe, which keeps it text."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value


def _packed(rows: Rows) -> dict[str, Any]:
    """Return rows as columns, texts by their number in a list: series repeat theirs in every week."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    texts = list(dict.fromkeys(value for row in rows for value in row.values() if isinstance(value, str)))
    numbers = {text: i for i, text in enumerate(texts)}
    packed: dict[str, list[Any]] = {}
    for name in columns:
        values = [row.get(name) for row in rows]
        if any(isinstance(value, str) for value in values):
            packed[name] = ["text", [None if value is None else numbers[value] for value in values]]
        else:
            packed[name] = ["number", [float(f"{v:.7g}") if isinstance(v, float) else v for v in values]]
    return {"texts": texts, "columns": packed, "n": len(rows)}


def series_of(record: RunRecord, series: Series, mark: str) -> list[Switch]:
    """Return the series of a kind, in the order and the colours of the charts."""
    colours = marks.arm_colours(record) if series == "arm" else marks.tactic_colours(record)
    dashes = marks.dashes_of([name for name in colours if name != "Clean"])
    return [
        Switch(name, variable(colours[name]), mark, " ".join(map(str, dash)) if dash[1] and mark == "line" else "")
        for name, dash in dashes.items()
    ]
