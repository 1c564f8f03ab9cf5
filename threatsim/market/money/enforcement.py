"""Enforcement: recoupment of what was found, accusation, penalties, exclusion."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from threatsim.market.books.run_counts import RunCounts
from threatsim.market.conventions import HONEST, NO_WEEK, cents
from threatsim.market.money.ledger import Ledger
from threatsim.market.providers.table import ProviderTable
from threatsim.scenario.schema import Law

_Z_90 = 1.2815515655446004  # 90th percentile of the standard normal
_Z_90_SQUARED = _Z_90 * _Z_90


def lower_limit(found: NDArray[np.int64], audited: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return (P,) the lower end of Wilson's one-sided 90 % interval of a share; 0 where nothing was audited.

    Args:
        found: (P,) claims that the audits did not find supported.
        audited: (P,) claims audited.
    """
    n = np.maximum(audited, 1).astype(np.float64)
    share = np.minimum(found, audited) / n
    centre = share + _Z_90_SQUARED / (2 * n)
    spread = _Z_90 * np.sqrt(share * (1 - share) / n + _Z_90_SQUARED / (4 * n * n))
    return np.where(audited > 0, np.maximum((centre - spread) / (1 + _Z_90_SQUARED / n), 0.0), 0.0)


class Enforcement:
    """The law, across payers.

    A finding is either a claim recognised as tampered with before payment, or a paid claim that an audit
    found unsupported; the latter is recouped. A provider whose findings reach `findings_to_accuse` is
    accused: it is penalised for all its findings so far, and, unless it is excluded from then on, for each
    later one. The penalty for a finding is `damages` times the sum found, which goes to the payer, and
    `per_claim_penalty`, a fine, which goes to the treasury; both as far as they are collected.

    Where the law extrapolates, an accusation also takes back what audits suggest of the provider's other claims: the
    lower end of the one-sided 90 % interval of the share found (Medicare Program Integrity Manual, chapter 8; Wilson's
    interval), times all that was paid for the finding, less what was recouped already. What audits find of
    those claims later is set against it.

    Args:
        law: the scenario's law.
        table: the providers.
        ledger: the books.
        run_counts: the counts of the run.
        payers: number of payers.
    """

    def __init__(self, law: Law, table: ProviderTable, ledger: Ledger, run_counts: RunCounts, payers: int) -> None:
        self.law, self.table, self.ledger, self.run_counts = law, table, ledger, run_counts
        rows = run_counts.false_claims.shape[0] + 1  # tactics, then honest claims
        self._fine = round(float(law.collected.penalties) * cents(float(law.per_claim_penalty)))
        self._findings = np.zeros((rows, len(table)), np.int64)
        self._sums = np.zeros((payers, rows, len(table)), np.int64)
        self._touched: list[NDArray[np.int64]] = []
        self._audited, self._unsupported, self._paid, self._recouped = np.zeros((4, payers, len(table)), np.int64)
        self._ahead = np.zeros((payers, len(table)), np.int64)  # recouped for claims whose audits may still find them

    def paid(self, payer: int, raised: NDArray[np.int64]) -> None:
        """Take in (P,) claims that a payer has paid with the finding."""
        if self.law.extrapolate:
            self._paid[payer] += raised * self.table.difference

    def audited(self, payer: int, provider: NDArray[np.int64]) -> None:
        """Take in the providers (N,) of a payer's closed audits."""
        if self.law.extrapolate:
            np.add.at(self._audited[payer], provider, 1)

    def forget(self, rows: NDArray[np.int64]) -> None:
        """Close the files of some practices (N,), which have a new owner."""
        self._findings[:, rows], self._sums[:, :, rows] = 0, 0
        for column in (self._audited, self._unsupported, self._paid, self._recouped, self._ahead):
            column[:, rows] = 0

    @property
    def owed(self) -> NDArray[np.int64]:
        """(P,) cents that an accusation would cost now, for the findings not yet penalised, as far as collected."""
        everyone = np.arange(len(self.table))
        return np.asarray(self._damages(everyone).sum(axis=(0, 1)) + self._fines(everyone).sum(axis=0))

    def find(self, payer: int, provider: NDArray[np.int64], tactic: NDArray[np.int8], *, paid: bool) -> None:
        """Take in findings (f,); those on paid claims are recouped, as far as they have not been by extrapolation.

        Args:
            payer: number of the payer.
            provider: (F,) row of the provider of each finding.
            tactic: (F,) tactic of each, or that of an honest claim.
            paid: whether the claims had been paid.
        """
        if not provider.size:
            return
        np.add.at(self.table.findings, provider, 1)
        np.add.at(self.run_counts.findings, provider, 1)
        np.add.at(self._findings, (tactic, provider), 1)
        if paid:
            sums = self.table.difference[provider]
            np.add.at(self._sums[payer], (tactic, provider), sums)
            if self.law.extrapolate:
                np.add.at(self._unsupported[payer], provider, 1)
                sums = self._still_due(payer, provider, sums)
                np.add.at(self._recouped[payer], provider, sums)
            np.add.at(self.run_counts.recouped, (tactic, provider), sums)
            self.ledger.transfer("recoupment", provider, self.ledger.payer(payer), sums)
        self._touched.append(provider)

    def _still_due(self, payer: int, provider: NDArray[np.int64], sums: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return (f,) what is left of the sums found once what was taken ahead is set against them, in their order."""
        order = np.argsort(provider, kind="stable")
        ranked = provider[order]
        rank = np.empty_like(order)
        rank[order] = np.arange(order.size) - np.searchsorted(ranked, ranked)
        # All sums of a provider are equal, so those before it amount to rank x sum.
        due: NDArray[np.int64] = np.clip((rank + 1) * sums - self._ahead[payer, provider], 0, sums)
        np.subtract.at(self._ahead[payer], provider, sums - due)
        return due

    def prosecute(self, week: int) -> NDArray[np.int64]:
        """Accuse, penalise and exclude; return the rows (N,) of the providers accused this week."""
        if not self._touched:
            return np.zeros(0, np.int64)
        table = self.table
        touched = np.unique(np.concatenate(self._touched))
        self._touched = []
        accused = table.accused_week[touched] != NO_WEEK
        newly = ~accused & (table.findings[touched] >= self.law.findings_to_act)
        table.accused_week[touched[newly]] = table.last_accused[touched[newly]] = week
        self._penalise(touched[(accused | newly) & ~table.excluded[touched]])
        if self.law.extrapolate:
            self._extrapolate(touched[newly])
        if float(self.law.exclusion) > 0:
            table.excluded[touched[newly]] = True
        rows: NDArray[np.int64] = touched[newly]
        return rows

    def _extrapolate(self, rows: NDArray[np.int64]) -> None:
        """Recoup from the newly accused what audits suggest of their claims that were not audited."""
        run_counts = self.run_counts
        fraudster = (run_counts.first_week[:, rows] != NO_WEEK).any(axis=0)
        main = np.where(fraudster, run_counts.false_paid[:, rows].argmax(axis=0), HONEST)
        for payer in range(len(self._audited)):
            rate = lower_limit(self._unsupported[payer, rows], self._audited[payer, rows])
            due = np.floor(rate * self._paid[payer, rows]).astype(np.int64) - self._recouped[payer, rows]
            due = np.maximum(due, 0)
            np.add.at(run_counts.recouped, (main, rows), due)
            self._recouped[payer, rows] += due
            self._ahead[payer, rows] += due
            self.ledger.transfer("recoupment", rows, self.ledger.payer(payer), due)

    def _damages(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the collected damages (cents) on the sums found, by payer and tactic, of some providers."""
        factor = float(self.law.collected.penalties) * max(float(self.law.damages) - 1, 0.0)
        return np.rint(factor * self._sums[:, :, rows]).astype(np.int64)

    def _fines(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the collected fines (cents) on the findings, by tactic, of some providers."""
        return np.asarray(self._fine * self._findings[:, rows])

    def _penalise(self, liable: NDArray[np.int64]) -> None:
        damages, fines = self._damages(liable), self._fines(liable)
        for payer, due in enumerate(damages):
            self.ledger.transfer("damages", liable, self.ledger.payer(payer), due.sum(axis=0))
        self.ledger.transfer("fines", liable, self.ledger.treasury, fines.sum(axis=0))
        self.run_counts.damages[:, liable] += damages.sum(axis=0)
        self.run_counts.fines[:, liable] += fines
        self._sums[:, :, liable] = 0
        self._findings[:, liable] = 0
