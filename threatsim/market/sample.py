"""A sample of claims, kept for inspection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from threatsim.market.cases import CasePool
from threatsim.market.claims import Claims, Demand
from threatsim.market.providers import HONEST, ProviderTable


class ClaimSample:
    """Claims drawn with one chance each, of every kind, whatever became of them.

    Args:
        rate: chance of a claim to be kept, from 0 to 1.
        payers: names of the payers.
        tactics: names of the tactics.
    """

    def __init__(self, rate: float, payers: Sequence[str], tactics: Sequence[str]) -> None:
        self.rate = rate
        self._payers = np.array(payers)
        self._tactics = np.array([*tactics, ""])  # the last one is `HONEST`
        self._weeks: list[dict[str, NDArray[Any]]] = []

    def take(self, demand: Demand, claims: Claims, table: ProviderTable, pool: CasePool) -> None:
        """Sample the week's claims, after payment and audit; `case` is a row of the modality's table."""
        if self.rate <= 0 and self._weeks:
            return  # an empty first week gives the columns their names and types
        kept = np.flatnonzero(demand.draws("sample") < np.float32(self.rate))
        kept = kept[~table.excluded[demand.provider[kept]]]
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
            "payer": self._payers[demand.payer[kept]],
            "case": case - pool.first[modality],
            "truth": demand.truth[kept],
            "billed": billed,
            "tactic": self._tactics[tactic],
            "score": pool.score(case, tactic),
        }
        for name in ("approved", "pended", "read", "flagged"):
            columns[name] = billed & _at(getattr(claims, name), place)
        columns["paid_usd"] = (table.fee_negative[provider] + paid * table.difference[provider]) / 100
        columns["audited"] = billed & _at(claims.audited, place)
        columns["found"] = billed & _at(claims.found, place)
        self._weeks.append(columns)

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return the sample of all weeks, column by column."""
        return {name: np.concatenate([week[name] for week in self._weeks]) for name in self._weeks[0]}


def _at(column: NDArray[Any], place: NDArray[np.int64]) -> NDArray[Any]:
    """Return the column at some places; anything where the place is -1."""
    return column[place] if column.size else np.zeros(place.size, column.dtype)
