from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats

from threatsim.statistics import over_replicates as statistics
from threatsim.statistics.estimate import Estimate

INF, NAN = math.inf, math.nan


def interval(estimate: Estimate) -> tuple[float, float]:
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high


@pytest.mark.parametrize("n", [2, 5, 20, 200])
def test_mean_interval_is_students(n: int) -> None:
    sample = np.random.default_rng(n).normal(1e6, 3, n)
    expected = scipy.stats.ttest_1samp(sample, 0).confidence_interval(0.95)
    found = statistics.mean_interval(sample)
    assert interval(found) == pytest.approx((expected.low, expected.high), rel=1e-12)
    assert found.value == pytest.approx(sample.mean(), rel=1e-15)


def test_undefined_replicates_are_left_out_and_counted() -> None:
    assert statistics.mean_interval([1.0, NAN, 3.0, NAN]) == statistics.mean_interval([1.0, 3.0])
    assert statistics.mean_interval([1.0, NAN, 3.0]).n == 2
    assert statistics.mean_interval([NAN, 4.0]) == Estimate(value=4, low=None, high=None, n=1)
    assert statistics.mean_interval([NAN]) == Estimate(value=None, low=None, high=None, n=0)
    assert statistics.mean_interval([]) == Estimate(value=None, low=None, high=None, n=0)


def test_a_share_stays_a_share() -> None:
    found = statistics.mean_interval([0.0, 0.0, 0.01], bounds=(0, 1))
    assert found.low == 0
    assert found.high is not None
    assert found.high > 0.01


def test_identical_replicates_have_no_width() -> None:
    # A thousand times 0.1 does not add up to 100 in ordinary floating point.
    assert statistics.mean_interval([0.1] * 1000) == Estimate(value=0.1, low=0.1, high=0.1, n=1000)


def test_an_infinite_figure_is_refused_where_it_has_no_meaning() -> None:
    with pytest.raises(ValueError, match="infinite"):
        statistics.mean_interval([1.0, INF])
    with pytest.raises(ValueError, match="-inf"):
        statistics.median_interval([1.0, -INF])


@pytest.mark.parametrize("n", [6, 7, 15, 20, 101, 1000])
def test_median_interval_is_the_binomial_one(n: int) -> None:
    sample = np.random.default_rng(n).lognormal(size=n)
    expected = scipy.stats.quantile_test(sample, q=0, p=0.5).confidence_interval(0.95)
    found = statistics.median_interval(sample)
    assert interval(found) == (expected.low, expected.high)
    assert found.value == np.median(sample)


def test_five_replicates_have_no_median_interval() -> None:
    assert statistics.median_interval([3.0, 1, 2, 5, 4]) == Estimate(value=3, low=None, high=None, n=5)


def test_a_median_is_not_reached_when_half_is_not() -> None:
    reached = [float(week) for week in range(10, 20)]
    assert statistics.median_interval([*reached, *[INF] * 10]).value is None
    found = statistics.median_interval([*reached, *[INF] * 9])
    assert (found.value, found.low, found.high, found.n) == (19, 14, None, 19)
    assert statistics.median_interval([INF] * 8) == Estimate(value=None, low=None, high=None, n=8)
    assert statistics.median_interval([NAN] * 8) == Estimate(value=None, low=None, high=None, n=0)


def test_paired_difference_is_the_paired_t_test() -> None:
    rng = np.random.default_rng(1)
    base = rng.normal(size=20)
    other = base + rng.normal(0.2, 0.1, size=20)
    expected = scipy.stats.ttest_rel(other, base).confidence_interval(0.95)
    found = statistics.paired_mean_difference(base, other)
    assert interval(found) == pytest.approx((expected.low, expected.high))
    unpaired = statistics.welch_mean_difference(base, other)
    assert found.value == pytest.approx(unpaired.value)
    assert np.ptp(interval(found)) < np.ptp(interval(unpaired)) / 5


def test_a_pair_with_an_undefined_side_is_left_out() -> None:
    found = statistics.paired_mean_difference([1.0, NAN, 3.0, 4.0], [2.0, 9.0, NAN, 6.0])
    assert (found.value, found.n) == (1.5, 2)
    with pytest.raises(ValueError, match="same replicates"):
        statistics.paired_mean_difference([1.0], [1.0, 2.0])


def test_paired_median_difference_of_durations() -> None:
    base = [10.0, 12, 14, 16, 18, 20, 22, 24]
    found = statistics.paired_median_difference(base, [value - 4 for value in base])
    assert (found.value, found.low, found.high) == (-4, -4, -4)
    # Never reached before and reached now: shorter by an unknown amount; and the other way round.
    shorter = statistics.paired_median_difference([INF] * 8, base)
    assert (shorter.value, shorter.low, shorter.high) == (None, None, 0)
    longer = statistics.paired_median_difference(base, [INF] * 8)
    assert (longer.value, longer.low, longer.high) == (None, 0, None)
    mixed = statistics.paired_median_difference([*base, INF], [*(value - 4 for value in base), INF])
    assert (mixed.value, mixed.low, mixed.high, mixed.n) == (-4, -4, -4, 9)
    unknown = statistics.paired_median_difference([INF] * 9, [INF] * 9)
    assert (unknown.value, unknown.low, unknown.high, unknown.n) == (None, None, None, 9)


def test_welch() -> None:
    rng = np.random.default_rng(2)
    base, other = rng.normal(0, 1, 20), rng.normal(1, 5, 50)
    expected = scipy.stats.ttest_ind(other, base, equal_var=False).confidence_interval(0.95)
    assert interval(statistics.welch_mean_difference(base, other)) == pytest.approx((expected.low, expected.high))
    tiny = statistics.welch_mean_difference(base * 1e-170, other * 1e-170)
    assert interval(tiny) == pytest.approx((expected.low * 1e-170, expected.high * 1e-170))
    assert interval(statistics.welch_mean_difference([1.0, 1.0], [3.0, 3.0])) == (2, 2)
    assert statistics.welch_mean_difference([1.0], [3.0, 4.0]).low is None
    assert statistics.welch_mean_difference([NAN], [3.0, 4.0]).value is None


@pytest.mark.parametrize(("m", "n"), [(3, 4), (8, 5), (20, 20), (60, 100)])
def testrank_sum_law_is_mann_whitneys(m: int, n: int) -> None:
    law = np.cumsum(statistics.rank_sum_law(m, n))
    assert law[-1] == pytest.approx(1)
    for u in (0, m, m * n // 3, m * n // 2):
        # Samples without ties whose U is exactly u: y sits between the x so that u pairs are in order.
        above, rest = divmod(u, n)
        x = np.arange(m, dtype=float)
        y = np.full(n, above - 0.5) + np.linspace(0, 0.1, n)
        y[:rest] += 1
        expected = scipy.stats.mannwhitneyu(y, x, alternative="less", method="exact")
        assert expected.statistic == u
        assert law[u] == pytest.approx(expected.pvalue, abs=1e-12)


def test_rank_sum_rank_agrees_with_its_normal_limit() -> None:
    exact = np.searchsorted(np.cumsum(statistics.rank_sum_law(100, 101)), 0.025, side="right")
    assert statistics._rank_sum_rank(100, 101) == pytest.approx(exact, abs=3)  # beyond 10,000 pairs: the limit


def test_hodges_lehmann() -> None:
    rng = np.random.default_rng(5)
    base, other = rng.exponential(10, 20), rng.exponential(10, 15) + 5
    found = statistics.unpaired_median_difference(base, other)
    grid = np.sort((other[:, None] - base).ravel())
    assert found.value == pytest.approx(np.median(grid))
    assert found.n == 35
    # The interval holds exactly the shifts that the two-sided rank-sum test does not reject.
    low, high = interval(found)
    for shift, rejected in (
        (low - 1e-6, True),
        (low + 1e-6, False),
        (high - 1e-6, False),
        (high + 1e-6, True),
    ):
        test = scipy.stats.mannwhitneyu(other - shift, base, method="exact")
        assert (test.pvalue <= 0.05) == rejected
    assert statistics.unpaired_median_difference([INF, INF], [1.0, 2.0]).value is None
    assert statistics.unpaired_median_difference([], [1.0]).value is None


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (1, 10), (10, 10), (37, 412)])
def test_wilson(hits: int, n: int) -> None:
    expected = scipy.stats.binomtest(hits, n).proportion_ci(0.95, method="wilson")
    assert statistics.wilson_interval(hits / n, n) == pytest.approx((expected.low, expected.high))


def test_wilson_refuses_nonsense() -> None:
    for share, n in ((-0.1, 10), (1.1, 10), (0.5, 0), (NAN, 10)):
        with pytest.raises(ValueError, match="share"):
            statistics.wilson_interval(share, n)


def test_coverage() -> None:
    """Of 95 % intervals, about 95 % hold the truth; medians a little more, being of whole ranks."""
    rng = np.random.default_rng(11)
    repeats, held = 1500, {"mean": 0, "median": 0, "censored": 0, "welch": 0, "shift": 0}
    for _ in range(repeats):
        a, b = rng.normal(3, 2, 20), rng.normal(4, 5, 12)
        held["mean"] += _holds(statistics.mean_interval(a), 3)
        held["welch"] += _holds(statistics.welch_mean_difference(a, b), 1)
        weeks = rng.exponential(1, 20)
        held["median"] += _holds(statistics.median_interval(weeks), math.log(2))
        held["censored"] += _holds(statistics.median_interval(np.where(weeks > 0.9, INF, weeks)), math.log(2))
        held["shift"] += _holds(statistics.unpaired_median_difference(a, a[:12] * 0 + rng.normal(5, 2, 12)), 2)
    for what, count in held.items():
        assert 0.94 - 0.012 < count / repeats < 0.975, (what, count / repeats)


def _holds(estimate: Estimate, truth: float) -> bool:
    low = -INF if estimate.low is None else estimate.low
    high = INF if estimate.high is None else estimate.high
    return low <= truth <= high
