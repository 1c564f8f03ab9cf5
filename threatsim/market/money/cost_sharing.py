"""Cost sharing: a payer bears a part of what is allowed for a claim and the patient the rest, in whole cents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from threatsim.market.conventions import Cents
from threatsim.market.providers.table import ProviderTable

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class CostSharing:
    """The parts of K payers in what is allowed for a claim of each of P providers; the rest is the patient's.

    Attributes:
        without, added: (K, P) cents that the payer bears of a claim without the finding, and of what the finding adds.
        patients_added: (K, P) cents that the patient bears of what the finding adds.
        share: (K, P) the payer's share of what the finding adds, by which a sum that is given back is divided.
    """

    without: Cents
    added: Cents
    patients_added: Cents
    share: NDArray[np.float64]
    _allowed_without: Cents

    @classmethod
    def of(cls, shares: Sequence[float], table: ProviderTable) -> CostSharing:
        """Divide the fees of a market by each payer's share (K,) of the allowed amount."""
        share = np.array(shares, np.float64)[:, None]
        without = np.rint(share * table.fee_negative).astype(np.int64)
        added = np.rint(share * table.fee_positive).astype(np.int64) - without
        worth = np.broadcast_to(table.difference, added.shape)
        of_added = np.divide(added, worth, out=np.broadcast_to(share, added.shape).copy(), where=worth > 0)
        return cls(without, added, worth - added, of_added, table.fee_negative)

    def fees(self, payer: int, claims: Counts, paid: Counts) -> tuple[Cents, Cents]:
        """Return (P,) what a payer and its patients owe for `claims` (P,), `paid` (P,) of them with the finding."""
        by_payer = claims * self.without[payer] + paid * self.added[payer]
        by_patients = claims * (self._allowed_without - self.without[payer]) + paid * self.patients_added[payer]
        return by_payer, by_patients

    def returned(self, payer: int, rows: Counts, sums: Cents) -> Cents:
        """Return (N,) the payer's part of sums (N,) that some practices give back; the rest goes to the patients."""
        part: Cents = np.rint(self.share[payer, rows] * sums).astype(np.int64)
        return part
