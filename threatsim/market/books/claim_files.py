"""Claims kept for inspection: a sample in memory, or all of them in a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from threatsim.market.case_pool import CasePool
from threatsim.market.conventions import HONEST
from threatsim.market.providers.table import ProviderTable
from threatsim.market.week import Claims, Demand


class ClaimSample:
    """Claims drawn with one chance each, of every kind, whatever became of them.

    Args:
        rate: chance of a claim to be kept, from 0 to 1.
        payers: names of the payers.
        tactics: names of the tactics.
        burn_in: weeks before the record, of which no claim is kept.
    """

    def __init__(self, rate: float, payers: Sequence[str], tactics: Sequence[str], burn_in: int) -> None:
        self.rate, self._burn_in = rate, burn_in
        self._payers = np.array(payers)
        self._tactics = np.array([*tactics, ""])  # the last one is `HONEST`
        self._weeks: list[dict[str, NDArray[Any]]] = []

    def take(self, demand: Demand, claims: Claims, table: ProviderTable, pool: CasePool) -> None:
        """Sample the week's claims, after payment and audit; `case` is a row of the modality's table.

        Args:
            demand: the week's cases.
            claims: what became of them, a row each that was billed.
            table: the providers.
            pool: the cases that they were drawn from.
        """
        if self.rate <= 0 and self._weeks:
            return  # an empty first week gives the columns their names and types
        kept = np.flatnonzero(demand.draws("sample") < np.float32(self.rate))
        columns = week_columns(kept, demand, claims, table, pool)
        columns["week"] -= self._burn_in
        self._weeks.append(columns)

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return column name -> (N,) the sample of all weeks."""
        columns = {name: np.concatenate([week[name] for week in self._weeks]) for name in self._weeks[0]}
        names = {"payer": self._payers, "tactic": self._tactics}  # texts are far longer than numbers, so only now
        return columns | {name: of[columns[name]] for name, of in names.items()}


class ClaimFile:
    """Every claim, written week by week as Parquet, so that memory does not grow with the run.

    The file is whole or absent: until `close` it lies beside its place under another name.

    Args:
        path: where the file goes; its folder exists.
        payers, tactics: their names.
        burn_in: weeks before the record, of which no claim is written.
    """

    def __init__(self, path: Path, payers: Sequence[str], tactics: Sequence[str], burn_in: int) -> None:
        self._path, self._partial = path, path.with_name(f".{path.name}.partial")
        self._names = {"payer": pa.array(payers), "tactic": pa.array([*tactics, ""])}
        self._honest, self._burn_in = len(tactics), burn_in
        self._writer: Any = None

    def take(self, demand: Demand, claims: Claims, table: ProviderTable, pool: CasePool) -> None:
        """Write the week's claims, after payment and audit.

        Args:
            demand: the week's cases.
            claims: what became of them, a row each that was billed.
            table: the providers.
            pool: the cases that they were drawn from.
        """
        columns = week_columns(np.arange(demand.truth.size), demand, claims, table, pool)
        columns["week"] -= self._burn_in
        columns["tactic"] = np.where(columns["tactic"] == HONEST, self._honest, columns["tactic"]).astype(np.int8)
        arrays = {
            name: pa.DictionaryArray.from_arrays(pa.array(column.astype(np.int8)), self._names[name])
            if name in self._names
            else pa.array(column)
            for name, column in columns.items()
        }
        batch = pa.table(arrays)
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._partial, batch.schema, compression="zstd")
        self._writer.write_table(batch)

    def close(self) -> None:
        """Finish the file and put it in its place."""
        if self._writer is not None:
            self._writer.close()
            self._partial.replace(self._path)


def week_columns(
    kept: NDArray[np.int64], demand: Demand, claims: Claims, table: ProviderTable, pool: CasePool
) -> dict[str, NDArray[Any]]:
    """Return the columns of some of a week's cases, payers and tactics by number; nothing of those who may not bill.

    Args:
        kept: (K,) rows of the week's cases.
        demand: the week's cases.
        claims: what became of them, a row each that was billed.
        table: the providers.
        pool: the cases that they were drawn from.
    """
    kept = kept[~table.barred[demand.payer[kept], demand.provider[kept]]]
    place = np.full(demand.truth.size, -1, np.int64)
    place[claims.row] = np.arange(claims.row.size)
    place = place[kept]
    billed = place >= 0
    provider = demand.provider[kept]
    modality = table.modality[provider]
    case = pool.draw(modality, demand.truth[kept], demand.draws("case")[kept])
    tactic = np.where(billed, _at(claims.tactic, place), np.int8(HONEST))
    paid = billed & _at(claims.paid, place)
    columns: dict[str, NDArray[Any]] = {
        "week": np.full(kept.size, demand.week, np.int32),
        "provider": provider.astype(np.int32),
        "payer": demand.payer[kept],
        "case": case - pool.first[modality],
        "truth": demand.truth[kept],
        "billed": billed,
        "tactic": tactic,
        "score": np.where(billed, _at(claims.score, place), pool.score(case, tactic)),
    }
    for name in ("suppressed", "approved", "pended", "read", "flagged"):
        columns[name] = billed & _at(getattr(claims, name), place)
    columns["paid_usd"] = (table.fee_negative[provider] + paid * table.difference[provider]) / 100
    columns["audited"] = billed & _at(claims.audited, place)
    columns["found"] = billed & _at(claims.found, place)
    return columns


def _at(column: NDArray[Any], place: NDArray[np.int64]) -> NDArray[Any]:
    """Return the column at some places; anything where the place is -1."""
    return column[place] if column.size else np.zeros(place.size, column.dtype)
