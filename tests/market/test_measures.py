"""Figures against worked examples."""

from __future__ import annotations

import math

import numpy as np
import pytest

from threatsim.market.measures.detection import kaplan_meier_median, restricted_mean

# Freireich et al., Blood 21:699 (1963): weeks of remission in leukaemia, as tabulated in survival textbooks.
MERCAPTOPURINE = [6, 6, 6, 7, 10, 13, 16, 22, 23]
STILL_IN_REMISSION = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


@pytest.mark.parametrize(
    ("events", "censored", "median"),
    [
        (MERCAPTOPURINE, STILL_IN_REMISSION, 23),
        (PLACEBO, [], 8),
        ([5, 10], [], 5),  # survival is exactly one half at 5
        ([5], [1, 1, 1], 5),  # those who left before are no longer at risk
        ([5], [5], 5),  # who is censored at 5 is still at risk at 5
        ([0, 0, 4], [], 0),
        ([5], [6, 7], math.nan),
        ([], [3, 4], math.nan),
        ([], [], math.nan),
    ],
)
def test_kaplan_meier_median(events: list[int], censored: list[int], median: float) -> None:
    durations = np.array(events + censored, np.int64)
    seen = np.array([True] * len(events) + [False] * len(censored), bool)
    assert kaplan_meier_median(durations, seen) == pytest.approx(median, nan_ok=True)


@pytest.mark.parametrize(
    ("durations", "events", "horizon", "mean"),
    [
        ([5, 10], [True, True], 52, 7.5),  # all observed: the mean
        ([5, 60], [True, True], 52, 28.5),  # cut at the horizon
        ([5, 30, 60], [True, False, False], 52, 5 + 47 * 2 / 3),
        ([3, 4], [False, False], 52, 52),  # nobody is accused: the curve goes on as it was
        ([0, 52], [True, True], 52, 26),
        ([], [], 52, math.nan),
    ],
)
def test_restricted_mean_is_the_area_below_the_curve(
    durations: list[int], events: list[bool], horizon: int, mean: float
) -> None:
    found = restricted_mean(np.array(durations, np.int64), np.array(events, bool), horizon=horizon)
    assert found == pytest.approx(mean, nan_ok=True)


def test_restricted_mean_of_remission_by_hand() -> None:
    """Survival 1, .857 from 6, .807 from 7, .753 from 10, .690 from 13, .627 from 16 weeks on (Freireich et al.)."""
    durations = np.array(MERCAPTOPURINE + STILL_IN_REMISSION, np.int64)
    events = np.array([True] * len(MERCAPTOPURINE) + [False] * len(STILL_IN_REMISSION), bool)
    expected = 6 + 18 / 21 + 3 * 0.806723 + 3 * 0.752941 + 3 * 0.690196 + 4 * 0.627451
    assert restricted_mean(durations, events, horizon=20) == pytest.approx(expected, abs=1e-4)


def test_who_is_seen_late_is_not_at_risk_before() -> None:
    """Two of four are accused in week 4; two whose first false claim lies before the record are seen from week 8 on."""
    durations, events = np.array([4, 10, 12, 12]), np.array([True, False, False, True])
    late = restricted_mean(durations, events, np.array([0, 0, 8, 8]), horizon=20)
    assert late == pytest.approx(4 + 8 * 0.5 + 8 * 0.5 * 0.5)
