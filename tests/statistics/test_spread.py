"""The interval of one further market."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from threatsim.statistics.over_replicates import resampled_mean_interval
from threatsim.statistics.spread import prediction_interval


def test_without_the_test_sets_chance_it_is_students_of_one_observation() -> None:
    years = np.random.default_rng(1).normal(10, 2, 12)
    found = prediction_interval(np.repeat(years, 2))
    half = stats.t.ppf(0.975, 11) * years.std(ddof=1) * math.sqrt(1 + 1 / 12)
    assert found.low == pytest.approx(years.mean() - half)
    assert found.high == pytest.approx(years.mean() + half)


@pytest.mark.parametrize(("cases", "interplay"), [(0.0, 0.0), (0.5, 0.5)])
def test_it_holds_a_further_market_in_95_of_100_cases(cases: float, interplay: float) -> None:
    rng = np.random.default_rng(2)
    held = []
    for _ in range(1500):
        streams, resamples = rng.normal(0, 1, (5, 2, 1)), rng.normal(0, cases, (5, 1, 2))
        test_set = rng.normal(0, cases)
        figures = (test_set + streams + resamples + rng.normal(0, interplay, (5, 2, 2))).ravel()
        further = rng.normal(0, 1) + rng.normal(0, interplay)
        found = prediction_interval(figures)
        assert found.low is not None
        assert found.high is not None
        held.append(found.low <= further <= found.high)
    assert 0.935 < np.mean(held) < 0.985


def test_it_is_wider_than_the_means_and_cut_to_what_the_figure_can_be() -> None:
    values = np.random.default_rng(3).exponential(1, 20)
    one, mean = prediction_interval(values, bounds=(0.0, math.inf)), resampled_mean_interval(values)
    assert one.low == 0.0
    assert one.high > mean.high  # type: ignore[operator]
    assert one.value == mean.value


def test_too_few_pairs_have_none_and_what_is_undefined_is_counted() -> None:
    assert prediction_interval([1.0, 2.0, 3.0, 4.0]).high is None
    found = prediction_interval([1.0, math.nan, 2.0, 3.0])
    assert (found.n, found.undefined, found.value) == (3, 1, 2.0)
    assert prediction_interval([math.nan] * 8).value is None
