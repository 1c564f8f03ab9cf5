"""Figures of detection and of accusations. Each takes the sums of a run, and the number of a tactic or None."""

from __future__ import annotations

import math
from collections.abc import Iterator

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
    """Return the Kaplan-Meier median of the weeks from the first false claim to the accusation."""
    return kaplan_meier_median(*_until_accused(sums, tactic))


def weeks_undetected(sums: Sums, tactic: int | None) -> float:
    """Return the restricted mean of those weeks, of the first 52 or as many as the record has."""
    return restricted_mean(*_until_accused(sums, tactic), horizon=min(WEEKS_PER_YEAR, sums.weeks))


def _until_accused(sums: Sums, tactic: int | None) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64]]:
    """Return weeks from the first false claim to the accusation or the end, whether accused, and from when it is seen.

    Providers accused before their first false claim or before the record are left out. Those whose first false claim
    lies before the record are at risk from its first week on (left truncation).
    """
    tenures = sums.tenures
    first = np.where(tenures.fraudster, sums.first_week, NO_WEEK) if tactic is None else tenures.first_week[tactic]
    accused_week = tenures.accused_week
    accused = accused_week != NO_WEEK
    at_risk = (first != NO_WEEK) & ~(accused & (accused_week < np.maximum(first, 0)))
    end = np.where(accused, accused_week, sums.weeks - 1)
    seen_from = np.maximum(-first, 0)
    return (end - first)[at_risk], accused[at_risk], seen_from[at_risk]


def false_accusations(sums: Sums, tactic: None) -> Ratio:
    """Accusations of providers who never billed falsely, per 100 of their provider-years."""
    return ratio(np.count_nonzero(sums.tenures.accused & ~sums.tenures.fraudster), sums.honest_years / 100)


def kaplan_meier(
    durations: NDArray[np.int64], events: NDArray[np.bool_], seen_from: NDArray[np.int64] | None = None
) -> Iterator[tuple[int, float]]:
    """Yield the times of events, rising, each with the Kaplan-Meier survival from then on.

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
        yield int(time), surviving


def kaplan_meier_median(
    durations: NDArray[np.int64], events: NDArray[np.bool_], seen_from: NDArray[np.int64] | None = None
) -> float:
    """Return the least time at which the Kaplan-Meier survival is at most one half; NaN if it stays above."""
    for time, surviving in kaplan_meier(durations, events, seen_from):
        if surviving <= 0.5 + 1e-12:
            return float(time)
    return math.nan


def restricted_mean(
    durations: NDArray[np.int64],
    events: NDArray[np.bool_],
    seen_from: NDArray[np.int64] | None = None,
    *,
    horizon: int,
) -> float:
    """Return the area below the Kaplan-Meier curve up to a horizon; NaN of nobody.

    It is the mean time without the event, of the first so many, and defined where the median is not reached (Royston
    and Parmar 2013, doi 10.1186/1471-2288-13-152). Where nobody is observed that long, the curve goes on as it was.
    """
    if not len(durations):
        return math.nan
    area, last, survival = 0.0, 0, 1.0
    for time, surviving in kaplan_meier(durations, events, seen_from):
        if time >= horizon:
            break
        area += survival * (time - last)
        last, survival = time, surviving
    return area + survival * (horizon - last)
