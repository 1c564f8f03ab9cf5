"""What each practice has billed, and paid back, within a law's look-back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
UNSUPPORTED, SUPPORTED, BILLED, RECOUPED = range(4)
"""Claims paid with the finding that are not true and that are, claims billed with it, and findings recouped."""
_PARTS = 12


class LookBack:
    """Counts of claims within the last weeks, by kind, payer and practice.

    Weeks are kept in twelfths of the look-back, rounded up to whole weeks, so that memory does not grow with it: what
    is counted reaches back to within one of them; up to twelve weeks it is exact.

    Args:
        weeks: the look-back.
        payers, providers: number of payers under the law, and of providers.

    Attributes:
        total: (4, payers, P) claims within the look-back, by kind.
    """

    def __init__(self, weeks: int, payers: int, providers: int) -> None:
        self._span = -(-weeks // _PARTS)  # weeks of a part, rounded up
        self._parts = -(-weeks // self._span)
        self._counts = np.zeros((self._parts, 4, payers, providers), np.int32)
        self._newest = 0
        self.total: Counts = np.zeros((4, payers, providers), np.int64)

    def add(self, week: int, kind: int, payer: int, claims: Counts) -> None:
        """Count (P,) claims of a kind in a week; weeks never fall.

        Args:
            week: number of the week, from 0.
            kind: `UNSUPPORTED`, `SUPPORTED`, `BILLED` or `RECOUPED`.
            payer: place of the payer among those under the law.
            claims: (P,) claims of each practice.
        """
        self.advance(week)
        self._counts[self._newest % self._parts, kind, payer] += claims.astype(np.int32)
        self.total[kind, payer] += claims

    def advance(self, week: int) -> None:
        """Drop what is older than the look-back in a week."""
        while self._newest < week // self._span:
            self._newest += 1
            oldest = self._counts[self._newest % self._parts]
            self.total -= oldest
            oldest[:] = 0

    def close(self, row: int, week: int) -> None:
        """Drop what a practice has billed up to a week, and all that it was recouped: a case has dealt with them."""
        last = week // self._span
        for part in range(max(self._newest - self._parts + 1, 0), min(last, self._newest) + 1):
            counts = self._counts[part % self._parts, :, :, row]
            self.total[:, :, row] -= counts
            counts[:] = 0
        self._counts[:, RECOUPED, :, row] = 0
        self.total[RECOUPED, :, row] = 0

    def forget(self, rows: Counts) -> None:
        """Drop all that some practices (N,) have billed: they have a new owner."""
        self._counts[:, :, :, rows] = 0
        self.total[:, :, rows] = 0
