"""Chance and numbers told apart: variance components, their share, and the interval of both."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from threatsim.statistics.estimate import Estimate
from threatsim.statistics.outer_interval import interval_of_both
from threatsim.statistics.variance_components import components, f_quantile

RUNS = 600
BETWEEN, WITHIN = 4.0, 9.0


def sample(rng: np.random.Generator, groups: int, size: int) -> np.ndarray:
    expected = rng.normal(10, math.sqrt(BETWEEN), (groups, 1))
    return expected + rng.normal(0, math.sqrt(WITHIN), (groups, size))


@pytest.mark.parametrize(("upper", "lower"), [(1, 2), (9, 10), (99, 100), (40, 7)])
def test_quantiles_of_the_f_law_are_those_of_scipy(upper: int, lower: int) -> None:
    for p in (0.025, 0.5, 0.975):
        assert f_quantile(p, upper, lower) == pytest.approx(stats.f.ppf(p, upper, lower), rel=1e-10)


def test_mean_squares_by_hand() -> None:
    told = components(np.array([[1.0, 3.0], [5.0, 7.0], [6.0, 8.0]]))
    assert told is not None
    # Means 2, 6, 7 around 5; each figure 1 away from its mean.
    assert told.mean_square_between == pytest.approx(2 * (9 + 1 + 4) / 2)
    assert told.within == pytest.approx(6 / 3)
    assert told.between == pytest.approx((14 - 2) / 2)
    assert told.share.value == pytest.approx(6 / 8)


def test_components_are_recovered_and_the_share_is_in_its_interval_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    found = [components(sample(rng, 40, 2)) for _ in range(RUNS)]
    told = [one for one in found if one is not None]
    assert len(told) == RUNS
    differences = [(one.mean_square_between - one.mean_square_within) / 2 for one in told]
    assert np.mean(differences) == pytest.approx(BETWEEN, abs=4 * np.std(differences) / math.sqrt(RUNS))
    assert np.mean([one.within for one in told]) == pytest.approx(WITHIN, rel=0.05)
    truth = BETWEEN / (BETWEEN + WITHIN)
    shares = [one.share for one in told]
    covered = np.mean([one.low <= truth <= one.high for one in shares if one.low is not None and one.high is not None])
    assert covered == pytest.approx(0.95, abs=4 * math.sqrt(0.95 * 0.05 / RUNS))


def test_where_nothing_differs_between_groups_the_share_is_often_zero_and_never_below() -> None:
    rng = np.random.default_rng(2)
    told = [components(rng.normal(size=(20, 2))) for _ in range(200)]
    values = [one.share.value for one in told if one is not None]
    assert min(values) == 0
    assert 0.3 < np.mean([value == 0 for value in values]) < 0.7


def test_groups_with_an_undefined_figure_are_left_out() -> None:
    told = components(np.array([[1.0, 3.0], [math.nan, 7.0], [6.0, 8.0]]))
    assert told is not None
    assert told.groups == 2
    assert components(np.array([[1.0, 3.0], [math.nan, 7.0]])) is None
    assert components(np.array([[1.0], [3.0], [4.0]])) is None, "one figure a group tells no chance"


def test_what_does_not_vary_has_no_share() -> None:
    told = components(np.full((5, 2), 3.0))
    assert told is not None
    assert told.share.value is None


def test_the_interval_of_both_holds_a_new_draw_with_the_run_s_chance() -> None:
    rng = np.random.default_rng(5)
    error = 0.8
    held, widths = [], []
    for _ in range(RUNS):
        centre = 10 + rng.normal(0, error)
        chance = Estimate(value=centre, low=centre - 1.96 * error, high=centre + 1.96 * error, n=20)
        both = interval_of_both(sample(rng, 100, 2), chance)
        assert both.low is not None
        assert both.high is not None
        new = rng.normal(10, math.sqrt(BETWEEN + error**2))
        held.append(both.low <= new <= both.high)
        widths.append(both.high - both.low)
    assert np.mean(held) == pytest.approx(0.95, abs=0.035)
    assert np.mean(widths) == pytest.approx(2 * 1.96 * math.sqrt(BETWEEN + error**2), rel=0.06)


def test_without_the_run_s_chance_what_is_left_is_the_numbers_spread() -> None:
    rng = np.random.default_rng(6)
    none = Estimate(value=10.0, low=None, high=None, n=1)
    widths = [
        (both.high or 0) - (both.low or 0) for both in (interval_of_both(sample(rng, 100, 2), none) for _ in range(200))
    ]
    assert np.mean(widths) == pytest.approx(2 * 1.96 * math.sqrt(BETWEEN), rel=0.08)


def test_the_interval_of_both_is_cut_where_the_figure_ends() -> None:
    values = np.array([[0.0, 0.1], [0.2, 0.0], [5.0, 6.0]])
    wide = Estimate(value=1.0, low=-30.0, high=30.0, n=8)
    assert (interval_of_both(values, wide).low or 0) < 0
    assert interval_of_both(values, wide, bounds=(0.0, math.inf)).low == 0
