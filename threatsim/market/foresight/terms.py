"""A law in the numbers that decide what it is expected to take."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from threatsim.market.conventions import WEEKS_PER_YEAR
from threatsim.market.foresight.case_course import CaseCourse
from threatsim.scenario.schema import Law, Payer, Scenario
from threatsim.scenario.sections.law import IntegrityAgreement


@dataclass(frozen=True)
class Terms:
    """What a law does, as providers know it; payers under one law count by their shares of the claims.

    Attributes:
        course: when cases are opened, and how they end; with the tips on fraud, and on honesty.
        unsupported: chance that a review finds a false claim unsupported, after appeals.
        wronged: chance that it finds a supported one so.
        extrapolate: whether the sample's rate is recouped on all claims of the look-back.
        offsets, extrapolated, penalties: shares of what is due that are collected: for audit findings, for the
            overpayment of a case, for damages, settlements and fines.
        settled: share of cases that are settled.
        multiple: what a settlement pays, as a multiple of the overpayment, which it includes.
        damages: what a judgment pays, likewise.
        per_claim: penalty of a judgment for each false claim that was submitted, as far as they are proven (USD).
        suspension: share of payments that is held back from the accusation on, of which what is due is taken in full.
        liability: the most that a case takes, in weeks of the provider's honest income.
        borne: the part of the allowed amount that the payers bear: what damages are of, and what can be held back.
    """

    course: CaseCourse
    unsupported: float
    wronged: float
    extrapolate: bool
    offsets: float
    extrapolated: float
    penalties: float
    settled: float
    multiple: float
    damages: float
    per_claim: float
    suspension: float
    liability: float
    borne: float = 1.0


def laws_in_force(scenario: Scenario) -> list[tuple[Law, list[int]]]:
    """Return the laws that payers are under, the scenario's own first, each with the numbers of its payers."""
    laws = [scenario.law, *scenario.other_laws.values()]
    under = [[place for place, payer in enumerate(scenario.payers) if scenario.law_of(payer) is law] for law in laws]
    return [(law, payers) for law, payers in zip(laws, under, strict=True) if payers]


def terms_of(law: Law, payers: Sequence[Payer], horizon: int) -> Terms:
    """Return the terms of a law under which some payers are.

    Args:
        law: the scenario's.
        payers: those under it.
        horizon: weeks ahead that providers weigh.
    """
    probe, agreement, settlement, tips = law.probe, law.integrity_agreement, law.settlement, law.tips
    damages, per_claim = law.statute
    course = CaseCourse(
        horizon=horizon,
        findings=law.findings_to_act,
        sample=probe.claims if probe else 0,
        tolerated=float(probe.tolerated_rate) if probe else 0.0,
        lookback=law.lookback or horizon,
        audit_lag=round(_mean([math.ceil(float(payer.audit.lag)) for payer in payers], payers)),
        probe_lag=math.ceil(float(probe.lag)) if probe else 0,
        resolution_lag=math.ceil(float(law.resolution_lag)),
        bars=min(law.bar, 1.0),
        audits=_audits_under(agreement, payers) if agreement else 1.0,
        tips=(float(tips.fraud) / WEEKS_PER_YEAR, float(tips.honest) / WEEKS_PER_YEAR)
        if tips and probe
        else (0.0, 0.0),
    )
    appeals = law.appeals
    filed = float(appeals.filed) if appeals else 0.0
    upheld = 1 - filed * float(appeals.overturned_unsupported) if appeals else 1.0
    upheld_wrongly = 1 - filed * float(appeals.overturned_supported) if appeals else 1.0
    return Terms(
        course=course,
        unsupported=upheld * _mean([float(payer.audit.sensitivity) for payer in payers], payers),
        wronged=upheld_wrongly * _mean([1 - float(payer.audit.specificity) for payer in payers], payers),
        extrapolate=law.extrapolate,
        offsets=float(law.collected.offsets),
        extrapolated=float(law.collected.extrapolated),
        penalties=float(law.collected.penalties),
        settled=float(settlement.share) if settlement else 0.0,
        multiple=float(settlement.multiple) if settlement else 1.0,
        damages=damages,
        per_claim=per_claim,
        suspension=float(law.suspension),
        liability=math.inf if law.liability is None else float(law.liability) * WEEKS_PER_YEAR,
        borne=_mean([float(payer.share_of_allowed) for payer in payers], payers),
    )


def _audits_under(agreement: IntegrityAgreement, payers: Sequence[Payer]) -> float:
    """Return what an integrity agreement multiplies all audits by, of which it multiplies those at random."""
    random = _mean([float(payer.audit.random) for payer in payers], payers)
    others = _mean([float(payer.audit.targeted) + float(payer.audit.network) for payer in payers], payers)
    return 1 + (float(agreement.audits) - 1) * random / (random + others) if random > 0 else 1.0


def _mean(values: Sequence[float], payers: Sequence[Payer]) -> float:
    """Return the mean over payers by their shares of the claims."""
    shares = [float(payer.share) for payer in payers]
    total = sum(shares)
    if total <= 0:
        return sum(values) / len(values)
    return sum(value * share for value, share in zip(values, shares, strict=True)) / total
