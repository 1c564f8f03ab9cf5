"""Figures against worked examples."""

from __future__ import annotations

import math

import numpy as np
import pytest

from threatsim.market.measures.detection import kaplan_meier_median

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
