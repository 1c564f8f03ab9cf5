"""Intervals that hold the chance of the test set as well as the market's."""

from __future__ import annotations

import numpy as np
import pytest

from threatsim.statistics.over_replicates import (
    mean_interval,
    paired_mean_difference,
    resampled_mean_interval,
    welch_mean_difference,
)


def replicates(runs: int, pairs: int, between: float, within: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """(runs, 2 x pairs) figures around a truth of 0: a test set a run, a resample a pair, chance a replicate."""
    generator = np.random.default_rng(seed)
    test_set = generator.normal(0, between, (runs, 1, 1))
    resample = generator.normal(0, between, (runs, pairs, 1))
    chance = generator.normal(0, within, (runs, pairs, 2))
    return (test_set + resample + chance).reshape(runs, -1), test_set.ravel()


@pytest.mark.parametrize(("between", "within"), [(1.0, 1.0), (1.0, 0.1), (0.5, 2.0), (0.0, 1.0)])
def test_intervals_cover_the_value_of_the_population(between: float, within: float) -> None:
    figures, _ = replicates(1000, 10, between, within)
    ends = [resampled_mean_interval(run) for run in figures]
    covered = np.mean([end.low <= 0 <= end.high for end in ends if end.low is not None and end.high is not None])
    assert 0.91 < covered < 0.985  # least where the test set's part is small beside the market's, and so often unseen
    if between >= 1:
        plain = [mean_interval(run) for run in figures]
        too_few = np.mean([end.low <= 0 <= end.high for end in plain if end.low is not None and end.high is not None])
        assert too_few < 0.6


def test_the_mean_is_the_mean_and_n_the_replicates() -> None:
    values = np.array([1.0, 2.0, 4.0, 3.0, 8.0, 9.0, 5.0])
    found = resampled_mean_interval(values)
    assert found.value == pytest.approx(values.mean())
    assert found.n == 7


def test_without_variance_between_resamples_it_is_students_interval() -> None:
    values = np.array([1.0, 3.0, 3.0, 1.0, 1.0, 3.0, 3.0, 1.0])
    assert resampled_mean_interval(values) == mean_interval(values)
    few = np.array([1.0, 1.1, 3.0, 3.1])
    assert resampled_mean_interval(few) == mean_interval(few)


def test_by_hand() -> None:
    values = np.array([1.0, 1.0, 2.0, 2.0, 3.0, 3.0])  # no chance within pairs: s_B is the variance of 1, 2, 3
    found = resampled_mean_interval(values)
    half = 4.302652729911275 * np.sqrt(1 * (1 + 1 / 3))  # t of 2 degrees of freedom
    assert found.low == pytest.approx(2 - half)
    assert found.high == pytest.approx(2 + half)


def test_undefined_replicates_leave_their_pair_out_and_not_the_mean() -> None:
    values = np.array([1.0, 1.0, 2.0, np.nan, 2.0, 2.0, 3.0, 3.0])
    found = resampled_mean_interval(values)
    assert found.n == 7
    assert found.value == pytest.approx(np.nanmean(values))
    assert found.high == pytest.approx(np.nanmean(values) + 4.302652729911275 * np.sqrt(4 / 3))


def test_differences_hold_the_test_set_too() -> None:
    figures, _ = replicates(1, 10, 1.0, 0.1)
    base = np.zeros(20)
    assert paired_mean_difference(base, figures[0], resampled=True) == resampled_mean_interval(figures[0])
    apart = welch_mean_difference(base, figures[0], resampled=True)
    alone = resampled_mean_interval(figures[0])
    assert (apart.low, apart.high) == pytest.approx((alone.low, alone.high))
