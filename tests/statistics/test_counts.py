"""Exact intervals of few events, against scipy, closed forms, published tables and simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from threatsim.statistics.counts import FEW, SHARED, Count, CountKind, difference_limits, difference_p
from threatsim.statistics.mean_error import MeanError

NO_SPREAD = MeanError(between_units=0.0, cases=0.0, units=10)


@pytest.mark.parametrize("events", [0, 1, 3, 10, 40])
@pytest.mark.parametrize("alpha", [0.05, 0.001])
def test_a_rate_has_garwoods_interval(events: int, alpha: float) -> None:
    low, high = Count("rate", events, 20.0).limits(alpha)
    assert low == pytest.approx(stats.chi2.ppf(alpha / 2, 2 * events) / 40 if events else 0.0)
    assert high == pytest.approx(stats.chi2.ppf(1 - alpha / 2, 2 * events + 2) / 40)


def test_no_event_leaves_37_over_the_exposure() -> None:
    low, high = Count("rate", 0, 20.0).limits(0.05)
    assert (low, high) == (0.0, pytest.approx(-math.log(0.025) / 20))


@pytest.mark.parametrize(("events", "size"), [(0, 20), (1, 20), (7, 20), (19, 20), (20, 20), (3, 5000)])
def test_a_share_has_clopper_and_pearsons_interval(events: int, size: int) -> None:
    exact = stats.binomtest(events, size).proportion_ci(method="exact")
    assert Count("share", events, size).limits(0.05) == pytest.approx((exact.low, exact.high), abs=1e-12)


def test_a_dispersion_of_two_is_half_as_many_events() -> None:
    assert Count("rate", 8, 20.0, dispersion=2.0).limits(0.05) == pytest.approx(Count("rate", 4, 10.0).limits(0.05))


def test_an_estimated_dispersion_widens_by_students_quantile() -> None:
    worth = (stats.norm.ppf(0.975) / stats.t.ppf(0.975, 9)) ** 2
    found = Count("share", 4, 50, dispersion=1.0, freedom=9).limits(0.05)
    low = stats.beta.ppf(0.025, 4 * worth, 46 * worth + 1)
    high = stats.beta.ppf(0.975, 4 * worth + 1, 46 * worth)
    assert found == pytest.approx((low, high))


def test_without_events_the_units_of_a_cluster_and_replicates_of_the_same_streams_count_as_one() -> None:
    count = Count.of("share", 0, 5000, 25.0, NO_SPREAD)
    assert count.dispersion == pytest.approx(SHARED * 200)
    assert count.limits(0.05)[1] == pytest.approx(1 - 0.025 ** (1 / 12.5))
    assert Count.of("rate", 0, 50.0, None, NO_SPREAD).dispersion == SHARED
    assert Count.of("share", 5000, 5000, 25.0, NO_SPREAD).limits(0.05) == pytest.approx((0.025 ** (1 / 12.5), 1.0))


@pytest.mark.parametrize(("kind", "events", "size"), [("rate", 12.0, 30.0), ("share", 12.0, 30.0)])
def test_the_dispersion_is_the_variance_over_that_of_independent_events(
    kind: CountKind, events: float, size: float
) -> None:
    share = events / size
    independent = share * (1 - share) / size if kind == "share" else events / size**2
    error = MeanError(between_units=30 * independent, cases=0.0, units=10)
    assert Count.of(kind, events, size, None, error).dispersion == pytest.approx(3.0)
    less = MeanError(between_units=independent, cases=0.0, units=10)
    assert Count.of(kind, events, size, None, less).dispersion == 1.0  # never less than independent


def test_few_are_few_independent_events_or_few_of_the_others() -> None:
    assert Count("rate", FEW - 1, 1e6).few
    assert not Count("rate", FEW, 1e6).few
    assert Count("rate", 4 * FEW - 1, 1e6, dispersion=4.0).few
    assert Count("share", 1000 - FEW + 1, 1000).few
    assert not Count("share", 1000 - FEW, 1000).few


def test_a_difference_of_nothing_and_nothing_is_not_known_to_be_nothing() -> None:
    none = Count("rate", 0, 20.0)
    end = -math.log(0.025) / 20
    assert difference_limits(none, none, 0.0, 0.05) == pytest.approx((-end, end))
    assert difference_p(none, none, 0.0) == 1.0


def test_a_difference_by_hand() -> None:
    """Newcombe's square-and-add, with Clopper and Pearson's ends: 5 of 56 less 0 of 29."""
    base, other = Count("share", 0, 29), Count("share", 5, 56)
    change, ends = 5 / 56, stats.binomtest(5, 56).proportion_ci()
    most = stats.binomtest(0, 29).proportion_ci().high
    low, high = difference_limits(base, other, 0.0, 0.05)
    assert low == pytest.approx(change - math.hypot(change - ends.low, most))
    assert high == pytest.approx(ends.high)
    closer = difference_limits(base, other, 0.5, 0.05)
    assert low < closer[0]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 30),
    st.integers(0, 30),
    st.sampled_from(["rate", "share"]),
    st.floats(-0.5, 0.9),
    st.sampled_from([1.0, 2.5]),
)
def test_a_p_of_five_per_cent_is_an_interval_that_ends_at_zero(
    one: int, two: int, kind: CountKind, correlation: float, dispersion: float
) -> None:
    base, other = Count(kind, one, 31.0, dispersion), Count(kind, two, 31.0)
    p = difference_p(base, other, correlation)
    assert 0 <= p <= 1
    if base.rate == other.rate:
        return
    low, high = difference_limits(base, other, correlation, 0.05)
    assert (low > 0 or high < 0) == (p <= 0.05) or abs(p - 0.05) < 1e-5
    if 1e-9 < p < 0.99:
        ends = difference_limits(base, other, correlation, p)
        assert min(abs(end) for end in ends) == pytest.approx(0.0, abs=1e-5)


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.4])
def test_intervals_of_few_events_hold_the_rate(rate: float) -> None:
    """Twenty replicates of exposure 1 in pairs that share all their events: the t interval would hold it far less."""
    rng = np.random.default_rng(3)
    held = []
    for _ in range(1500):
        pairs = rng.poisson(rate, 10)
        values = np.repeat(pairs, 2).astype(float)
        error = MeanError(float(pairs.var(ddof=1)), 0.0, 10)
        low, high = Count.of("rate", values.sum(), 20.0, None, error).limits(0.05)
        held.append(low <= rate <= high)
    assert np.mean(held) > 0.945
