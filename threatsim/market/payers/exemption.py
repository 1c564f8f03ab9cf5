"""Practices that are exempt from review, since nearly all of their claims were affirmed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from threatsim.scenario.sections.review import Exemption

Rows = NDArray[np.int64]


class Exemptions:
    """Which of P practices a payer exempts. At the end of a period it is decided for the next one.

    Who is reviewed earns it by `affirmed` of at least `least_claims`; who is exempt keeps it while no fewer of its spot
    checks than `affirmed` are paid, and where none was checked.

    Attributes:
        exempt: (P,) who is exempt by now.
    """

    def __init__(self, rule: Exemption, providers: int) -> None:
        self._rule = rule
        self.exempt: NDArray[np.bool_] = np.zeros(providers, np.bool_)
        self._reviewed, self._affirmed = np.zeros((2, providers), np.int64)

    def waived(self, provider: Rows, uniform: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Return (N,) the claims of exempt practices `provider` (N,) but for the spot checks, by `uniform` (N,)."""
        waived: NDArray[np.bool_] = self.exempt[provider] & (uniform >= np.float32(self._rule.spot_check))
        return waived

    def count(self, week: int, reviewed: Rows, affirmed: Rows) -> None:
        """Count a week's claims that were reviewed, by practice (N,), and those affirmed (M,); decide if a period ends.

        Args:
            week: number of the week, from 0.
            reviewed, affirmed: the practice of each such claim.
        """
        size = self.exempt.size
        self._reviewed += np.bincount(reviewed, minlength=size)
        self._affirmed += np.bincount(affirmed, minlength=size)
        if (week + 1) % self._rule.period:
            return
        good = self._affirmed >= float(self._rule.affirmed) * self._reviewed
        self.exempt = good & (self.exempt | (self._reviewed >= self._rule.least_claims))
        self._reviewed[:], self._affirmed[:] = 0, 0

    def forget(self, rows: Rows) -> None:
        """Begin anew with some practices, which have a new owner."""
        self.exempt[rows] = False
        self._reviewed[rows], self._affirmed[rows] = 0, 0
