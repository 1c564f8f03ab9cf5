"""Finished figures on disk: a Parquet part a batch, in one folder, whoever wrote them."""

from __future__ import annotations

import contextlib
import hashlib
import io
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from threatsim.experiment.execution.cells import Cell
from threatsim.experiment.execution.durable import discard, keep, sound
from threatsim.experiment.execution.figure_rows import KEYS

if TYPE_CHECKING:
    import pyarrow as pa

PLAN: Final = b"threatsim.plan"
"""Key of the plan's hash in the metadata of a part and of the merged file."""
MERGED: Final = "figures.parquet"
_PREFIX: Final = "part-"
_BEGUN: Final = 3600.0
"""Seconds in which a checksum that stands alone may be that of a part which another run is about to write."""


class Holder(NamedTuple):
    """A group of rows of a file."""

    path: Path
    group: int


@dataclass(frozen=True)
class Parts:
    """The parts of one plan in a folder; those of another plan are not seen.

    Attributes:
        folder: where they are.
        plan: the plan's hash.
    """

    folder: Path
    plan: str

    def save(self, rows: Mapping[Cell, Mapping[str, float]]) -> None:
        """Keep the figures of a batch as one part.

        Raises:
            ThreatsimError: the folder cannot be written to.
        """
        data = packed(table_of(rows, self.plan))
        # By content: who computes a batch again writes the same file.
        keep(self.folder / f"{_PREFIX}{hashlib.sha256(data).hexdigest()[:24]}.parquet", data)

    def paths(self) -> list[Path]:
        """Return the files that may be parts, in an order that is theirs alone."""
        return sorted(self.folder.glob(f"{_PREFIX}*.parquet"))

    def cells(self) -> Iterator[tuple[Holder, list[Cell]]]:
        """Yield the groups of rows of every sound file of this plan, the merged one first, with the cells they hold."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        for path in (self.folder / MERGED, *self.paths()):
            if not sound(path):
                continue
            try:
                with pq.ParquetFile(path) as file:
                    if (file.schema_arrow.metadata or {}).get(PLAN) == self.plan.encode():
                        for group in range(file.num_row_groups):
                            yield Holder(path, group), cells_of(file.read_row_group(group, columns=list(KEYS)))
            except (pa.ArrowException, OSError):
                continue

    def forget(self, paths: Sequence[Path]) -> None:
        """Remove parts that are in the merged file now, and what a killed process has left of one that it began."""
        for path in paths:
            discard(path)
        long_ago = time.time() - _BEGUN
        for one in self.folder.glob(f"{_PREFIX}*.parquet.sha256"):
            with contextlib.suppress(OSError):
                if not one.with_suffix("").exists() and one.stat().st_mtime < long_ago:
                    one.unlink()


def table_of(rows: Mapping[Cell, Mapping[str, float]], plan: str) -> pa.Table:
    """Return figures as a wide table, sorted by cell; null for a column that a cell lacks."""
    import pyarrow as pa

    cells = sorted(rows)
    names = sorted({name for row in rows.values() for name in row})
    columns = {
        "point": pa.array([cell.point for cell in cells], pa.int64()),
        "arm": pa.array([cell.arm for cell in cells], pa.string()),
        "replicate": pa.array([cell.replicate for cell in cells], pa.int64()),
    }
    columns |= {name: pa.array([rows[cell].get(name) for cell in cells], pa.float64()) for name in names}
    return pa.table(columns).replace_schema_metadata({PLAN: plan.encode()})


def cells_of(table: pa.Table) -> list[Cell]:
    """Return the cells of a wide table, row by row."""
    return [Cell(*row) for row in zip(*(table.column(key).to_pylist() for key in KEYS), strict=True)]


def packed(table: pa.Table) -> bytes:
    """Return a table as the bytes of a Parquet file: equal tables give equal bytes in one version of pyarrow."""
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(table, buffer, **options(table.schema))
    return buffer.getvalue()


def options(schema: pa.Schema) -> dict[str, object]:
    """Return how figures are written: bytes of floats split by place, which zstd then finds alike."""
    floats = [name for name in schema.names if name not in KEYS]
    return {
        "compression": "zstd",
        "use_dictionary": ["arm"],
        "column_encoding": dict.fromkeys(floats, "BYTE_STREAM_SPLIT"),
        "write_statistics": list(KEYS),
    }
