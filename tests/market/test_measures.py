"""Figures against worked examples."""

from __future__ import annotations

import math

import numpy as np
import pytest

from threatsim.experiment.doctor.probe_scenario import PROBE_CONTROLS, probe_scenario
from threatsim.market.conventions import NO_WEEK
from threatsim.market.exact_tables import exact_tables
from threatsim.market.measures.detection import accused_share, kaplan_meier_median
from threatsim.market.measures.sums import Sums
from threatsim.market.model import Market

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


def test_who_is_accused_within_a_year_is_counted_provider_by_provider() -> None:
    scenario = probe_scenario("logit")
    market = Market(scenario, exact_tables(scenario, controls=PROBE_CONTROLS), arm="a", replicate=0, seed=3)
    market.run()
    sums = Sums.of(market)
    billing = accused = 0
    for row in range(len(sums.tenures.accused_week)):
        first, week = int(sums.first_week[row]), int(sums.tenures.accused_week[row])
        if not sums.tenures.fraudster[row] or first >= min(52, sums.weeks):
            continue
        if week != NO_WEEK and week < max(first, 0):
            continue  # accused before its first false claim, or before the record
        billing += 1
        accused += week != NO_WEEK and week < min(52, sums.weeks)
    found = accused_share(sums, None)
    assert billing > 0
    assert (found.part, found.whole) == (accused, billing)
