"""What a law is expected to take from a provider over the weeks ahead, given how it bills."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from threatsim.market.law.case_course import BARRED, CASES, CHARGED, PARTS, WEEKS, CaseCourse, course_table
from threatsim.market.law.sample_odds import sample_odds

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Terms:
    """The numbers of a law that decide what a case costs.

    Attributes:
        course: when cases are opened, and how they end.
        sample: claims of the sample on which a case rests; 0 where it rests on the audits' findings.
        tolerated: error rate of the sample above which it accuses.
        lookback: weeks of claims that the sample, the overpayment and the penalties reach back.
        extrapolate: whether the sample's rate is recouped on all claims of the look-back.
        offsets, extrapolated, penalties: shares of what is due that are collected: for audit findings, for the
            overpayment of a case, for damages, settlements and fines.
        settled: share of cases that are settled.
        multiple: what a settlement pays, as a multiple of the overpayment, which it includes.
        damages: what a judgment pays, likewise.
        per_claim: penalty of a judgment for each false claim that was submitted, as far as they are proven (USD).
        liability: the most that a case takes, in weeks of the provider's honest income.
    """

    course: CaseCourse
    sample: int
    tolerated: float
    lookback: int
    extrapolate: bool
    offsets: float
    extrapolated: float
    penalties: float
    settled: float
    multiple: float
    damages: float
    per_claim: float
    liability: float


class Billing(NamedTuple):
    """How N providers bill to the payers under a law, or have billed: claims a week, or within the look-back.

    Attributes:
        paid: (N,) claims paid with the finding.
        wrong: (N,) claims among them that an audit would find unsupported, after appeals.
        submitted: (N,) claims submitted with the finding.
    """

    paid: Floats
    wrong: Floats
    submitted: Floats


class Exposure(NamedTuple):
    """What N providers are exposed to under one law.

    Attributes:
        state: (N,) where each stands (`CourseTable.state_of`).
        findings: (N,) findings a week that count toward a case.
        recouped: (N,) findings a week among them for which a fee is paid back.
        billing: claims a week.
        past: claims within the look-back, of before now.
        worth: (N,) what a claim paid with the finding brings beyond the true fee (USD).
        income: (N,) honest income a week (USD).
    """

    state: NDArray[np.int64]
    findings: Floats
    recouped: Floats
    billing: Billing
    past: Billing
    worth: Floats
    income: Floats


class Toll(NamedTuple):
    """What is expected of a law over the horizon: (N,) USD that cases take, and weeks for which one is barred."""

    taken: Floats
    barred: Floats


def expected_toll(terms: Terms, exposure: Exposure) -> Toll:
    """Return what cases are expected to take, and for how long a practice is expected to be barred.

    Cases are those that claims of the horizon lead to, whenever they end. In each part of the horizon all cases are
    taken to open at their mean week; a case's overpayment, given that it accuses, is taken to be its mean. Claims of
    before now leave the look-back evenly. Recoupment for single findings is not part of it.

    Args:
        terms: the law.
        exposure: the providers.
    """
    course = terms.course
    table = course_table(course)
    mean = exposure.findings * course.horizon
    if not terms.sample:
        figures = table.at(exposure.state, mean, np.ones(mean.size))
        return _on_findings(terms, exposure, figures)
    figures = table.at(exposure.state, mean, np.full(mean.size, 0.5))
    cases, weeks = figures[:, CASES].sum(axis=1), figures[:, WEEKS].sum(axis=1)
    accuses = _Sampled(terms, exposure, _mean_week(weeks, cases)).accuses
    figures = table.at(exposure.state, mean, accuses)
    taken = np.zeros(mean.size)
    for part in range(PARTS):
        cases, weeks = figures[:, CASES][:, part], figures[:, WEEKS][:, part]
        sampled = _Sampled(terms, exposure, _mean_week(weeks, cases))
        taken += cases * sampled.accuses * sampled.payment()
    return Toll(taken, figures[:, BARRED])


def _mean_week(weeks: Floats, cases: Floats) -> Floats:
    return np.divide(weeks, cases, out=np.ones_like(cases), where=cases > 0)


def _on_findings(terms: Terms, exposure: Exposure, figures: Floats) -> Toll:
    """What cases that rest on the findings alone take."""
    cases = figures[:, CASES].sum(axis=1)
    charged = figures[:, CHARGED] / np.maximum(cases, 1e-300)  # findings a case
    paid = np.divide(exposure.recouped, exposure.findings, out=np.zeros_like(charged), where=exposure.findings > 0)
    overpaid = charged * paid * exposure.worth
    taken = cases * _payment(terms, exposure.income, overpaid, overpaid * terms.offsets, charged)
    return Toll(taken, figures[:, BARRED])


class _Sampled:
    """A case that opens after so many weeks (N,) of billing: what its sample is drawn from, and what it shows.

    Attributes:
        accuses: (N,) chance that it accuses.
    """

    def __init__(self, terms: Terms, exposure: Exposure, weeks: Floats) -> None:
        self.terms, self.exposure = terms, exposure
        seen = weeks + terms.course.audit_lag
        self.ahead = np.minimum(np.minimum(seen, terms.course.horizon), terms.lookback)  # weeks of the billing to come
        self.kept = np.maximum(1 - seen / terms.lookback, 0.0)  # share of the claims of before now
        billing, past = exposure.billing, exposure.past
        self.claims = billing.paid * self.ahead + past.paid * self.kept
        wrong = billing.wrong * self.ahead + past.wrong * self.kept
        self.rate = np.minimum(np.divide(wrong, self.claims, out=np.zeros_like(wrong), where=self.claims > 0), 1.0)
        self.size = np.minimum(self.claims, terms.sample).astype(np.int64)
        self.accuses, self._proven = sample_odds(terms.sample, terms.tolerated).at(self.size, self.rate)

    def payment(self) -> Floats:
        """Return (N,) USD that the provider pays, given that it is accused."""
        terms, exposure, past = self.terms, self.exposure, self.exposure.past
        limit = np.divide(self._proven, self.accuses, out=np.zeros_like(self.rate), where=self.accuses > 0)
        overpaid = limit * self.claims * exposure.worth
        repaid = exposure.recouped * self.ahead * exposure.worth * terms.offsets
        if not terms.extrapolate:
            overpaid = self.rate * self.size * exposure.worth
        submitted = exposure.billing.submitted * self.ahead + past.submitted * self.kept
        return _payment(terms, exposure.income, overpaid, repaid, limit * submitted)


def _payment(terms: Terms, income: Floats, overpaid: Floats, repaid: Floats, false: Floats) -> Floats:
    """Return (N,) USD that a case takes: of the overpayment, then of damages and penalties, less what was repaid.

    Args:
        terms: the law.
        income: (N,) honest income a week (USD).
        overpaid: (N,) what was paid beyond the true fees (USD).
        repaid: (N,) what of it has been recouped already (USD).
        false: (N,) false claims proven.
    """
    first = terms.extrapolated * np.maximum(overpaid - repaid, 0.0)
    credited = repaid + first
    most = terms.liability * income
    taken = np.zeros_like(overpaid)
    for share, due in (
        (terms.settled, terms.multiple * overpaid),
        (1 - terms.settled, terms.damages * overpaid + terms.per_claim * false),
    ):
        if share > 0:
            taken += share * np.minimum(first + terms.penalties * np.maximum(due - credited, 0.0), most)
    return taken
