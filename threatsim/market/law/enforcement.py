"""Enforcement: the laws of all payers at work, week by week; what they take moves in the books."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from threatsim.market.books.run_counts import RunCounts
from threatsim.market.conventions import HONEST, NO_WEEK, Cents, cents
from threatsim.market.foresight.standing import Standing
from threatsim.market.foresight.terms import laws_in_force
from threatsim.market.law.docket import NEVER, Accusation, Docket, Resolution
from threatsim.market.law.listed_exclusions import ListedExclusions
from threatsim.market.law.probe import Sample
from threatsim.market.law.standing import standing
from threatsim.market.money.cost_sharing import CostSharing
from threatsim.market.money.ledger import Ledger
from threatsim.market.streams import Streams
from threatsim.scenario.schema import Law, Scenario

if TYPE_CHECKING:
    from threatsim.market.providers.table import ProviderTable

Counts = NDArray[np.int64]


class Enforcement:
    """What follows from findings, under the law of each payer.

    A finding is either a claim recognised as tampered with before payment, or a paid claim that an audit found
    unsupported; the latter is recouped, by offset against what the practice is paid. Findings count toward a case under
    the law of the payer (`Docket`). Fines go to the treasury, damages to the payers, each for what it has lost; what is
    recouped goes to the payer and its patients as they bore it.

    Args:
        scenario: the payers and their laws.
        table: the providers.
        ledger: the books.
        run_counts: the counts of the run.
        streams: of the replicate.
        income: (P,) what each practice earns by honest billing (USD a week).
        cost_sharing: how each payer shares fees with its patients.

    Attributes:
        dockets: one for each law in force.
    """

    def __init__(
        self,
        scenario: Scenario,
        table: ProviderTable,
        ledger: Ledger,
        run_counts: RunCounts,
        streams: Streams,
        income: NDArray[np.float64],
        cost_sharing: CostSharing,
    ) -> None:
        self._cost_sharing = cost_sharing
        self._table, self._ledger, self._run_counts = table, ledger, run_counts
        self._payers = scenario.payers
        self._income_of_horizon = income * 100 * scenario.conduct.horizon
        numbers = {id(law): f" {number}" for number, law in enumerate(scenario.other_laws.values(), 1)}
        self.dockets = [
            Docket(
                numbers.get(id(law), ""),
                law,
                payers,
                [scenario.payers[payer].audit for payer in payers],
                np.stack([table.difference for _ in payers]),
                cost_sharing.share[payers],
                income * 100,
                streams,
            )
            for law, payers in laws_in_force(scenario)
        ]
        self._docket_of = {payer: docket for docket in self.dockets for payer in docket.payers}
        self._listed = ListedExclusions(scenario)

    def list_exclusions(self, week: int) -> None:
        """Bar those whom a list excludes from this week on, from all federal payers; let the reinstated bill."""
        begin, end = self._listed.beginning(week), self._listed.ending(week)
        if not (begin.size or end.size):
            return
        for docket in self.dockets:
            if docket.law.kind == "federal":
                docket.bar_listed(begin, end)
        self._bar(week)

    def law(self, payer: int) -> Law:
        """Return the law that a payer is under."""
        return self._docket_of[payer].law

    def billed(self, week: int, payer: int, billed: Counts, paid: Counts, unsupported: Counts) -> None:
        """Take in (P,) claims billed to a payer with the finding, those paid with it, and the untrue ones of these."""
        docket = self._docket_of[payer]
        docket.billed(week, docket.payers.index(payer), billed, paid, unsupported)

    def withhold(self, payer: int, fees: Cents) -> None:
        """Hold back part of the week's fees (P,) of those whose case is open."""
        docket = self._docket_of[payer]
        share = float(docket.law.suspension)
        if share > 0 and docket.accused.any():
            held = np.where(docket.accused, np.rint(share * fees), 0.0).astype(np.int64)
            docket.held[docket.payers.index(payer)] += held
            self._ledger.transfer("suspension", self._ledger.providers, self._ledger.payer(payer), held)

    def watched(self, payer: int, week: int) -> NDArray[np.float32] | None:
        """Return (P,) what integrity agreements multiply the share audited at random by; None if there are none."""
        docket = self._docket_of[payer]
        agreement = docket.law.integrity_agreement
        under = docket.watched >= week
        return np.where(under, np.float32(agreement.audits), np.float32(1)) if agreement and under.any() else None

    def standings(self, week: int) -> list[Standing]:
        """Return how providers stand with each law at the start of a week."""
        return [standing(docket, week) for docket in self.dockets]

    @property
    def open(self) -> NDArray[np.bool_]:
        """(P,) whether a law has a probe or a case open against a practice."""
        open_: NDArray[np.bool_] = np.any([docket.busy != NEVER for docket in self.dockets], axis=0)
        return open_

    def forget(self, rows: Counts, week: int) -> None:
        """Close the files of some practices (N,), which have a new owner from this week on."""
        for docket in self.dockets:
            docket.forget(rows, week)

    def find(
        self, payer: int, provider: Counts, tactic: NDArray[np.int8], *, week: int, billed: int, paid: bool
    ) -> None:
        """Take in findings (F,); those on paid claims are recouped, unless a case has dealt with the claims.

        Args:
            payer: number of the payer.
            provider: (F,) row of the provider of each finding.
            tactic: (F,) tactic of each, or `HONEST`.
            week: number of the week.
            billed: week in which the claims were billed.
            paid: whether the claims had been paid.
        """
        if not provider.size:
            return
        docket, table = self._docket_of[payer], self._table
        np.add.at(table.findings, provider, 1)
        np.add.at(self._run_counts.findings, provider, 1)
        new = docket.covered[provider] < billed
        provider, tactic = provider[new], tactic[new]
        place = docket.payers.index(payer)
        docket.findings.add(week, place, provider, paid=paid)
        if paid:
            docket.recouped(week, place, provider)
            sums = docket.recoupments(place, provider)
            self._give_back(payer, provider, tactic, sums)

    def _give_back(self, payer: int, provider: Counts, tactic: NDArray[np.int8], sums: Cents) -> None:
        """Move what some practices (N,) give back for claims of a tactic (N,) to a payer and to its patients."""
        to_payer = self._cost_sharing.returned(payer, provider, sums)
        self._ledger.transfer("recoupment", provider, self._ledger.payer(payer), to_payer)
        self._ledger.transfer("refund", provider, self._ledger.patients, sums - to_payer)
        np.add.at(self._run_counts.recouped, (tactic, provider), sums)
        self._run_counts.given_back(payer, tactic, to_payer, sums - to_payer)

    def prosecute(self, week: int) -> Counts:
        """Open probes, accuse, resolve cases; return the rows (N,) of the providers accused this week."""
        accused: set[int] = set()
        for docket in self.dockets:
            docket.open(week)
            samples = docket.samples_due(week)
            for row, sample in samples.items():
                self._pay_for(docket, row, sample)
            accusations = docket.accusations(week, samples)
            for row, accusation in accusations.items():
                self._recoup(docket, row, accusation)
            for row, resolution in docket.resolutions(week).items():
                self._penalise(docket, row, resolution)
            accused |= set(accusations)
        rows = np.array(sorted(accused), np.int64)
        table = self._table
        first = table.accused_week[rows] == NO_WEEK
        table.accused_week[rows[first]] = week
        table.last_accused[rows] = week
        self._bar(week)
        return rows

    def _bar(self, week: int) -> None:
        table = self._table
        for docket in self.dockets:
            table.barred[docket.payers] = docket.barred
        closed = table.barred.all(axis=0)
        table.excluded_week[closed & ~table.excluded] = week
        table.excluded[:] = closed

    def _pay_for(self, docket: Docket, row: int, sample: Sample) -> None:
        """Book what a probe costs: its payers the review, the provider its appeals."""
        for place, payer in enumerate(docket.payers):
            cost = int(sample.drawn[place]) * cents(float(self._payers[payer].audit.cost))
            self._ledger.transfer("auditing", self._ledger.payer(payer), self._ledger.reviewers, cost)
        if docket.law.appeals:
            cost = int(sample.appealed.sum()) * cents(float(docket.law.appeals.cost))
            self._ledger.transfer("appeals", row, self._ledger.reviewers, cost)

    def _recoup(self, docket: Docket, row: int, accusation: Accusation) -> None:
        provider, tactic = np.array([row]), np.array([self._main(row)], np.int8)
        for payer, sum_collected in zip(docket.payers, accusation.collected, strict=True):
            self._give_back(payer, provider, tactic, np.array([sum_collected]))

    def _penalise(self, docket: Docket, row: int, resolution: Resolution) -> None:
        ordered, main = resolution.collected, self._main(row)
        for payer, held in zip(docket.payers, resolution.released.tolist(), strict=True):
            self._ledger.transfer("release", self._ledger.payer(payer), row, held)
        for payer, sum_collected in zip(docket.payers, ordered.damages.tolist(), strict=True):
            self._ledger.transfer("damages", row, self._ledger.payer(payer), sum_collected)
            self._run_counts.awarded(payer, main, sum_collected)
        self._ledger.transfer("fines", row, self._ledger.treasury, ordered.fines)
        self._run_counts.damages[main, row] += int(ordered.damages.sum())
        self._run_counts.fines[main, row] += ordered.fines
        if resolution.barred:
            share = sum(float(self._payers[payer].share) for payer in docket.payers)
            self._run_counts.lost_income[main, row] += round(share * float(self._income_of_horizon[row]))

    def _main(self, row: int) -> int:
        """Return the tactic by which a provider has been paid most false claims; `HONEST` if it never billed any."""
        run_counts = self._run_counts
        if (run_counts.first_week[:, row] == NO_WEEK).all():
            return HONEST
        return int(run_counts.false_paid[:, row].argmax())
