"""All figures of a folder in one sorted file, written in fixed groups of rows so that memory stays flat."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from threatsim.experiment.execution.cells import Cell
from threatsim.experiment.execution.durable import only_one, put, unwritable
from threatsim.experiment.execution.figure_rows import KEYS
from threatsim.experiment.execution.parts import MERGED, PLAN, Holder, Parts, cells_of, options

if TYPE_CHECKING:
    import pyarrow as pa

GROUP_ROWS: Final = 5000
"""Rows of a group, each of the merged file's but the last."""


def merge(parts: Parts) -> Path:
    """Put every part of a folder into its merged file, and remove the parts.

    Its bytes depend on the figures alone and on pyarrow's version, not on what parts there were.

    Raises:
        ThreatsimError: the folder cannot be written to; the parts are then left.
    """
    path = parts.folder / MERGED
    try:
        with only_one(parts.folder):
            # A cell that stands twice is the same twice: whoever comes first is taken.
            holders: dict[Cell, Holder] = {}
            merged = set()
            for holder, cells in parts.cells():
                merged.add(holder.path)
                for cell in cells:
                    holders.setdefault(cell, holder)
            if holders and merged != {path}:
                _write(parts, path, holders)
            parts.forget(sorted(merged - {path}))
    except OSError as error:
        raise unwritable(parts.folder, error) from error
    return path


def _write(parts: Parts, path: Path, holders: dict[Cell, Holder]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    cells = sorted(holders)
    names = sorted({name for one in {holder.path for holder in holders.values()} for name in _figures(one)})
    schema = pa.schema(
        [pa.field("point", pa.int64()), pa.field("arm", pa.string()), pa.field("replicate", pa.int64())]
        + [pa.field(name, pa.float64()) for name in names],
        metadata={PLAN: parts.plan.encode()},
    )
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with aside.open("wb") as file:
            with pq.ParquetWriter(file, schema, **options(schema)) as writer:
                for group in _groups(cells, holders, schema):
                    writer.write_table(group, row_group_size=GROUP_ROWS)
            file.flush()
            os.fsync(file.fileno())
        put(aside, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            aside.unlink()


def _figures(path: Path) -> list[str]:
    import pyarrow.parquet as pq

    return [name for name in pq.read_schema(path).names if name not in KEYS]


def _groups(cells: Sequence[Cell], holders: dict[Cell, Holder], schema: pa.Schema) -> Iterator[pa.Table]:
    """Yield the rows in order, a group at a time, from the files that hold them."""
    import pyarrow as pa

    opened: dict[Holder, tuple[pa.Table, dict[Cell, int]]] = {}
    for first in range(0, len(cells), GROUP_ROWS):
        wanted = cells[first : first + GROUP_ROWS]
        needed = dict.fromkeys(holders[cell] for cell in wanted)
        for holder in [one for one in opened if one not in needed]:
            del opened[holder]
        pieces = []
        order: dict[Cell, int] = {}
        for holder in needed:
            if holder not in opened:
                table = _conformed(holder, schema)
                opened[holder] = table, {cell: row for row, cell in enumerate(cells_of(table))}
            table, rows = opened[holder]
            mine = [cell for cell in wanted if holders[cell] == holder]
            order |= {cell: len(order) + place for place, cell in enumerate(mine)}
            pieces.append(table.take(pa.array([rows[cell] for cell in mine])))
        together = pa.concat_tables(pieces)
        yield together.take(pa.array([order[cell] for cell in wanted])).combine_chunks()


def _conformed(holder: Holder, schema: pa.Schema) -> pa.Table:
    """Return a group of rows with every column of a schema; null where it lacks one."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(holder.path) as file:
        table = file.read_row_group(holder.group)
    columns = [
        table.column(field.name) if field.name in table.column_names else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def content_hash(table: pa.Table) -> str:
    """Return SHA-256 of what a table holds, whatever version of pyarrow wrote it and however it is chunked."""
    import numpy as np

    digest = hashlib.sha256()
    for name in table.column_names:
        column: Any = table.column(name).combine_chunks()
        absent = np.asarray(column.is_null().to_numpy(zero_copy_only=False), dtype=np.uint8)
        digest.update(f"{name} {column.type} {table.num_rows}\n".encode())
        digest.update(absent.tobytes())
        if column.type == "string":
            digest.update("\0".join(value or "" for value in column.to_pylist()).encode())
        else:
            values = column.fill_null(0).to_numpy(zero_copy_only=False)
            if values.dtype.kind == "f":
                values = np.where(np.isnan(values), np.nan, values)  # one NaN, whatever its payload
            digest.update(values.astype(values.dtype.newbyteorder("<")).tobytes())
    return digest.hexdigest()
