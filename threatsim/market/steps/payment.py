"""Payment: fees, readings, checks, care and attacks are paid for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from threatsim.market.books.run_counts import RunCounts
from threatsim.market.conventions import HONEST, Cents, cents
from threatsim.market.law.enforcement import Enforcement
from threatsim.market.money import payment
from threatsim.market.money.cost_sharing import CostSharing
from threatsim.market.money.ledger import Ledger
from threatsim.market.money.payment import Billing
from threatsim.market.payers.contractor import contingency_fees
from threatsim.market.payers.payer_agent import PayerAgent
from threatsim.market.providers.table import ProviderTable


class PaymentStep:
    """What a week's claims cost everybody.

    Args:
        payers: the agents, in the order of the scenario.
        cost_sharing: how each of them shares fees with its patients.
        enforcement: the law, which may hold fees back.
        table: the providers.
        books: the counts and the ledger.
        care_on_false: (P,) cents of care that a false claim which is paid costs.
        attack_cost: (T,) cents that altering one image costs by each tactic.
    """

    def __init__(
        self,
        payers: Sequence[PayerAgent],
        cost_sharing: CostSharing,
        enforcement: Enforcement,
        table: ProviderTable,
        books: tuple[RunCounts, Ledger],
        care_on_false: Cents,
        attack_cost: Cents,
    ) -> None:
        self._payers, self._cost_sharing, self._enforcement = payers, cost_sharing, enforcement
        self._table, (self._run_counts, self._ledger) = table, books
        self._care_on_false, self._attack_cost = care_on_false, attack_cost

    def pay(self, week: int, billing: Billing) -> None:
        """Pay for a week's claims, once it is settled which are paid with the finding."""
        ledger, table = self._ledger, self._table
        for row, payer in enumerate(self._payers):
            by_payer, by_patients = self._cost_sharing.fees(row, billing.claims[row], billing.paid[row])
            ledger.transfer("fees", ledger.payer(row), ledger.providers, by_payer)
            ledger.transfer("cost sharing", ledger.patients, ledger.providers, by_patients)
            self._enforcement.withhold(row, by_payer)
            self._count(row, payer, billing)
            self._review(row, payer)
            devices = len(table) * float(payer.spec.share)
            prices, claims = payer.prices, payer.looked_at
            self._run_counts.checked(row, len(prices), claims, devices)
            checks = payment.checks(prices, claims, devices, week)
            ledger.transfer("checking", ledger.payer(row), ledger.suppliers, checks)
        care = payment.care(billing, table, self._care_on_false)
        ledger.transfer("care", ledger.providers, ledger.suppliers, care)
        attacks = payment.attacks(billing.images, table.tactic[billing.users], self._attack_cost)
        ledger.transfer("attacks", billing.users, ledger.suppliers, attacks)

    def _review(self, row: int, payer: PayerAgent) -> None:
        """Pay for the readings of a payer, for those who save by them, and for appeals."""
        ledger, readers, claims = self._ledger, payer.spec.readers, payer.claims_of_week
        employer = ledger.contractor(row) if readers.contractor else ledger.payer(row)
        ledger.transfer("reading", employer, ledger.reviewers, payment.readings(claims, readers))
        if readers.contractor:
            averted = self._cost_sharing.added[row, claims.provider[payer.turned_down]]
            fees, returned = contingency_fees(readers.contractor, averted, claims.paid[payer.turned_down])
            ledger.transfer("contingency fees", ledger.payer(row), employer, fees)
            ledger.give_back(row, returned)
        if readers.appeals:
            price = np.full(payer.appellants.size, cents(float(readers.appeals.cost)), np.int64)
            ledger.transfer("appeals", payer.appellants, ledger.reviewers, price)

    def _count(self, row: int, payer: PayerAgent, billing: Billing) -> None:
        """Count who bears a payer's false claims, what its true ones are short of, and what all are worth."""
        claims, sharing, run_counts = payer.claims_of_week, self._cost_sharing, self._run_counts
        false = np.flatnonzero((claims.tactic != HONEST) & claims.paid)
        provider = claims.provider[false]
        borne = sharing.added[row, provider], sharing.patients_added[row, provider]
        run_counts.borne_on_false(row, claims.tactic[false], *borne)
        run_counts.unpaid(row, claims, self._table.difference, sharing.added[row])
        true = claims.provider[claims.truth]
        owed = billing.claims[row] @ self._table.fee_negative + self._table.difference[true].sum()
        run_counts.due[row] += int(owed)
