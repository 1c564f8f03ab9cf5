"""What a law is expected to take from a provider over the weeks ahead, given how it bills."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from threatsim.market.foresight.case_course import ACCUSED, BARRED, BEHIND, CHARGED, PARTS, CaseCourse, course_table
from threatsim.market.foresight.sample_odds import sample_odds
from threatsim.market.foresight.terms import Terms

Floats = NDArray[np.float64]


class BilledClaims(NamedTuple):
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
        state: (N,) where each stands (`CaseCourse.state_of`).
        findings: (N,) findings a week that count toward a case.
        recouped: (N,) findings a week among them for which a fee is paid back.
        billing: claims a week.
        past: claims within the look-back, of before now.
        worth: (N,) what a claim paid with the finding brings beyond the true fee (USD).
        income: (N,) honest income a week, from all payers (USD).
        fees: (N,) what is paid a week on claims to the payers under the law (USD).
    """

    state: NDArray[np.int64]
    findings: Floats
    recouped: Floats
    billing: BilledClaims
    past: BilledClaims
    worth: Floats
    income: Floats
    fees: Floats


class Toll(NamedTuple):
    """What is expected of a law over the horizon: (N,) USD that cases take, and weeks for which one is barred."""

    taken: Floats
    barred: Floats


def expected_toll(terms: Terms, exposure: Exposure) -> Toll:
    """Return what cases are expected to take, and for how long a practice is expected to be barred.

    Cases are those that claims of the horizon lead to, whenever they end. In each part of the horizon all cases are
    taken to reach back to as many weeks as they do on average, and a case's overpayment, given that it accuses, is
    taken to be its mean. Recoupment for single findings is not part of it.

    Args:
        terms: the law.
        exposure: the providers.
    """
    course = terms.course
    rate, past_rate = _rates(course, exposure)
    figures = course_table(course).at(exposure.state, exposure.findings * course.horizon, rate, past_rate)
    if not course.sample:
        return Toll(_taken_on_findings(terms, exposure, figures), figures[:, BARRED])
    taken = np.zeros_like(rate)
    for part in range(PARTS):
        accused = figures[:, ACCUSED][:, part]
        behind = np.clip(_ratio(figures[:, BEHIND][:, part], accused), 0.0, course.lookback)
        taken += accused * _payment_on_sample(terms, exposure, behind)
    return Toll(taken, figures[:, BARRED])


def _rates(course: CaseCourse, exposure: Exposure) -> tuple[Floats, Floats]:
    """Return (N,) the error rate of the claims to come, and that of before which dilutes it as the claims of before do.

    The table mixes the two by weeks, as if as many claims had been paid in each week of before. Here the latter rate is
    set so that the mixture is right in the week about which an accusation is to be expected: when findings are enough,
    and the sample's rate is the tolerated one.
    """
    billing, past = exposure.billing, exposure.past
    rate, before = _ratio(billing.wrong, billing.paid), _ratio(past.wrong, past.paid)
    if not course.sample:
        return rate, before
    lookback = course.lookback
    needed = np.minimum(exposure.state % course.states + 1, course.stages) * course.stage
    weeks = course.audit_lag + needed / np.maximum(exposure.findings, 1e-9)
    short, over = past.paid * (course.tolerated - before), billing.paid * lookback * (rate - course.tolerated)
    tolerated = np.where((short > 0) & (over > 0), _ratio(short, short + over), 0.5)
    share = np.clip(np.maximum(weeks / lookback, tolerated), 1 / lookback, min(course.horizon / lookback, 0.95))
    wrong = billing.wrong * lookback * share + past.wrong * (1 - share)
    mixed = _ratio(wrong, billing.paid * lookback * share + past.paid * (1 - share))
    return rate, np.clip((mixed - share * rate) / (1 - share), 0.0, 1.0)


def _ratio(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _taken_on_findings(terms: Terms, exposure: Exposure, figures: Floats) -> Floats:
    """Return (N,) USD that cases take which rest on the findings alone."""
    cases = figures[:, ACCUSED].sum(axis=1)
    charged = _ratio(figures[:, CHARGED], cases)  # findings a case
    overpaid = charged * _ratio(exposure.recouped, exposure.findings) * exposure.worth
    taken: Floats = cases * _payment(terms, exposure, overpaid, overpaid * terms.offsets, charged)
    return taken


def _payment_on_sample(terms: Terms, exposure: Exposure, behind: Floats) -> Floats:
    """Return (N,) USD that an accusation on a sample takes which reaches back to so many weeks (N,) from now on."""
    course, billing, past = terms.course, exposure.billing, exposure.past
    kept = 1 - behind / course.lookback
    claims = billing.paid * behind + past.paid * kept
    rate = np.minimum(_ratio(billing.wrong * behind + past.wrong * kept, claims), 1.0)
    size = np.minimum(claims, course.sample).astype(np.int64)
    accuses, proven = sample_odds(course.sample, course.tolerated).at(size, rate)
    limit = _ratio(proven, accuses)
    overpaid = (limit * claims if terms.extrapolate else rate * size) * exposure.worth
    repaid = exposure.recouped * behind * exposure.worth * terms.offsets
    false = limit * (billing.submitted * behind + past.submitted * kept)
    return _payment(terms, exposure, overpaid, repaid, false)


def _payment(terms: Terms, exposure: Exposure, overpaid: Floats, repaid: Floats, false: Floats) -> Floats:
    """Return (N,) USD that a case takes: of the overpayment, then of damages and penalties, less what was repaid.

    Args:
        terms: the law.
        exposure: the providers.
        overpaid: (N,) what was paid beyond the true fees (USD).
        repaid: (N,) what of it has been recouped already (USD).
        false: (N,) false claims proven.
    """
    first = terms.extrapolated * np.maximum(overpaid - repaid, 0.0)
    credited, borne = terms.borne * (repaid + first), terms.borne * overpaid
    most = terms.liability * np.maximum(exposure.income, 0.0) if terms.liability < np.inf else np.inf
    held = terms.suspension * terms.course.resolution_lag * terms.borne * exposure.fees
    taken = np.zeros_like(overpaid)
    for share, due in (
        (terms.settled, terms.multiple * borne),
        (1 - terms.settled, terms.damages * borne + terms.per_claim * false),
    ):
        if share > 0:
            due = np.maximum(due - credited, 0.0)
            secured = np.minimum(due, held)
            taken += share * np.minimum(first + secured + terms.penalties * (due - secured), most)
    return taken
