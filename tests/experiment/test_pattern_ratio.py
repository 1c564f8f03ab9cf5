"""Ratios of means: Fieller's interval against known cases, and how often it holds the truth."""

from __future__ import annotations

import numpy as np
import pytest

from threatsim.experiment.patterns.ratio import ratio_of_means
from threatsim.statistics.over_replicates import mean_interval


def test_over_a_known_number_it_is_students_interval() -> None:
    part = np.array([-1.0, 0.5, 2.0, 4.0, 3.5])
    found, plain = ratio_of_means(part, np.full(5, 2.0)), mean_interval(part / 2)
    assert plain.low is not None
    assert plain.high is not None
    assert (found.value, found.low, found.high) == pytest.approx((plain.value, plain.low, plain.high))


def test_a_constant_ratio_has_no_width() -> None:
    whole = np.array([3.0, 5.0, 4.0, 8.0])
    found = ratio_of_means(0.25 * whole, whole)
    assert (found.value, found.low, found.high) == pytest.approx((0.25, 0.25, 0.25))


def test_it_solves_fiellers_equation() -> None:
    """At either end the mean of part - ratio x whole lies exactly at the edge of its own t interval around 0."""
    generator = np.random.default_rng(3)
    whole = generator.normal(5, 1, 8)
    part = 2 * whole + generator.normal(0, 2, 8)
    found = ratio_of_means(part, whole)
    for end in (found.low, found.high):
        assert end is not None
        edge = mean_interval(part - end * whole)
        assert edge.low is not None
        assert edge.high is not None
        assert min(abs(edge.low), abs(edge.high)) == pytest.approx(0, abs=1e-9)


def test_where_the_divisor_may_be_zero_there_are_no_ends() -> None:
    found = ratio_of_means(np.array([1.0, 2.0, 1.5]), np.array([-1.0, 1.5, 0.5]))
    assert found.value is not None
    assert (found.low, found.high) == (None, None)
    assert ratio_of_means(np.array([1.0, -1.0]), np.zeros(2)).value is None
    nothing = ratio_of_means(np.zeros(3), np.array([-1.0, 1.5, 0.5]))
    assert (nothing.value, nothing.low, nothing.high) == (0, 0, 0)


def test_it_holds_the_truth_as_often_as_it_says() -> None:
    """5,000 samples of 8 with a divisor whose error is a fifth of it: 95 % to within three standard errors."""
    generator = np.random.default_rng(11)
    hits = 0
    for _ in range(5000):
        whole = generator.normal(1, 0.5, 8)
        part = 0.7 * whole + generator.normal(0, 0.4, 8)
        found = ratio_of_means(part, whole)
        hits += found.low is None or found.high is None or found.low <= 0.7 <= found.high
    assert hits / 5000 == pytest.approx(0.95, abs=0.012)
