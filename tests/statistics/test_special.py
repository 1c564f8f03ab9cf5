"""Special functions against mpmath with four times the digits, scipy, closed forms and whole numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import scipy.special
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp

from threatsim.statistics.special import (
    fair_binomial_cdf,
    gamma_quantile,
    normal_cdf,
    student_t_cdf,
    student_t_quantile,
    truncated_normal_median,
    turns,
)

FREEDOMS = (0.3, 0.5, 1.0, 1.3, 2.0, 2.37, 4.0, 7.3421, 19.0, 60.5, 200.123, 10_000.5, 1e7, 1e9)
PROBABILITIES = (1e-12, 1e-8, 0.001, 0.025, 0.2, 0.4999, 0.5 + 1e-9, 0.8, 0.975, 0.999, 1 - 1e-12)


@pytest.fixture(scope="module")
def precise() -> Any:
    context = mp.clone()
    context.dps = 120
    return context


def ulps(found: float, exact: Any) -> float:
    """How far a float is from an exact number, in units of its last place."""
    return float(abs(found - exact)) / float(np.spacing(abs(float(exact))))


def tail(precise: Any, t: float, freedom: float) -> Any:
    """P(T > t) for t > 0 by the hypergeometric series of the density, integrated from 0 (DLMF 15.6)."""
    nu, x = precise.mpf(freedom), precise.mpf(t)
    series = precise.hyp2f1(1, (nu + 1) / 2, 1.5, x * x / (nu + x * x))
    return precise.mpf(0.5) - x * density(precise, t, freedom) * series


def density(precise: Any, t: float, freedom: float) -> Any:
    nu, x = precise.mpf(freedom), precise.mpf(t)
    height = precise.gammaprod([(nu + 1) / 2], [nu / 2]) / precise.sqrt(nu * precise.pi)
    return height * (1 + x * x / nu) ** (-(nu + 1) / 2)


@pytest.mark.parametrize("freedom", FREEDOMS)
def test_the_quantile_of_t_is_the_nearest_float(precise: Any, freedom: float) -> None:
    for p in PROBABILITIES:
        found = student_t_quantile(p, freedom)
        assert (found > 0) == (p > 0.5)
        # One step of Newton's from a float is the quantile to twice its digits.
        size, aside = precise.mpf(abs(found)), min(p, 1 - p)
        exact = size + (tail(precise, abs(found), freedom) - aside) / density(precise, abs(found), freedom)
        assert ulps(abs(found), exact) < 0.501, p


@pytest.mark.parametrize("freedom", FREEDOMS)
def test_the_distribution_of_t_is_the_nearest_float(precise: Any, freedom: float) -> None:
    for t in (1e-9, 0.01, 0.99, 1.0, 1.01, 2.1, 3.99, 4.01, 6.5):
        above = tail(precise, t, freedom)
        assert ulps(student_t_cdf(-t, freedom), above) < 0.501
        assert ulps(student_t_cdf(t, freedom), 1 - above) < 0.501


@pytest.mark.parametrize("freedom", [1.0, 3.7, 19.0, 200.5])
def test_t_far_out_is_scipys_to_what_scipy_holds(freedom: float) -> None:
    for t in (12.7, 40.0, 1e3, 1e6):
        expected = float(scipy.special.stdtr(freedom, -t))
        assert student_t_cdf(-t, freedom) == pytest.approx(expected, rel=1e-11, abs=1e-300)
    for p in (1e-5, 0.01, 0.3, 0.7, 0.99):
        assert student_t_quantile(p, freedom) == pytest.approx(float(scipy.special.stdtrit(freedom, p)), rel=1e-12)


@pytest.mark.parametrize("t", [0.0, 1e-12, 0.3, 1.0, 2.5, 17.0, 1e5, 1e12])
def test_closed_forms_of_one_and_two_degrees_of_freedom(precise: Any, t: float) -> None:
    x = precise.mpf(t)
    cauchy = precise.atan2(1, x) / precise.pi
    assert ulps(student_t_cdf(-t, 1), cauchy) < 0.501
    # 1/2 - t / (2 sqrt(2 + t^2)), without the cancellation.
    two = 1 / (precise.sqrt(2 + x * x) * (precise.sqrt(2 + x * x) + x))
    assert ulps(student_t_cdf(-t, 2), two) < 0.501
    for p in (0.6, 0.8, 0.975, 0.9999):
        assert ulps(student_t_quantile(p, 1), precise.tan(precise.pi * (precise.mpf(p) - 0.5))) < 0.501
        q = 2 * precise.mpf(p) - 1
        assert ulps(student_t_quantile(p, 2), q * precise.sqrt(2 / (1 - q * q))) < 0.501


@settings(max_examples=150, deadline=None)
@given(st.floats(1e-6, 30), st.floats(0.5, 1e8))
def test_a_quantile_undoes_the_distribution(t: float, freedom: float) -> None:
    p = student_t_cdf(-t, freedom)
    if p > 1e-290:
        # A float near p stands for all t within half its spacing over the density.
        context = mp.clone()
        room = float(np.spacing(p)) / float(density(context, t, freedom)) + 1e-15 * t
        assert student_t_quantile(p, freedom) == pytest.approx(-t, rel=0, abs=room)


def test_the_ends_and_the_limit_of_many_degrees_of_freedom() -> None:
    assert student_t_cdf(0, 3) == student_t_cdf(0, math.inf) == 0.5
    assert (student_t_cdf(-math.inf, 3), student_t_cdf(math.inf, 3)) == (0, 1)
    assert student_t_cdf(-1e300, 5) == 0
    assert student_t_quantile(0.5, 3) == 0
    assert student_t_quantile(1 - 0.75, 3.3) == -student_t_quantile(0.75, 3.3)
    assert student_t_quantile(1e-300, 0.3) == -math.inf  # about -10^1000
    for freedom in (1e15, 1e20, 1e200, math.inf):
        assert student_t_quantile(0.975, freedom) == pytest.approx(1.959963984540054, rel=1e-14)
        assert student_t_cdf(-5, freedom) == pytest.approx(normal_cdf(-5), rel=1e-12)


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (student_t_quantile, (0.0, 3.0)),
        (student_t_quantile, (1.0, 3.0)),
        (student_t_quantile, (math.nan, 3.0)),
        (student_t_quantile, (0.3, 0.0)),
        (student_t_quantile, (0.3, math.nan)),
        (student_t_cdf, (1.0, -1.0)),
        (student_t_cdf, (math.nan, 3.0)),
        (truncated_normal_median, (math.nan,)),
        (truncated_normal_median, (math.inf,)),
    ],
)
def test_nonsense_is_refused(function: Callable[..., float], arguments: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match=r"not|no median"):
        function(*arguments)


def test_the_normal_distribution_far_into_its_tail(precise: Any) -> None:
    for x in (-37.5, -20.0, -8.3, -1.0, -1e-20, 0.0, 0.7, 5.0, 9.0):
        assert ulps(normal_cdf(x), precise.ncdf(x)) < 0.501
        assert normal_cdf(x) == pytest.approx(float(scipy.special.ndtr(x)), rel=1e-13)
    assert normal_cdf(-40) == 0


def test_the_median_of_a_normal_law_cut_at_nought(precise: Any) -> None:
    for mean in (-1000.0, -60.0, -12.0, -8.0, -2.5, -0.1, 0.0, 0.1, 1.0, 4.0, 9.0, 50.0):
        found = truncated_normal_median(mean)
        assert found > 0
        # Half of what lies above 0 lies above the median: a step of Newton's on the tail.
        above = precise.ncdf(mean - precise.mpf(found))
        exact = found + (above - precise.ncdf(mean) / 2) / precise.npdf(found - precise.mpf(mean))
        assert ulps(found, exact) < 0.501, mean
        if abs(mean) < 30:  # scipy's, by the difference of two like numbers
            log_half = scipy.special.log_ndtr(mean) - math.log(2)
            assert found == pytest.approx(mean - float(scipy.special.ndtri_exp(log_half)), rel=1e-9)


@pytest.mark.parametrize("n", [1, 2, 7, 20, 53, 400, 1100])
def test_tosses_of_a_coin_are_counted(n: int) -> None:
    for k in {0, 1, n // 3, n // 2, n - 1, n}:
        exact = Fraction(sum(math.comb(n, heads) for heads in range(k + 1)), 2**n)
        assert fair_binomial_cdf(k, n) == float(exact)
        assert fair_binomial_cdf(k, n) == pytest.approx(float(scipy.special.bdtr(k, n, 0.5)), rel=1e-11)


@pytest.mark.parametrize("n", [1, 4, 6, 37, 1000])
def test_parts_of_a_turn(precise: Any, n: int) -> None:
    cosine, sine = turns(n)
    assert len(cosine) == len(sine) == n
    assert (cosine[0], sine[0]) == (1, 0)
    for i in range(n):
        assert cosine[i] == float(precise.cospi(precise.mpf(2 * i) / n))
        assert sine[i] == pytest.approx(math.sin(2 * math.pi * i / n), abs=1e-15)
    if n % 4 == 0:
        assert (cosine[n // 4], sine[n // 4]) == (0, 1)


def test_a_quantile_of_a_small_shape_below_the_least_float_is_zero() -> None:
    assert gamma_quantile(1e-12, 1e-3) == 0.0


SHAPES = (0.05, 0.3, 1.0, 1.7, 4.0, 25.0, 400.5)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_quantile_of_the_gamma_law(precise: Any, shape: float) -> None:
    for p in PROBABILITIES:
        found = gamma_quantile(p, shape)
        assert found == pytest.approx(scipy.stats.gamma.ppf(p, shape), rel=1e-9)
        # One step of Newton's from a float is the quantile to twice its digits.
        x, a = precise.mpf(found), precise.mpf(shape)
        if found > 1e-290:
            below = precise.gammainc(a, 0, x, regularized=True)
            slope = precise.exp((a - 1) * precise.log(x) - x - precise.loggamma(a))
            assert ulps(found, x - (below - precise.mpf(p)) / slope) <= 0.5 + 1e-6


def test_the_gamma_law_of_shape_one_is_exponential() -> None:
    for p in PROBABILITIES:
        assert gamma_quantile(p, 1.0) == pytest.approx(-math.log1p(-p), rel=1e-14)


@pytest.mark.parametrize("p", [0.0, 1.0, -0.1, math.nan])
def test_no_probability_has_no_quantile(p: float) -> None:
    with pytest.raises(ValueError, match="probability"):
        gamma_quantile(p, 2.0)


def test_a_shape_is_above_zero() -> None:
    with pytest.raises(ValueError, match="shape of a gamma law"):
        gamma_quantile(0.5, 0.0)
