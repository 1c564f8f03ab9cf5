"""Double-entry books in whole cents: every flow takes from one account what it gives to another."""

from __future__ import annotations

from collections import Counter
from copy import copy

import numpy as np
from numpy.typing import NDArray

from threatsim.market.conventions import Cents

Accounts = int | slice | NDArray[np.int64]


class Ledger:
    """The balances of all accounts, which sum to zero at all times.

    The accounts are providers (one each), payers (one each), reviewers (readers and auditors), suppliers (of
    care and of attacks), the treasury (fines), patients (their part of the fees) and contractors (firms that review
    for a payer and are paid by what they save; one each).

    Args:
        providers: number of providers.
        payers: number of payers.
        contractors: whether any payer has such a firm; without one the books do not name them.

    Attributes:
        balance: cents of each account.
        totals: purpose -> cents moved.
        spent: (purpose, payer) -> cents that the payer paid out of its own account.
        returned: payer -> cents that its contractor gave back to it.
    """

    def __init__(self, providers: int, payers: int, *, contractors: bool = False) -> None:
        self.balance: Cents = np.zeros(providers + 2 * payers + 4, dtype=np.int64)
        self.totals: Counter[str] = Counter()
        self.spent: Counter[tuple[str, int]] = Counter()
        self.returned: Counter[int] = Counter()
        self.providers = slice(0, providers)
        self._first_payer = providers
        self.payers = slice(providers, providers + payers)
        first = providers + payers
        self.reviewers, self.suppliers, self.treasury, self.patients = range(first, first + 4)
        self.contractors, self._has_contractors = slice(first + 4, first + 4 + payers), contractors

    def payer(self, index: int) -> int:
        """Return the account of a payer."""
        return self._first_payer + index

    def contractor(self, payer: int) -> int:
        """Return the account of the firm that reviews for a payer."""
        return self.contractors.start + payer

    def give_back(self, payer: int, amount: int) -> None:
        """Move cents from the firm that reviews for a payer back to that payer: a clawback."""
        self.transfer("clawback", self.contractor(payer), self.payer(payer), amount)
        self.returned[payer] += amount

    def transfer(self, purpose: str, source: Accounts, target: Accounts, amounts: Cents | int) -> None:
        """Move money.

        Args:
            purpose: what the money is for; `totals` adds up by it (cents).
            source: who pays: an account, or one for each amount.
            target: who is paid: an account, or one for each amount.
            amounts: (N,) cents, or a single sum between two accounts.
        """
        column = np.atleast_1d(np.asarray(amounts, dtype=np.int64))
        self._add(source, -column)
        self._add(target, column)
        moved = int(column.sum())
        self.totals[purpose] += moved
        if isinstance(source, int) and self.payers.start <= source < self.payers.stop:
            self.spent[purpose, source - self._first_payer] += moved

    def _add(self, accounts: Accounts, amounts: Cents) -> None:
        if isinstance(accounts, int):
            self.balance[accounts] += amounts.sum()
        elif isinstance(accounts, slice):
            self.balance[accounts] += amounts
        else:
            np.add.at(self.balance, accounts, amounts)  # an account may occur more than once

    def since(self, start: Ledger) -> Ledger:
        """Return the books of what has moved since `start`, an earlier copy of these."""
        later = copy(self)
        later.balance = self.balance - start.balance
        later.totals, later.spent = self.totals - start.totals, self.spent - start.spent
        later.returned = self.returned - start.returned
        return later

    def check(self) -> None:
        """Assert that money was neither made nor lost."""
        total = int(self.balance.sum())
        assert total == 0, f"the accounts sum to {total} cents, not to zero"

    def net(self) -> dict[str, float]:
        """Return the net of each kind of account (USD)."""
        groups = {
            "providers": self.balance[self.providers].sum(),
            "payers": self.balance[self.payers].sum(),
            "reviewers": self.balance[self.reviewers],
            "suppliers": self.balance[self.suppliers],
            "treasury": self.balance[self.treasury],
            "patients": self.balance[self.patients],
        }
        if self._has_contractors:
            groups["contractors"] = self.balance[self.contractors].sum()
        return {name: int(balance) / 100 for name, balance in groups.items()}
