"""Intervals that hold the chance of the test set as well as the market's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from threatsim.statistics.over_replicates import (
    mean_interval,
    paired_mean_difference,
    resampled_mean_interval,
    welch_mean_difference,
)


def replicates(runs: int, pairs: int, cases: float, luck: float, seed: int = 1) -> np.ndarray:
    """(runs, 2 x pairs) figures around a truth of 0: a test set a run, luck a pair, a resample a replicate."""
    generator = np.random.default_rng(seed)
    test_set = generator.normal(0, cases, (runs, 1, 1))
    chance = generator.normal(0, luck, (runs, pairs, 1))
    resample = generator.normal(0, cases, (runs, pairs, 2))
    return (test_set + chance + resample).reshape(runs, -1)


@pytest.mark.parametrize("pairs", [10, 40])
@pytest.mark.parametrize(("cases", "luck"), [(1.0, 1.0), (1.0, 0.0), (0.5, 2.0), (0.2, 2.0), (0.0, 1.0)])
def test_intervals_cover_the_value_of_the_population(cases: float, luck: float, pairs: int) -> None:
    figures = replicates(2000, pairs, cases, luck)
    ends = [resampled_mean_interval(run) for run in figures]
    covered = np.mean([end.low <= 0 <= end.high for end in ends if end.low is not None and end.high is not None])
    assert 0.93 < covered < 0.97
    if cases >= luck:
        plain = [mean_interval(run) for run in figures]
        too_few = np.mean([end.low <= 0 <= end.high for end in plain if end.low is not None and end.high is not None])
        assert too_few < 0.6


def test_the_mean_is_the_mean_and_n_the_replicates() -> None:
    values = np.array([1.0, 2.0, 4.0, 3.0, 8.0, 9.0, 5.0])
    found = resampled_mean_interval(values)
    assert found.value == pytest.approx(values.mean())
    assert found.n == 7


def test_with_too_few_pairs_it_is_students_interval() -> None:
    few = np.array([1.0, 1.1, 3.0])
    assert resampled_mean_interval(few) == mean_interval(few)


def test_without_any_chance_the_interval_is_a_point() -> None:
    found = resampled_mean_interval(np.full(8, 2.5))
    assert (found.low, found.value, found.high) == (2.5, 2.5, 2.5)


def test_by_hand() -> None:
    values = np.array([1.0, 3.0, 2.0, 4.0, 3.0, 5.0])  # means 2, 3, 4; differences of 2, so a test set's variance of 2
    found = resampled_mean_interval(values)
    luck, cases = 1 / 3, 2.0
    freedom = (luck + cases) ** 2 / (luck**2 / 2 + cases**2 / 3)
    half = stats.t.ppf(0.975, freedom) * np.sqrt(luck + cases)
    assert found.low == pytest.approx(3 - half)
    assert found.high == pytest.approx(3 + half)


def test_undefined_replicates_leave_their_pair_out_and_not_the_mean() -> None:
    whole = np.array([1.0, 3.0, 2.0, 4.0, 3.0, 5.0])
    holed = np.array([1.0, 3.0, 9.0, np.nan, 2.0, 4.0, 3.0, 5.0])
    found, without = resampled_mean_interval(holed), resampled_mean_interval(whole)
    assert found.n == 7
    assert found.value == pytest.approx(np.nanmean(holed))
    assert found.high - found.value == pytest.approx(without.high - without.value)


def test_differences_hold_the_test_set_too() -> None:
    figures = replicates(1, 10, 1.0, 0.1)
    base = np.zeros(20)
    assert paired_mean_difference(base, figures[0], resampled=True) == resampled_mean_interval(figures[0])
    apart = welch_mean_difference(base, figures[0], resampled=True)
    alone = resampled_mean_interval(figures[0])
    assert (apart.low, apart.high) == pytest.approx((alone.low, alone.high))
