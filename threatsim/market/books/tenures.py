"""Tenures: who has practised, since a practice may change hands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from threatsim.market.books.run_counts import RunCounts, weeks_of_record
from threatsim.market.conventions import NO_WEEK
from threatsim.market.providers.table import ProviderTable


@dataclass(frozen=True)
class TenureColumns:
    """One row for each person who has practised in the record. Weeks are of the record; those before it are negative.

    Attributes:
        practice: (C,) row of the practice.
        first_week, last_week: (T, C) week of the first and of the last false claim by a tactic, or `NO_WEEK`.
        accused_week: (C,) week of the accusation, or `NO_WEEK`.
        active_weeks: (C,) weeks of the record in which the person could bill.
    """

    practice: NDArray[np.int64]
    first_week: NDArray[np.int64]
    last_week: NDArray[np.int64]
    accused_week: NDArray[np.int64]
    active_weeks: NDArray[np.int64]

    @property
    def fraudster(self) -> NDArray[np.bool_]:
        """(C,) whether the person has ever billed falsely on purpose."""
        return np.asarray((self.first_week != NO_WEEK).any(axis=0))

    @property
    def billed_falsely(self) -> NDArray[np.bool_]:
        """(C,) whether the person has billed falsely on purpose within the record."""
        return np.asarray((self.last_week >= 0).any(axis=0))

    @property
    def accused(self) -> NDArray[np.bool_]:
        """(C,) whether the person has been accused within the record."""
        return self.accused_week >= 0


class Tenures:
    """The tenures that have ended since the record began; `all` adds those that go on."""

    def __init__(self, table: ProviderTable, run_counts: RunCounts, burn_in: int) -> None:
        self._table, self._counts, self._burn_in = table, run_counts, burn_in
        self._ended: list[TenureColumns] = []

    def end(self, rows: NDArray[np.int64]) -> None:
        """File the tenures of the owners of some practices (N,), and open the counts to their successors."""
        self._ended.append(self._current(rows))
        self._counts.first_week[:, rows] = self._counts.last_week[:, rows] = NO_WEEK
        self._counts.active_weeks[rows] = 0

    def open_record(self) -> None:
        """Drop who has left before the record began."""
        self._ended.clear()
        self._counts.active_weeks[:] = 0

    def all(self) -> TenureColumns:
        """Return every tenure so far: those that go on in the order of the practices, then those that have ended."""
        parts = [self._current(np.arange(len(self._table))), *self._ended]
        return TenureColumns(
            np.concatenate([part.practice for part in parts]),
            np.concatenate([part.first_week for part in parts], axis=1),
            np.concatenate([part.last_week for part in parts], axis=1),
            np.concatenate([part.accused_week for part in parts]),
            np.concatenate([part.active_weeks for part in parts]),
        )

    def _current(self, rows: NDArray[np.int64]) -> TenureColumns:
        counts = self._counts
        return TenureColumns(
            rows,
            weeks_of_record(counts.first_week[:, rows], self._burn_in),
            weeks_of_record(counts.last_week[:, rows], self._burn_in),
            weeks_of_record(self._table.accused_week[rows], self._burn_in),
            counts.active_weeks[rows],
        )
