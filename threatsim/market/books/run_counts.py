"""Counts of a run, kept as columns and read by `measures` at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from threatsim.market.conventions import HONEST, NO_WEEK, WEEKS_PER_YEAR
from threatsim.market.week import Claims

Counts = NDArray[np.int64]

_ADDED_UP = (
    *("claims", "with_finding", "active_weeks", "findings", "false_claims", "false_paid", "queries", "setup"),
    *("recouped", "damages", "fines", "lost_income", "mature", "mature_found", "mature_paid", "mature_paid_found"),
    *("cases", "true_cases", "accepted", "true_billed", "true_denied", "true_unpaid", "suppressed_by_payer"),
    *("payers_lost", "patients_lost", "due", "checks", "device_weeks"),
)
_WEEKLY_MONEY = {
    "paid": ("fees", "cost sharing"),
    "recouped": ("recoupment", "refund"),
    "penalties": ("damages", "fines"),
}


class RunCounts:
    """What has happened so far, for P providers, K payers and T tactics over a record of W weeks and its burn-in.

    Weeks are counted from the beginning of the burn-in, but for those of `since`.

    Attributes:
        weekly: column name -> (burn-in + W,) totals over the market.
        claims, with_finding, active_weeks: (P,) claims, claims billed with the finding, weeks not excluded.
        findings: (P,) findings against a practice, whoever had it.
        false_claims, false_paid: (T, P) claims billed falsely on purpose, and those of them paid with the
            finding.
        queries: (T, P) queries that altering images has cost, each a claim that was not paid.
        first_week, last_week: (T, P) week of the first and of the last false claim by a tactic, or `NO_WEEK`.
        used_in_year: (Y, T, P) whether a provider billed falsely by a tactic in a year of the record.
        years: (Y,) length of each year of the record, in years; the last one may be shorter.
        setup: (T, P) cents paid for setting a tactic up.
        recouped, damages, fines: (T + 1, P) cents, by the tactic of the claim found; the last row is honest
            claims.
        lost_income: (T + 1, P) cents that those who were barred would have earned by honest billing, likewise.
        mature, mature_found: (T,) false claims whose audit would close within the run, and those of them found.
        mature_paid, mature_paid_found: (T,) likewise, of those that were paid with the finding.
        cases, true_cases: cases that providers who may bill have seen, and those of them that truly have the finding.
        accepted: claims paid with the finding.
        true_billed, true_denied: claims with a true finding, and those of them not paid with it.
        true_unpaid: (K,) cents that the latter are short of.
        suppressed_by_payer: cents of them that a payer would have paid, had it not altered the image.
        payers_lost, patients_lost: (K, T + 1) cents that each payer, and its patients, paid on false claims beyond the
            true fees, less what came back to them, by tactic; the last column is what came back on honest claims.
        due: (K,) cents that the claims sent to each payer come to by their truth, paid or not.
        checks: (K,) checks of an image that each payer has made: a claim counts once for each control.
        device_weeks: (K,) weeks of devices that each payer bore its share of, likewise.
    """

    def __init__(
        self, providers: int, tactics: Sequence[str], weeks: int, burn_in: int = 0, *, payers: int = 1
    ) -> None:
        def counts(*shape: int) -> Counts:
            return np.zeros(shape, np.int64)

        names = ["claims", "false_claims", "false_paid", "findings", "false_findings", "accused", "accused_honest"]
        names += ["paid", "recouped", "penalties"]
        names += [f"false_claims_{tactic}" for tactic in tactics]
        self.tactics, self._burn_in = list(tactics), burn_in
        self.weekly: dict[str, NDArray[Any]] = {name: np.zeros(burn_in + weeks) for name in names}
        self.claims, self.with_finding, self.active_weeks, self.findings = (counts(providers) for _ in range(4))
        grid = (len(tactics), providers)
        self.false_claims, self.false_paid, self.setup, self.queries = (counts(*grid) for _ in range(4))
        self.first_week, self.last_week = np.full((2, *grid), NO_WEEK, np.int64)
        starts = np.arange(0, weeks, WEEKS_PER_YEAR)
        self.years = np.minimum(WEEKS_PER_YEAR, weeks - starts) / WEEKS_PER_YEAR
        self.used_in_year = np.zeros((starts.size, *grid), np.bool_)
        taken = (counts(len(tactics) + 1, providers) for _ in range(4))
        self.recouped, self.damages, self.fines, self.lost_income = taken
        matured = (counts(len(tactics)) for _ in range(4))
        self.mature, self.mature_found, self.mature_paid, self.mature_paid_found = matured
        self.cases = self.true_cases = self.accepted = 0
        self.true_billed = self.true_denied = 0
        self.suppressed_by_payer = 0
        self.true_unpaid, self.due, self.checks = (counts(payers) for _ in range(3))
        self.device_weeks = np.zeros(payers)
        self.payers_lost, self.patients_lost = (counts(payers, len(tactics) + 1) for _ in range(2))
        self._booked = dict.fromkeys(_WEEKLY_MONEY, 0)

    def since(self, start: RunCounts) -> RunCounts:
        """Return the counts of the record alone, with its weeks from 0: negative is the burn-in.

        Args:
            start: a copy of these counts as they stood when the record began.
        """
        record = copy(self)
        for name in _ADDED_UP:
            setattr(record, name, getattr(self, name) - getattr(start, name))
        for name in ("first_week", "last_week"):
            setattr(record, name, weeks_of_record(getattr(self, name), self._burn_in))
        record.weekly = {name: column[self._burn_in :] for name, column in self.weekly.items()}
        return record

    def billed(self, week: int, claims: Counts, with_finding: Counts) -> None:
        """Count a week's (P,) claims of every kind, and those billed with the finding."""
        self.claims += claims
        self.with_finding += with_finding
        self.weekly["claims"][week] = claims.sum()

    def money(self, week: int, totals: Mapping[str, int]) -> None:
        """Take a week's money from the totals so far (cents by purpose)."""
        for name, purposes in _WEEKLY_MONEY.items():
            booked = sum(totals[purpose] for purpose in purposes)
            self.weekly[name][week] = (booked - self._booked[name]) / 100
            self._booked[name] = booked

    def seen(self, truth: NDArray[np.bool_]) -> None:
        """Count a week's cases by their truth (N,): all, and those that truly have the finding."""
        self.cases += truth.size
        self.true_cases += int(np.count_nonzero(truth))

    def false(
        self, week: int, users: Counts, tactic: NDArray[np.int8], billed: Counts, paid: Counts, queries: Counts
    ) -> None:
        """Count a week's false claims `billed` and `paid`, and the `queries` for them (n,), of `users` by `tactic`.

        Args:
            week: number of the week.
            users: (N,) rows of the providers with a false claim.
            tactic: (N,) the tactic of each.
            billed, paid: (N,) false claims of each, and those of them that were paid.
            queries: (N,) of the payer's classifier, for them.
        """
        self.queries[tactic, users] += queries
        self.false_claims[tactic, users] += billed
        self.false_paid[tactic, users] += paid
        first = self.first_week[tactic, users]
        self.first_week[tactic, users] = np.where(first == NO_WEEK, week, first)
        self.last_week[tactic, users] = week
        if week >= self._burn_in:
            self.used_in_year[(week - self._burn_in) // WEEKS_PER_YEAR, tactic, users] = True
        self.weekly["false_claims"][week] = billed.sum()
        self.weekly["false_paid"][week] = paid.sum()
        by_tactic = np.bincount(tactic, weights=billed, minlength=len(self.tactics))
        for name, count in zip(self.tactics, by_tactic, strict=True):
            self.weekly[f"false_claims_{name}"][week] = count

    def honest(self, claims: Claims) -> None:
        """Count a week's claims that are paid with the finding, and the true findings among all."""
        self.accepted += int(np.count_nonzero(claims.paid))
        self.true_billed += int(np.count_nonzero(claims.truth))
        self.true_denied += int(np.count_nonzero(claims.truth & ~claims.paid))

    def unpaid(self, payer: int, claims: Claims, difference: Counts, by_payer: Counts) -> None:
        """Count what a week's true claims to a payer are short of.

        Args:
            payer: number of the payer.
            claims: those sent to it.
            difference, by_payer: (P,) cents that the finding adds to a claim, and what the payer bears of them.
        """
        denied = claims.truth & ~claims.paid
        self.true_unpaid[payer] += int(difference[claims.provider[denied]].sum())
        self.suppressed_by_payer += int(by_payer[claims.provider[denied & claims.approval_suppressed]].sum())

    def checked(self, payer: int, controls: int, claims: int, devices: float) -> None:
        """Count what a week of a payer's controls is paid for: so many controls, claims of each, and devices."""
        self.checks[payer] += controls * claims
        self.device_weeks[payer] += controls * devices

    def borne_on_false(self, payer: int, tactic: NDArray[np.int8], by_payer: Counts, by_patients: Counts) -> None:
        """Count what a payer and its patients pay beyond the true fees on false claims (N,) of a tactic (N,)."""
        np.add.at(self.payers_lost[payer], tactic, by_payer)
        np.add.at(self.patients_lost[payer], tactic, by_patients)

    def given_back(self, payer: int, tactic: NDArray[np.int8], to_payer: Counts, to_patients: Counts) -> None:
        """Count what a payer and its patients get back on claims (N,) of a tactic (N,)."""
        self.borne_on_false(payer, tactic, -to_payer, -to_patients)

    def awarded(self, payer: int, tactic: int, damages: int) -> None:
        """Count damages of a payer, for claims of a tactic."""
        self.payers_lost[payer, tactic] -= damages

    def matured(self, claims: Claims) -> None:
        """Count the false claims of a payer whose audits close within the run."""
        false = claims.tactic != HONEST
        self.mature += self._by_tactic(claims, false)
        self.mature_found += self._by_tactic(claims, false & claims.found)
        self.mature_paid += self._by_tactic(claims, false & claims.paid)
        self.mature_paid_found += self._by_tactic(claims, false & claims.paid & claims.found)

    def _by_tactic(self, claims: Claims, which: NDArray[np.bool_]) -> Counts:
        return np.bincount(claims.tactic[which], minlength=len(self.tactics))

    def net_fraud(self, difference: Counts, care_on_false: Counts, cost: Counts) -> Counts:
        """Return (T, P) cents that each provider gained so far by each tactic.

        What was paid on false claims beyond the true fee, less the care delivered on them, the cost of the
        attacks and of setting them up, and what was recouped and penalised for claims of the tactic.

        Args:
            difference, care_on_false: (P,) cents that a false claim brings and costs in care.
            cost: (T,) cents that a false claim, or a query for it, costs by each tactic.
        """
        gained = self.false_paid * (difference - care_on_false)
        spent = (self.false_claims + self.queries) * cost[:, None] + self.setup
        net: Counts = gained - spent - self.recouped[:-1] - self.damages[:-1] - self.fines[:-1]
        return net

    def ever_false(self) -> NDArray[np.bool_]:
        """Return (P,) whether a provider has billed falsely on purpose."""
        return np.asarray((self.first_week != NO_WEEK).any(axis=0))


def weeks_of_record(weeks: Counts, burn_in: int) -> Counts:
    """Return weeks counted from the first of the record in place of the first of the burn-in; `NO_WEEK` stays."""
    return np.where(weeks == NO_WEEK, NO_WEEK, weeks - burn_in)
