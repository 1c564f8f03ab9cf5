"""Ratios of sums, against the jackknife written out and known cases."""

from __future__ import annotations

import math

import numpy as np
import pytest

from threatsim.statistics.mean_error import resampled_error
from threatsim.statistics.over_replicates import resampled_mean_interval
from threatsim.statistics.ratio import ReplicateSample, linearised, ratio_of_sums


def figures(pairs: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Parts and wholes of replicates, those of a pair alike."""
    rng = np.random.default_rng(seed)
    wholes = np.repeat(rng.gamma(2, 5, pairs), 2) * rng.uniform(0.8, 1.2, 2 * pairs)
    return wholes * (1 + np.repeat(rng.exponential(1, pairs), 2)) + rng.normal(0, 0.1, 2 * pairs), wholes


def test_the_ratio_is_that_of_sums_and_no_mean_of_ratios() -> None:
    assert ratio_of_sums(np.array([1.0, 9.0]), np.array([1.0, 3.0])) == 2.5
    assert linearised(np.array([1.0, 9.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0, 4.0])).mean() == pytest.approx(1.5)


def test_the_error_between_pairs_is_the_jackknifes() -> None:
    parts, wholes = figures(9)
    left_out = [
        (parts.sum() - parts[2 * k : 2 * k + 2].sum()) / (wholes.sum() - wholes[2 * k : 2 * k + 2].sum())
        for k in range(9)
    ]
    jackknife = 8 / 9 * np.sum((np.array(left_out) - np.mean(left_out)) ** 2)
    error = resampled_error(linearised(parts, wholes), "pairs")
    assert error is not None
    assert error.between_units / error.units == pytest.approx(jackknife)


def test_equal_wholes_give_the_mean_and_its_interval() -> None:
    values = np.random.default_rng(1).normal(size=20)
    sample = ReplicateSample(values, wholes=np.full(20, 3.0))
    assert sample.linear == pytest.approx(values)
    plain, ratio = resampled_mean_interval(values), resampled_mean_interval(sample.linear)
    assert (ratio.value, ratio.low, ratio.high) == pytest.approx((plain.value, plain.low, plain.high))


def test_a_replicate_without_a_whole_takes_part_as_one_of_nothing() -> None:
    sample = ReplicateSample(
        np.array([2.0, 4.0, math.nan, 6.0, 5.0, 3.0]), wholes=np.array([1.0, 2.0, 0.0, 1.0, 2.0, 2.0])
    )
    assert sample.linear.mean() == pytest.approx((2 + 8 + 6 + 10 + 6) / 8)
    assert not np.isnan(sample.linear).any()
    other = ReplicateSample(np.where(np.isnan(sample.values), 77.0, sample.values), wholes=sample.wholes)
    assert other.linear == pytest.approx(sample.linear)


def test_wholes_in_one_pair_alone_tell_nothing() -> None:
    assert np.isnan(linearised(np.array([1.0, 2.0, 0.0, 0.0]), np.array([1.0, 1.0, 0.0, 0.0]))).all()
    assert np.isnan(linearised(np.zeros(6), np.zeros(6))).all()


def test_doubling_every_whole_and_part_changes_nothing() -> None:
    parts, wholes = figures(6, seed=2)
    assert linearised(2 * parts, 2 * wholes) == pytest.approx(linearised(parts, wholes))


def test_some_replicates_of_a_sample() -> None:
    sample = ReplicateSample(np.arange(6.0), wholes=np.ones(6), clusters=np.full(6, 2.0))[:4]
    assert (len(sample.values), len(sample.linear)) == (4, 4)
    assert sample.clusters is not None
    assert sample.clusters.sum() == 8


def test_what_is_no_quotient_has_no_parts() -> None:
    with pytest.raises(ValueError, match="no quotient"):
        _ = ReplicateSample(np.ones(4)).parts


def test_where_few_bill_falsely_the_mean_of_ratios_is_off_and_the_ratio_of_sums_is_not() -> None:
    """Each provider-year pays 1 on average; replicates with few of them have their own, lower payoff."""
    rng = np.random.default_rng(5)
    wholes = rng.poisson(4, (4000, 20)).astype(float)
    parts = wholes * wholes / 5 + rng.normal(0, 0.1, wholes.shape) * wholes
    truth = (4 + 16) / 5 / 4  # E[w^2] / 5 / E[w]
    by_sums = np.mean([ratio_of_sums(x, w) for x, w in zip(parts, wholes, strict=True)])
    by_means = np.nanmean(np.divide(parts, wholes, out=np.full(parts.shape, np.nan), where=wholes > 0))
    assert by_sums == pytest.approx(truth, abs=0.02)
    assert abs(by_means - truth) > 0.15
