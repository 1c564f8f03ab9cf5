"""The folder of an answer: page.html, record.json, each table as CSV and Parquet, and the list of them all."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from threatsim.experiment.record.fingerprint import canonical_json
from threatsim.experiment.record.manifest import MANIFEST_NAME, manifest_of
from threatsim.experiment.record.part import RecordPart
from threatsim.report.charts.chart import cell
from threatsim.report.lab.attack_writing import write_files
from threatsim.report.questions.answer_page import answer_page
from threatsim.report.questions.parts import ShownAnswer


def write_answer(
    record: RecordPart,
    folder: Path,
    shown: ShownAnswer,
    *,
    tables: Mapping[str, Sequence[Mapping[str, Any]]],
    more: Mapping[str, bytes] | None = None,
) -> Path:
    """Write all files of an answer; files of the same names are replaced.

    Args:
        record: the record.
        folder: where to.
        shown: what the page says.
        tables: name -> rows, whose keys are the columns.
        more: name of a file -> its content, of files beside these.

    Raises:
        ThreatsimError: the folder cannot be written to.
    """
    made: dict[str, bytes] = {
        "page.html": answer_page(shown.title, shown.sentences, shown.parts).encode(),
        "record.json": (canonical_json(record.model_dump(mode="json"), indent=1) + "\n").encode(),
    }
    for name, rows in tables.items():
        made |= _table(name, rows)
    made |= more or {}
    return write_files(made | {MANIFEST_NAME: manifest_of(made)}, folder)


def _table(name: str, rows: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not rows:
        return {}
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([dict(row) for row in rows]), buffer, compression="zstd")
    return {f"{name}.parquet": buffer.getvalue(), f"{name}.csv": csv_text(rows).encode()}


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows, of which there is at least one, as CSV; their keys are the columns."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(list(rows[0]))
    writer.writerows([cell(value) for value in row.values()] for row in rows)
    return text.getvalue()
