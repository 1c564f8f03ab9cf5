"""Figures that count claims and who bills them. Each takes the sums of a run, and the number of a tactic or None."""

from __future__ import annotations

import numpy as np

from threatsim.market.measures.sums import Ratio, Sums, ratio


def paid_rate(sums: Sums, tactic: int | None) -> Ratio:
    """Return the share of false claims that are paid."""
    if tactic is None:
        return ratio(sums.paid.sum(), sums.false.sum(), clusters=sums.fraud_years)
    return ratio(sums.paid[tactic], sums.false[tactic], clusters=sums.tactic_years[tactic])


def stopped_rate(sums: Sums, tactic: int | None) -> Ratio:
    """Return the share of false claims that are not paid."""
    paid = paid_rate(sums, tactic)
    return Ratio(paid.whole - paid.part, paid.whole, paid.clusters)


def claims(sums: Sums, tactic: int | None) -> float:
    """Return false claims a year, of all tactics or of one."""
    return float(sums.false.sum() if tactic is None else sums.false[tactic]) / sums.years


def fraud_share(sums: Sums, tactic: None) -> Ratio:
    """Return the share of cases without the finding that are knowingly billed with it."""
    without = sums.run_counts.cases - sums.run_counts.true_cases
    return ratio(sums.false.sum(), without, clusters=sums.provider_years)


def fraud_providers(sums: Sums, tactic: None) -> Ratio:
    """Return the share of providers who knowingly bill falsely at least once."""
    billed_falsely = sums.tenures.billed_falsely
    return ratio(np.count_nonzero(billed_falsely), len(billed_falsely))


def honest_denied(sums: Sums, tactic: None) -> Ratio:
    """Return the share of true claims that are not paid."""
    return ratio(sums.run_counts.true_denied, sums.run_counts.true_billed, clusters=sums.provider_years)


def accepted_rate(sums: Sums, tactic: None) -> Ratio:
    """Return the share of all cases that are paid with the finding."""
    return ratio(sums.run_counts.accepted, sums.run_counts.cases, clusters=sums.provider_years)


def true_rate(sums: Sums, tactic: None) -> Ratio:
    """Return the share of all cases that truly have the finding."""
    return ratio(sums.run_counts.true_cases, sums.run_counts.cases, clusters=sums.provider_years)
