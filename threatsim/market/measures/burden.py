"""Who bears what: the sums of a run payer by payer."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from threatsim.market.books.run_counts import RunCounts
from threatsim.market.money.ledger import Ledger

Counts = NDArray[np.int64]
_CONTROL = ("reading", "contingency fees", "auditing", "checking")


@dataclass(frozen=True, kw_only=True)
class Burden:
    """What false billing and its control cost K payers and their patients, in cents, by T tactics.

    Attributes:
        payers_lost, patients_lost: (K, T) paid on false claims beyond the true fees, less what came back.
        control: (K,) spent on readers, or on those who are paid by what they save, audits, probes and checks of images.
        checking: (K,) of it, on checks of images.
        unpaid: (K,) what true claims are short of.
        due: (K,) what the claims sent come to by their truth.
    """

    payers_lost: Counts
    patients_lost: Counts
    control: Counts
    checking: Counts
    unpaid: Counts
    due: Counts

    @classmethod
    def of(cls, run_counts: RunCounts, ledger: Ledger) -> Burden:
        """Add up the books of a record."""
        payers = run_counts.due.size
        spent = [sum(ledger.spent[purpose, payer] for purpose in _CONTROL) for payer in range(payers)]
        control = [cents - ledger.returned[payer] for payer, cents in enumerate(spent)]
        return cls(
            payers_lost=run_counts.payers_lost[:, :-1],
            patients_lost=run_counts.patients_lost[:, :-1],
            control=np.array(control, np.int64),
            checking=np.array([ledger.spent["checking", payer] for payer in range(payers)], np.int64),
            unpaid=run_counts.true_unpaid,
            due=run_counts.due,
        )

    def of_payer(self, payer: int) -> Burden:
        """Return that of one payer alone."""
        return Burden(**{one.name: getattr(self, one.name)[payer : payer + 1] for one in fields(self)})
