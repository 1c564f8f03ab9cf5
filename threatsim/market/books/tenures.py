"""Tenures: who has practised, since a practice may change hands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from threatsim.market.books.run_counts import RunCounts
from threatsim.market.conventions import NO_WEEK
from threatsim.market.providers.table import ProviderTable


@dataclass(frozen=True)
class TenureColumns:
    """One row for each person who has practised.

    Attributes:
        practice: (C,) row of the practice.
        first_week: (T, C) week of the first false claim by a tactic, or `NO_WEEK`.
        accused_week: (C,) week of the accusation, or `NO_WEEK`.
        active_weeks: (C,) weeks in which the person could bill.
    """

    practice: NDArray[np.int64]
    first_week: NDArray[np.int64]
    accused_week: NDArray[np.int64]
    active_weeks: NDArray[np.int64]

    @property
    def fraudster(self) -> NDArray[np.bool_]:
        """(C,) whether the person has billed falsely on purpose."""
        return np.asarray((self.first_week != NO_WEEK).any(axis=0))


class Tenures:
    """The tenures that have ended; `all` adds those that go on."""

    def __init__(self, table: ProviderTable, run_counts: RunCounts) -> None:
        self._table, self._tally = table, run_counts
        self._ended: list[TenureColumns] = []

    def end(self, rows: NDArray[np.int64]) -> None:
        """File the tenures of the owners of some practices (N,), and open the counts to their successors."""
        self._ended.append(self._current(rows))
        self._tally.first_week[:, rows] = NO_WEEK
        self._tally.active_weeks[rows] = 0

    def all(self) -> TenureColumns:
        """Every tenure so far: the current ones in the order of the practices, then those that have ended."""
        parts = [self._current(np.arange(len(self._table))), *self._ended]
        return TenureColumns(
            np.concatenate([part.practice for part in parts]),
            np.concatenate([part.first_week for part in parts], axis=1),
            np.concatenate([part.accused_week for part in parts]),
            np.concatenate([part.active_weeks for part in parts]),
        )

    def _current(self, rows: NDArray[np.int64]) -> TenureColumns:
        run_counts = self._tally
        return TenureColumns(
            rows, run_counts.first_week[:, rows], self._table.accused_week[rows], run_counts.active_weeks[rows]
        )
