"""Figures of detection and of accusations. Each takes the sums of a run, and the number of a tactic or None."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from threatsim.market.conventions import NO_WEEK, WEEKS_PER_YEAR
from threatsim.market.measures.sums import Ratio, Sums, ratio


def detection_rate(sums: Sums, tactic: int | None) -> Ratio:
    """Return the share of mature false claims that lead to a finding."""
    found, mature = sums.run_counts.mature_found, sums.run_counts.mature
    if tactic is None:
        return ratio(found.sum(), mature.sum(), clusters=sums.fraud_years)
    return ratio(found[tactic], mature[tactic], clusters=sums.tactic_years[tactic])


def found_rate(sums: Sums, tactic: int | None) -> Ratio:
    """Return the share of mature false claims that were paid which audits find."""
    found, paid = sums.run_counts.mature_paid_found, sums.run_counts.mature_paid
    if tactic is None:
        return ratio(found.sum(), paid.sum(), clusters=sums.fraud_years)
    return ratio(found[tactic], paid[tactic], clusters=sums.tactic_years[tactic])


def innocent_share(sums: Sums, tactic: None) -> Ratio:
    """Return the share of accusations that are of providers who had not billed falsely until then."""
    return ratio(sums.accused_honest, sums.accused)


def weeks_to_detection(sums: Sums, tactic: int | None) -> float:
    """Return the Kaplan-Meier median of the weeks from the first false claim to the accusation.

    Those whose first false claim lies before the record are at risk from its first week on (left truncation).
    """
    first, accused_week = _billing_falsely(sums, tactic)
    accused = accused_week != NO_WEEK
    end = np.where(accused, accused_week, sums.weeks - 1)
    return kaplan_meier_median(end - first, accused, np.maximum(-first, 0))


def accused_share(sums: Sums, tactic: int | None) -> Ratio:
    """Return the share of those who bill falsely by the record's week 52, or its end, that are accused by then."""
    horizon = min(WEEKS_PER_YEAR, sums.weeks)
    first, accused_week = _billing_falsely(sums, tactic)
    begun = first < horizon
    accused = begun & (accused_week != NO_WEEK) & (accused_week < horizon)
    return ratio(np.count_nonzero(accused), np.count_nonzero(begun))


def _billing_falsely(sums: Sums, tactic: int | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the weeks of the first false claim and of the accusation, of those who bill falsely, by a tactic or any.

    Providers accused before their first false claim or before the record are left out.
    """
    tenures = sums.tenures
    first = np.where(tenures.fraudster, sums.first_week, NO_WEEK) if tactic is None else tenures.first_week[tactic]
    accused_week = tenures.accused_week
    before = (accused_week != NO_WEEK) & (accused_week < np.maximum(first, 0))
    some = (first != NO_WEEK) & ~before
    return first[some], accused_week[some]


def false_accusations(sums: Sums, tactic: None) -> Ratio:
    """Accusations of providers who never billed falsely, per 100 of their provider-years."""
    return ratio(np.count_nonzero(sums.tenures.accused & ~sums.tenures.fraudster), sums.honest_years / 100)


def kaplan_meier_median(
    durations: NDArray[np.int64], events: NDArray[np.bool_], seen_from: NDArray[np.int64] | None = None
) -> float:
    """Return the least time at which the Kaplan-Meier survival is at most one half; NaN if it stays above.

    Args:
        durations: (N,) time to the event, or to the end of observation.
        events: (N,) whether the event was observed.
        seen_from: (N,) time from which it could have been; absent, from 0.
    """
    surviving = 1.0
    start = np.zeros_like(durations) if seen_from is None else seen_from
    for time in np.unique(durations[events]):
        at_risk = np.count_nonzero((durations >= time) & (start <= time))
        surviving *= 1 - np.count_nonzero(events & (durations == time)) / at_risk
        if surviving <= 0.5 + 1e-12:
            return float(time)
    return math.nan
