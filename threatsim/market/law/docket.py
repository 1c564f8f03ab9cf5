"""The docket of one law: what it holds against each practice, and the cases that it opens, decides and resolves.

Findings within the window lead to a probe, or, under a law without one, to an accusation at once. A probe ends in an
accusation if more of its sample is unsupported than the law tolerates; else the findings are forgotten. An accusation
takes back what was overpaid; later the case is settled or judged, and the practice is barred or goes on.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from threatsim.market.conventions import WEEKS_PER_YEAR, Cents, cents
from threatsim.market.law.findings import Findings
from threatsim.market.law.look_back import BILLED, RECOUPED, SUPPORTED, UNSUPPORTED, LookBack
from threatsim.market.law.probe import Sample, draw_sample
from threatsim.market.law.resolution import (
    Due,
    Overpayment,
    collected_at_once,
    collectible,
    due_at_resolution,
    proven_by_sample,
)
from threatsim.market.streams import Streams
from threatsim.scenario.schema import Audit, Law

Counts = NDArray[np.int64]
NEVER = -1
_MOST_CENTS = 1e15  # of honest income a week, so that a century of it is a whole number of 64 bits


@dataclass(frozen=True)
class Accusation:
    """An accusation of one practice: what it rests on, (K,) cents collected at once, and the week of the resolution."""

    owed: Overpayment
    collected: Cents
    due: int


@dataclass(frozen=True)
class Resolution:
    """The end of a case: (K,) cents released to the practice, what is collected, and whether it is then barred."""

    released: Cents
    collected: Due
    barred: bool


class Docket:
    """What one law holds against each practice.

    Args:
        name: of its random streams, set apart from those of other laws; names that analysts give play no part.
        law: of the scenario.
        payers: (K) numbers of the payers under it.
        audits: (K) how each of them audits.
        worth: (K, P) cents that the finding adds to a claim, for each payer.
        share: (K, P) the part of it that the payer bears, to which damages belong.
        income: (P,) cents of honest income a week, of which liability is so many years.
        streams: of the replicate.

    Attributes:
        findings: those that count toward the next case.
        look_back: what was billed lately; None under a law without a probe.
        repaid_each: (K, P) cents that are recouped for a finding, of who is not barred.
        busy: (P,) week in which the probe or the case that is open ends; `NEVER` where none is.
        accused: (P,) whether a case is open, after an accusation.
        barred: (P,) whether a practice may not bill to the payers under this law.
        listed: (P,) whether it is so by a list of exclusions alone, and not by a case.
        covered: (P,) last week whose claims a case has dealt with, `NEVER` if none.
        watched: (P,) week up to which an integrity agreement lasts.
        held: (K, P) cents of payments that are held back.
    """

    def __init__(
        self,
        name: str,
        law: Law,
        payers: Sequence[int],
        audits: Sequence[Audit],
        worth: Cents,
        share: NDArray[np.float64],
        income: NDArray[np.float64],
        streams: Streams,
    ) -> None:
        count, providers = worth.shape
        self.name, self.law, self.payers, self.audits = name, law, list(payers), list(audits)
        self.findings = Findings(law.probe.window if law.probe else None, count, providers)
        self.look_back = LookBack(law.lookback, count, providers) if law.probe else None
        self.repaid_each = np.rint(float(law.collected.offsets) * worth).astype(np.int64)
        self._late_each = np.rint(float(law.collected.extrapolated) * worth).astype(np.int64)
        self.busy, self.covered, self.watched = np.full((3, providers), NEVER, np.int64)
        self.accused, self.barred, self.listed = np.zeros((3, providers), np.bool_)
        self.held: Cents = np.zeros(worth.shape, np.int64)
        self._worth, self._share, self._streams, self._fine = worth, share, streams, cents(law.statute[1])
        years = None if law.liability is None else float(law.liability)
        honest = np.clip(income, 0.0, _MOST_CENTS)
        self._most = None if years is None else np.floor(years * WEEKS_PER_YEAR * honest)
        self._probe_lag = math.ceil(float(law.probe.lag)) if law.probe else 0
        self._resolution_lag = math.ceil(float(law.resolution_lag))
        self._tipped: Counts = np.zeros(0, np.int64)
        self._samples: dict[int, Sample] = {}
        self._cases: dict[int, Accusation] = {}

    def billed(self, week: int, place: int, billed: Counts, paid: Counts, unsupported: Counts) -> None:
        """Take in (P,) claims billed with the finding to a payer, those paid with it, and the untrue ones of these."""
        if self.look_back is not None:
            for kind, claims in ((BILLED, billed), (UNSUPPORTED, unsupported), (SUPPORTED, paid - unsupported)):
                self.look_back.add(week, kind, place, claims)

    def recouped(self, week: int, place: int, rows: Counts) -> None:
        """Take in that fees were recouped for findings (F,) of a payer against some practices."""
        if self.look_back is not None:
            self.look_back.add(week, RECOUPED, place, np.bincount(rows, minlength=self.barred.size))

    def recoupments(self, place: int, rows: Counts) -> Cents:
        """Return (F,) cents that are recouped for findings (F,) of a payer; less is had of who may bill no more."""
        sums: Cents = np.where(self.barred[rows], self._late_each[place, rows], self.repaid_each[place, rows])
        return sums

    def tip(self, rows: Counts) -> None:
        """Take in tips on some practices (N,), on which a probe is opened at once, where the law has one."""
        self._tipped = rows

    def bar_listed(self, begin: Counts, end: Counts) -> None:
        """Bar some practices (N,) that a list excludes, and let others bill again that nothing else bars."""
        new = begin[~self.barred[begin]]
        self.barred[new] = self.listed[new] = True
        over = end[self.listed[end]]
        self.barred[over] = self.listed[over] = False

    def open(self, week: int) -> None:
        """Open probes on those with enough findings and those tipped off, unless a case is open or they are barred."""
        self.findings.lapse(week)
        enough = self.findings.count >= self.law.findings_to_act
        enough[self._tipped] = True
        self._tipped = np.zeros(0, np.int64)
        if self.look_back is None:
            return
        self.look_back.advance(week)
        for row in np.flatnonzero(enough & (self.busy == NEVER) & ~self.barred).tolist():
            generator = self._streams.generator(f"probe{self.name}", week, row)
            claims = self.look_back.total[:, :, row]
            sample = draw_sample(self.law, self.audits, claims, generator, week=week, lag=self._probe_lag)
            self._samples[row], self.busy[row] = sample, sample.due

    def samples_due(self, week: int) -> dict[int, Sample]:
        """Return the probes whose result has come, by row."""
        due = {row: sample for row, sample in self._samples.items() if sample.due <= week}
        for row in due:
            del self._samples[row]
        return due

    def accusations(self, week: int, samples: dict[int, Sample]) -> dict[int, Accusation]:
        """Return who is accused this week, by row: on a sample, or on findings under a law without a probe.

        Args:
            week: number of the week.
            samples: those that are due; who passes is free again.
        """
        if self.law.probe is None:
            enough = (self.findings.count >= self.law.findings_to_act) & (self.busy == NEVER) & ~self.barred
            return {row: self._accuse(row, week, self._on_findings(row)) for row in np.flatnonzero(enough).tolist()}
        accused = {}
        for row, sample in samples.items():
            self.findings.spend(row, week)
            self.busy[row] = NEVER
            if sample.rate > float(self.law.probe.tolerated_rate):
                assert self.look_back is not None
                repaid = self.look_back.total[RECOUPED, :, row] * self.repaid_each[:, row]
                owed = proven_by_sample(self.law, sample, self._worth[:, row], repaid)
                accused[row] = self._accuse(row, week, owed)
                self.look_back.close(row, sample.opened)
                if self.law.extrapolate:
                    self.covered[row] = sample.opened
        return accused

    def _on_findings(self, row: int) -> Overpayment:
        paid, count = self.findings.paid[:, row], int(self.findings.count[row])
        return Overpayment(paid * self._worth[:, row], paid * self.repaid_each[:, row], count)

    def _accuse(self, row: int, week: int, owed: Overpayment) -> Accusation:
        accusation = Accusation(
            owed, collected_at_once(self.law, owed, self._most_of(row, 0)), week + self._resolution_lag
        )
        self.findings.spend(row, week)
        self._cases[row], self.busy[row], self.accused[row] = accusation, accusation.due, True
        return accusation

    def resolutions(self, week: int) -> dict[int, Resolution]:
        """Resolve the cases that are due, and return how they end, by row."""
        ended = {}
        for row in [row for row, case in self._cases.items() if case.due <= week]:
            case = self._cases.pop(row)
            settles, bars = self._streams.generator(f"resolution{self.name}", week, row).random(2).tolist()
            settled = self.law.settlement is not None and settles < float(self.law.settlement.share)
            share, credited = self._share[:, row], case.owed.repaid + case.collected
            due = due_at_resolution(self.law, case.owed, credited, share, self._fine, settled=settled)
            most = self._most_of(row, int(case.collected.sum()))
            held = self.held[:, row].copy()
            collected = due.part(collectible(self.law, due.total, int(held.sum()), most))
            ended[row] = Resolution(held, collected, bars < self.law.bar)
            self._close(row, week, barred=ended[row].barred)
        return ended

    def _close(self, row: int, week: int, *, barred: bool) -> None:
        self.findings.spend(row, week)
        self.held[:, row], self.busy[row], self.accused[row] = 0, NEVER, False
        self.listed[row] &= not barred
        self.barred[row] = barred or self.listed[row]
        if self.law.integrity_agreement and not barred:
            self.watched[row] = week + self.law.integrity_agreement.weeks

    def _most_of(self, row: int, taken: int) -> int | None:
        return None if self._most is None else int(self._most[row]) - taken

    def forget(self, rows: Counts, week: int) -> None:
        """Close the files of some practices (N,), which have a new owner; what was held back is not theirs any more."""
        self.findings.spend(rows, week - 1)
        if self.look_back is not None:
            self.look_back.forget(rows)
        for row in rows.tolist():
            self._samples.pop(row, None)
            self._cases.pop(row, None)
        self.busy[rows], self.covered[rows], self.watched[rows] = NEVER, NEVER, NEVER
        self.accused[rows], self.barred[rows], self.listed[rows], self.held[:, rows] = False, False, False, 0
