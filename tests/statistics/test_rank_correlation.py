"""Spearman's rank correlation and its interval."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from threatsim.statistics.drivers.rank_correlation import rank_correlation, ranks


def test_value_is_that_of_scipy_with_ties_too() -> None:
    rng = np.random.default_rng(3)
    x = rng.integers(0, 12, 60).astype(float)
    y = x + rng.normal(0, 6, 60)
    assert ranks(x) == pytest.approx(stats.rankdata(x))
    assert rank_correlation(x, y).value == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)


@pytest.mark.parametrize("truth", [0.0, 0.5, 0.85])
def test_interval_holds_the_truth_as_often_as_it_says(truth: float) -> None:
    rng = np.random.default_rng(9)
    pearson = 2 * math.sin(math.pi * truth / 6)  # of a normal pair whose rank correlation is `truth`
    held = []
    for _ in range(500):
        x = rng.normal(size=100)
        y = pearson * x + math.sqrt(1 - pearson**2) * rng.normal(size=100)
        found = rank_correlation(x, y)
        assert found.low is not None
        assert found.high is not None
        held.append(found.low <= truth <= found.high)
    assert np.mean(held) == pytest.approx(0.95, abs=0.03)


def test_what_is_undefined_is_left_out_and_too_little_says_nothing() -> None:
    x = np.arange(12.0)
    y = x**3
    y[3] = math.nan
    assert (rank_correlation(x, y).value, rank_correlation(x, y).n) == (1.0, 11)
    assert rank_correlation(x, -y).value == -1.0
    assert rank_correlation(x[:9], y[:9]).value is None
    assert rank_correlation(x, np.ones(12)).value is None
