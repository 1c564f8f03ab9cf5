"""Settlement: the audits that are due close, and the law takes its course."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from threatsim.market.books.run_counts import RunCounts
from threatsim.market.conventions import HONEST, cents
from threatsim.market.law.enforcement import Enforcement
from threatsim.market.money.ledger import Ledger
from threatsim.market.payers.investigator import Closed
from threatsim.market.payers.payer_agent import PayerAgent
from threatsim.market.payers.staff import Staff
from threatsim.market.providers.table import ProviderTable

Counts = NDArray[np.int64]


class SettlementStep:
    """What the audits of all payers come to in the end.

    Args:
        staff: the agents of every payer.
        enforcement: the law.
        table: the providers.
        books: the counts and the ledger.
    """

    def __init__(
        self,
        staff: Staff,
        enforcement: Enforcement,
        table: ProviderTable,
        books: tuple[RunCounts, Ledger],
    ) -> None:
        self._agents = list(zip(staff.payers, staff.investigators, staff.policies, strict=True))
        self._enforcement, self._table, (self._tally, self._ledger) = enforcement, table, books

    def settle(self, week: int) -> tuple[Counts, Counts]:
        """Close the audits that are due, recoup, accuse, penalise, exclude.

        Returns:
            (B, P, T) audit findings on paid false claims, and paid false claims that no audit can find any more, of
            each payer that providers have beliefs of, or of all.
        """
        run_counts, blocks = self._tally, len(self._table.beliefs)
        audit_findings, cleared = np.zeros((2, blocks, *self._table.allowed.shape), np.int64)
        for row, (payer, investigator, payer_policy) in enumerate(self._agents):
            self._find_recognised(row, payer, week)
            closing = investigator.close(week)
            payer_policy.learn(closing)
            for closed in closing:
                self._close(row, payer, closed, week)
                here = closed.week >= self._table.entered_week
                block = row if blocks > 1 else 0
                false = (closed.tactic != HONEST) & here[closed.provider]
                np.add.at(audit_findings[block], (closed.provider[false], closed.tactic[false]), 1)
                current = here[closed.cleared_provider]
                np.add.at(cleared[block], (closed.cleared_provider[current], closed.cleared_tactic[current]), 1)
        fraudster = run_counts.ever_false()
        accused = self._enforcement.prosecute(week)
        run_counts.weekly["accused"][week] = accused.size
        run_counts.weekly["accused_honest"][week] = np.count_nonzero(~fraudster[accused])
        return audit_findings, cleared

    def _find_recognised(self, row: int, payer: PayerAgent, week: int) -> None:
        """Book the findings on claims that were recognised before they were paid."""
        recognised = np.flatnonzero(payer.claims_of_week.recognised)
        tactic = payer.claims_of_week.tactic[recognised]
        provider = payer.claims_of_week.provider[recognised]
        self._enforcement.find(row, provider, tactic, week=week, billed=week, paid=False)
        self._count(payer, recognised.size, int(np.count_nonzero(tactic == HONEST)), week)

    def _close(self, row: int, payer: PayerAgent, closed: Closed, week: int) -> None:
        """Book the audits that close; of those on a predecessor's claims only their cost is left."""
        ledger, law = self._ledger, self._enforcement.law(row)
        here = closed.week >= self._table.entered_week
        cost = closed.audited.size * cents(float(payer.spec.audit.cost))
        ledger.transfer("auditing", ledger.payer(row), ledger.reviewers, cost)
        current = here[closed.provider]
        provider, tactic = closed.provider[current], closed.tactic[current]
        self._enforcement.find(row, provider, tactic, week=week, billed=closed.week, paid=True)
        if law.appeals:
            appealed = closed.appealed[here[closed.appealed]]
            price = np.full(appealed.size, cents(float(law.appeals.cost)), np.int64)
            ledger.transfer("appeals", appealed, ledger.reviewers, price)
        self._count(payer, closed.provider.size, int(np.count_nonzero(closed.tactic == HONEST)), week)

    def _count(self, payer: PayerAgent, findings: int, false: int, week: int) -> None:
        payer.findings += findings
        self._tally.weekly["findings"][week] += findings
        self._tally.weekly["false_findings"][week] += false
