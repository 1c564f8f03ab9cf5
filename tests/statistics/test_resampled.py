"""Intervals that hold the chance of the test set as well as the market's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from threatsim.statistics.design import Design
from threatsim.statistics.over_replicates import (
    mean_error,
    mean_interval,
    paired_mean_difference,
    resampled_mean_interval,
    welch_mean_difference,
)


def replicates(
    runs: int,
    fours: int,
    cases: float,
    streams: float,
    interplay: float = 0.0,
    *,
    design: Design = "fours",
    seed: int = 1,
) -> np.ndarray:
    """(runs, 4 x fours) figures around a truth of 0; standard deviations of each kind of chance.

    A test set a run, streams a pair, a resample of the cases for every second replicate of a four or for each
    replicate, the interplay of streams and resample a replicate.
    """
    generator = np.random.default_rng(seed)
    test_set = generator.normal(0, cases, (runs, 1, 1, 1))
    chance = generator.normal(0, streams, (runs, fours, 2, 1))
    resample = generator.normal(0, cases, (runs, fours, 1 if design == "fours" else 2, 2))
    both = generator.normal(0, interplay, (runs, fours, 2, 2))
    return (test_set + chance + resample + both).reshape(runs, -1)


def coverage(figures: np.ndarray, design: Design | None) -> float:
    found = [resampled_mean_interval(run, design=design) if design else mean_interval(run) for run in figures]
    return float(np.mean([end.low <= 0 <= end.high for end in found if end.low is not None and end.high is not None]))


@pytest.mark.parametrize("fours", [5, 10])
@pytest.mark.parametrize(
    ("cases", "streams", "interplay"),
    [
        (1.0, 1.0, 0.0),
        (1.0, 0.0, 0.0),
        (0.0, 1.0, 0.0),
        # In about the proportions of payer_loss, honest_denied and control_cost on a small market.
        (0.06, 1.0, 0.18),
        (1.0, 0.17, 0.4),
        (0.4, 1.0, 0.23),
    ],
)
def test_intervals_cover_the_value_of_the_population(
    cases: float, streams: float, interplay: float, fours: int
) -> None:
    figures = replicates(2000, fours, cases, streams, interplay)
    assert 0.925 < coverage(figures, "fours") < 0.975  # 93 to 97 %, and a standard error of 2000 runs
    if cases >= streams:
        assert coverage(figures, None) < 0.7


@pytest.mark.parametrize("fours", [5, 20])
@pytest.mark.parametrize(("cases", "streams"), [(1.0, 1.0), (1.0, 0.0), (0.5, 2.0), (0.2, 2.0), (0.0, 1.0)])
def test_so_do_those_of_pairs_without_interplay(cases: float, streams: float, fours: int) -> None:
    assert 0.93 < coverage(replicates(1000, fours, cases, streams, design="pairs"), "pairs") < 0.97


@pytest.mark.parametrize("fours", [5, 20])
@pytest.mark.parametrize(("cases", "streams", "interplay"), [(0.2, 1.0, 0.5), (0.5, 1.5, 1.0), (0.3, 0.3, 1.0)])
def test_where_interplay_drowns_the_test_sets_chance_intervals_are_rather_too_wide(
    cases: float, streams: float, interplay: float, fours: int
) -> None:
    assert coverage(replicates(1000, fours, cases, streams, interplay), "fours") > 0.94


def test_interplay_is_taken_for_the_test_sets_chance_in_full_in_pairs_only() -> None:
    pairs, fours = (replicates(1000, 20, 0.3, 1.0, 1.0, design=design) for design in ("pairs", "fours"))
    assert coverage(pairs, "pairs") > 0.995
    wide = [mean_error(run, design="pairs") for run in pairs]
    narrow = [mean_error(run) for run in fours]
    ratio = np.mean([one.variance() for one in narrow if one]) / np.mean([one.variance() for one in wide if one])
    assert ratio < 0.5


def test_each_variance_is_estimated_without_bias() -> None:
    """So many fours that the cut at 0 hardly counts; the truth is the variance of the means over runs."""
    figures = replicates(4000, 25, 1.0, 0.7, 0.6)
    errors = [mean_error(run) for run in figures]
    assert np.mean([error.cases for error in errors if error]) == pytest.approx(1.0, rel=0.02)
    estimated = np.mean([error.variance() for error in errors if error])
    assert estimated == pytest.approx(figures.mean(axis=1).var(ddof=1), rel=0.06)  # 2.7 standard errors


def test_the_mean_is_the_mean_and_n_the_replicates() -> None:
    values = np.array([1.0, 2.0, 4.0, 3.0, 8.0, 9.0, 5.0])
    found = resampled_mean_interval(values)
    assert found.value == pytest.approx(values.mean())
    assert found.n == 7


def test_what_shares_its_streams_has_no_interval() -> None:
    one_pair = np.array([-358.0, -355.0])
    found = resampled_mean_interval(one_pair)
    assert (found.value, found.low, found.high, found.n) == (-356.5, None, None, 2)
    assert resampled_mean_interval([*one_pair, -100.0]).low is None
    assert resampled_mean_interval([*one_pair, -100.0, -90.0]).low is None  # two say next to nothing
    assert resampled_mean_interval([*one_pair, -100.0, -90.0, -200.0, -190.0]).low is not None


def test_without_any_chance_the_interval_is_a_point() -> None:
    found = resampled_mean_interval(np.full(8, 2.5))
    assert (found.low, found.value, found.high) == (2.5, 2.5, 2.5)


def test_pairs_by_hand() -> None:
    values = np.array([1.0, 3.0, 2.0, 4.0, 3.0, 5.0])  # means 2, 3, 4; differences of 2, so a test set's variance of 2
    found = resampled_mean_interval(values, design="pairs")
    streams, cases = 1 / 3, 2.0
    freedom = (streams + cases) ** 2 / (streams**2 / 2 + cases**2 / 3)
    half = stats.t.ppf(0.975, freedom) * np.sqrt(streams + cases)
    assert found.low == pytest.approx(3 - half)
    assert found.high == pytest.approx(3 + half)


def test_fours_by_hand() -> None:
    # Differences 2 and 4, 4 and 2: half of the products is 4 twice; mean squares 36 / 8 and 4 / 8, the difference of 4.
    values = np.array([0.0, 2.0, 1.0, 5.0, 0.0, 4.0, 9.0, 11.0])
    means = np.array([1.0, 3.0, 2.0, 10.0])
    error = np.sqrt((36 / 8) ** 2 + (4 / 8) ** 2)  # the root of 2 / 2 fours
    cases = stats.truncnorm(-4 / error, np.inf, loc=4, scale=error).median()
    streams = means.var(ddof=1) / 4 + cases / (2 * 3)
    freedom = (streams + cases) ** 2 / (streams**2 / 3 + cases**2 / 2)
    half = stats.t.ppf(0.975, freedom) * np.sqrt(streams + cases)
    found = resampled_mean_interval(values)
    assert found.low == pytest.approx(4 - half)
    assert found.high == pytest.approx(4 + half)


def test_differences_that_two_sets_of_streams_do_not_share_are_little_of_the_test_sets_chance() -> None:
    unlike = np.tile([0.0, 2.0, 2.0, 0.0], 10)
    repeated = np.tile([0.0, 2.0, 0.0, 2.0], 10)
    some, all_of_it = mean_error(unlike), mean_error(repeated)
    assert some is not None
    assert all_of_it is not None
    assert 0 < some.cases < 0.25  # half the mean square within pairs is 2
    assert all_of_it.cases == pytest.approx(2, rel=0.02)


def test_one_four_cannot_tell_interplay_apart_and_counts_it_in_full() -> None:
    error = mean_error(np.array([0.0, 2.0, 3.0, 1.0, 5.0, 5.0]))
    assert error is not None
    assert error.cases == pytest.approx((4 + 4 + 0) / 2 / 3)


def test_undefined_replicates_leave_their_pair_and_their_four_out_and_not_the_mean() -> None:
    whole = np.array([1.0, 3.0, 2.0, 4.0, 3.0, 5.0])
    holed = np.array([1.0, 3.0, 9.0, np.nan, 2.0, 4.0, 3.0, 5.0])
    found, without = (resampled_mean_interval(values, design="pairs") for values in (holed, whole))
    assert found.n == 7
    assert found.value == pytest.approx(np.nanmean(holed))
    assert found.high - found.value == pytest.approx(without.high - without.value)
    fours = replicates(1, 4, 1.0, 1.0, 0.5)[0]
    fours[5] = np.nan
    error, rest = mean_error(fours), mean_error(np.delete(fours, [4, 5, 6, 7]))
    assert error is not None
    assert rest is not None
    assert error.cases == pytest.approx(rest.cases)
    assert error.units == 7


def test_differences_hold_the_test_set_too() -> None:
    figures = replicates(1, 5, 1.0, 0.1)
    base = np.zeros(20)
    assert paired_mean_difference(base, figures[0], design="fours") == resampled_mean_interval(figures[0])
    apart = welch_mean_difference(base, figures[0], designs=("fours", "fours"))
    alone = resampled_mean_interval(figures[0])
    assert (apart.low, apart.high) == pytest.approx((alone.low, alone.high))


def test_two_runs_of_different_designs_bring_each_their_own_variance() -> None:
    old, new = replicates(1, 5, 1.0, 0.5, design="pairs")[0], replicates(1, 5, 1.0, 0.5, 0.5, seed=2)[0]
    found = welch_mean_difference(old, new, designs=("pairs", "fours"))
    errors = mean_error(old, design="pairs"), mean_error(new)
    assert errors[0] is not None
    assert errors[1] is not None
    squared = errors[0].variance() + errors[1].variance()
    freedom = squared**2 / sum(error.variance() ** 2 / error.freedom() for error in errors if error)
    assert found.high - found.value == pytest.approx(stats.t.ppf(0.975, freedom) * np.sqrt(squared))
