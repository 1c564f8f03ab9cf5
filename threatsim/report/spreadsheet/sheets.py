"""What a spreadsheet of a report holds: a sheet in words, a sheet a table, and what the columns mean."""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from threatsim.experiment.record.record_reading import record_file
from threatsim.report.frames import Report
from threatsim.report.labels import label_of
from threatsim.report.words import limits, numbers
from threatsim.report.words.answer import answer
from threatsim.report.words.answer_parts.overridden import overridden

Cell = str | float | bool | None
TABLES: Final = (
    *("arms", "differences", "payers", "tactics", "accounts", "replicates", "classifiers", "attacks"),
    *("parameters", "doubt", "drivers", "draws", "patterns"),
)
"""The frames that become sheets, in their order. Those of single weeks, providers and claims stay in their files."""
MOST_ROWS: Final = 1_048_000
"""Rows that a sheet takes beside its heading; the format ends at 1,048,576."""


@dataclass(frozen=True)
class Sheet:
    """A sheet.

    Attributes:
        name: on its tab; at most 31 characters.
        title: what it holds, in a sentence.
        columns: the headings of its columns.
        meanings: what each column holds; empty where the heading says it.
        rows: the cells; None where a figure is undefined.
    """

    name: str
    title: str
    columns: Sequence[str]
    meanings: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def sheets_of(report: Report) -> list[Sheet]:
    """Return the sheets of a report; tables without rows are left out."""
    tables = [sheet for name in TABLES if (sheet := _table(report, name)).rows]
    return [_words(report, tables), *tables, _meanings(tables)]


def _words(report: Report, tables: Sequence[Sheet]) -> Sheet:
    record = report.record
    scenario = record.scenario
    rows = [
        *(("Label", label) for label in [label_of(record_file(report.path).parent).text] if label),
        ("Title", str(scenario.get("title", ""))),
        ("Question", " ".join(str(scenario.get("question", "")).split())),
        *(("Answer", sentence) for sentence in answer(record)),
        *(("Limit", sentence) for sentence in limits.limits(record)),
        ("Simulated", limits.simulated(record)),
        ("Scenario", str(scenario.get("name", ""))),
        *(("In place of the scenario's own", one) for one in overridden(record)),
        ("Run", record.run_id),
        ("Intervals", "low and high are the ends of 95 % intervals over the replicates."),
        *((f"Sheet {sheet.name}", sheet.title) for sheet in tables),
        ("Sheet columns", "What every column of these tables holds."),
    ]
    return Sheet(
        "report", "What the run found", ("what", "text"), ("", ""), [(a, numbers.printable(b)) for a, b in rows]
    )


def _table(report: Report, name: str) -> Sheet:
    frame: pd.DataFrame = getattr(report, name)
    held = Report.columns(name).set_index("column")["meaning"]
    title = (inspect.getdoc(getattr(Report, name)) or "").splitlines()[0]
    if len(frame) > MOST_ROWS:
        title += f" The first {numbers.count(MOST_ROWS)} of {numbers.count(len(frame))} rows; threatsim.load has all."
    columns = [str(column) for column in frame.columns]
    rows = [[_cell(value) for value in row] for row in frame.head(MOST_ROWS).itertuples(index=False, name=None)]
    return Sheet(name, title, columns, [str(held.get(column, "")) for column in columns], rows)


def _meanings(tables: Sequence[Sheet]) -> Sheet:
    rows = [
        (sheet.name, column, meaning)
        for sheet in tables
        for column, meaning in zip(sheet.columns, sheet.meanings, strict=True)
    ]
    heads = ("sheet", "column", "meaning")
    return Sheet("columns", "What every column holds.", heads, ("", "", ""), rows)


def _cell(value: Any) -> Cell:
    """Return a value of a frame as a cell holds it; what is undefined or endless is an empty cell."""
    if value is None or value is pd.NA:
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return bool(value)
    number = float(value)
    return number if math.isfinite(number) else None
