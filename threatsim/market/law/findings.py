"""The findings against each practice that count toward a case: those within the law's window, or all of them."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]


class Findings:
    """Findings that count toward the next case of each practice.

    Args:
        window: weeks within which findings add up; None: they always do.
        payers, providers: number of payers under the law, and of providers.

    Attributes:
        count: (P,) findings that count now.
        paid: (payers, P) those of them on claims that were paid.
    """

    def __init__(self, window: int | None, payers: int, providers: int) -> None:
        self._window = window
        self._weeks: deque[tuple[int, int, Counts, bool]] = deque()
        self._spent = np.full(providers, -1, np.int64)  # last week whose findings count no more
        self.count: Counts = np.zeros(providers, np.int64)
        self.paid: Counts = np.zeros((payers, providers), np.int64)

    def add(self, week: int, payer: int, rows: Counts, *, paid: bool) -> None:
        """Take in findings of a week: the practices (F,), one for each; weeks never fall."""
        self._count(payer, rows, 1, paid=paid)
        if self._window is not None:
            self._weeks.append((week, payer, rows, paid))

    def lapse(self, week: int) -> None:
        """Drop the findings that are older than the window in a week."""
        while self._weeks and self._window is not None and self._weeks[0][0] <= week - self._window:
            found, payer, rows, paid = self._weeks.popleft()
            self._count(payer, rows[self._spent[rows] < found], -1, paid=paid)

    def spend(self, rows: Counts | int, week: int) -> None:
        """Forget the findings against some practices up to a week: a case has dealt with them, or its owner is gone."""
        self.count[rows], self.paid[:, rows], self._spent[rows] = 0, 0, week

    def _count(self, payer: int, rows: Counts, by: int, *, paid: bool) -> None:
        np.add.at(self.count, rows, by)
        if paid:
            np.add.at(self.paid[payer], rows, by)
