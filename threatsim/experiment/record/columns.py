"""The columns of all replicates as Parquet tables: weeks, providers, a sample of claims, decisions of one replicate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from threatsim.market.result import ReplicateResult


def write_columns(folder: Path, results: Sequence[ReplicateResult]) -> None:
    """Write weekly.parquet, providers.parquet, claims_sample.parquet and decisions.parquet; same results, same bytes.

    Args:
        folder: an existing folder.
        results: replicates in the order of the rows wanted. A column that some of them lack is null there.
    """
    tables = {
        "weekly.parquet": ((result, _numbered(result.weekly, "week")) for result in results),
        "providers.parquet": ((result, _numbered(result.providers, "provider")) for result in results),
        "claims_sample.parquet": ((result, result.sample) for result in results),
        "decisions.parquet": ((result, result.decisions) for result in results if result.decisions),
    }
    for name, rows in tables.items():
        parts = list(rows)
        if parts:
            pq.write_table(_table(parts), folder / name, compression="zstd")


def _table(rows: Iterable[tuple[ReplicateResult, Mapping[str, NDArray[Any]]]]) -> Any:
    parts = []
    for result, columns in rows:
        length = len(next(iter(columns.values()))) if columns else 0
        arm = pa.DictionaryArray.from_arrays(pa.array(np.zeros(length, dtype=np.int32)), [result.arm])
        named = {"arm": arm, "replicate": pa.array(np.full(length, result.replicate, dtype=np.int32))}
        named |= {name: _array(column) for name, column in columns.items()}
        parts.append(pa.table(named))
    return pa.concat_tables(parts, promote_options="permissive").combine_chunks().unify_dictionaries()


def _array(column: NDArray[Any]) -> Any:
    column = np.asarray(column)
    if column.dtype.kind in "OU":
        return pa.array(column.tolist(), type=pa.string()).dictionary_encode()
    return pa.array(column)


def _numbered(columns: Mapping[str, NDArray[Any]], name: str) -> dict[str, NDArray[Any]]:
    """Return the columns, led by the number of the row, from 0, unless they have it."""
    if name in columns or not columns:
        return dict(columns)
    length = len(next(iter(columns.values())))
    return {name: np.arange(length, dtype=np.int32), **columns}
