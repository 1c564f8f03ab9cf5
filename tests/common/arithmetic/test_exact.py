"""Distribution functions and quantiles of uncertain numbers against scipy, mpmath and closed forms."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from scipy import stats

from threatsim.catalogue.distributions import Beta, Distribution, Lognormal, Normal, Triangular, Uniform
from threatsim.common.arithmetic import exact

SOME = np.random.default_rng(8)
LAWS = [
    (Normal(mean=0.9, sd=0.2), stats.norm(0.9, 0.2)),
    (Lognormal(median=3.0, sigma=0.7), stats.lognorm(0.7, scale=3.0)),
    (Beta(alpha=2.0, beta=6.0), stats.beta(2, 6)),
    (Beta(alpha=0.3, beta=0.6), stats.beta(0.3, 0.6)),
    (Beta(alpha=240.0, beta=12.5), stats.beta(240, 12.5)),
    (Triangular(low=1.0, mode=2.0, high=6.0), stats.triang(0.2, loc=1, scale=5)),
    (Triangular(low=1.0, mode=1.0, high=6.0), stats.triang(0.0, loc=1, scale=5)),
    (Triangular(low=1.0, mode=6.0, high=6.0), stats.triang(1.0, loc=1, scale=5)),
    (Uniform(low=2.0, high=4.0), stats.uniform(2, 2)),
]


def units_apart(found: float, oracle: float) -> float:
    return abs(found - oracle) / math.ulp(oracle)


@pytest.mark.parametrize(("law", "oracle"), LAWS, ids=lambda one: getattr(one, "describe", lambda: "")())
def test_every_family_against_scipy(law: Distribution, oracle: stats.rv_continuous) -> None:
    for p in (1e-9, 0.01, 0.19, 0.2, 0.21, 0.5, 0.77, 0.99, 1 - 1e-9):
        x = law.inverse(p)
        assert x == pytest.approx(float(oracle.ppf(p)), rel=2e-14)
        assert law.cdf(x) == pytest.approx(p, rel=1e-8)
    for x in (-1.0, 0.0, 0.3, 0.999, 1.0, 1.5, 2.0, 3.7, 6.0, 9.0):
        assert law.cdf(x) == pytest.approx(float(oracle.cdf(x)), rel=1e-13, abs=1e-300)


def test_the_normal_families_are_rounded_from_the_exact_value() -> None:
    for p in (*SOME.random(20), 1e-12, 1e-200, 1 - 2.0**-53):
        with mpmath.workdps(50):
            start = float(stats.norm.ppf(p))
            z = mpmath.findroot(lambda z, p=p: mpmath.log(mpmath.ncdf(z) / mpmath.mpf(float(p))), start)
            normal, lognormal = float(0.9 + 0.2 * z), float(3.0 * mpmath.exp(0.7 * z))
        assert units_apart(exact.normal_quantile(float(p), 0.9, 0.2), normal) <= 1
        assert units_apart(exact.lognormal_quantile(float(p), 3.0, 0.7), lognormal) <= 1


def test_the_beta_distribution_function_is_rounded_from_the_exact_value() -> None:
    for a, b in ((2.0, 6.0), (0.05, 0.3), (240.0, 12.5), (1.0, 90.0)):
        for x in SOME.random(10):
            with mpmath.workdps(50):
                oracle = float(mpmath.betainc(a, b, 0, float(x), regularized=True))
            assert units_apart(exact.beta_cdf(float(x), a, b), oracle) <= 1


@pytest.mark.parametrize(("alpha", "beta"), [(2.0, 6.0), (0.05, 0.3), (240.0, 12.5), (1e6, 2e6), (0.5, 4e4)])
def test_beta_quantiles_invert_the_distribution_function(alpha: float, beta: float) -> None:
    for p in (1e-12, 0.03, 0.4, 0.6, 0.97, 1 - 1e-12):
        x = exact.beta_quantile(p, alpha, beta)
        if 1e-300 < x < 1:
            below, above = (exact.beta_cdf(math.nextafter(x, end), alpha, beta) for end in (0, 1))
            assert below <= p * (1 + 2e-16)
            assert above >= p * (1 - 2e-16)


def test_beta_closed_forms() -> None:
    for p in (1e-300, 0.1, 0.5, 1 - 2.0**-53):
        assert units_apart(exact.beta_quantile(p, 1.0, 1.0), p) <= 1
        assert exact.beta_quantile(p, 1.0, 2.0) == pytest.approx(p / (1 + math.sqrt(1 - p)), rel=1e-15)
        assert exact.beta_quantile(p, 0.5, 0.5) == pytest.approx(math.sin(math.pi * p / 2) ** 2, rel=1e-15)
    assert exact.beta_quantile(0.5, 1e-4, 1e-4) == pytest.approx(0.5, rel=1e-12)
    assert [exact.beta_cdf(x, 2.0, 3.0) for x in (-1.0, 0.0, 1.0, 2.0)] == [0, 0, 1, 1]


def test_the_last_uniform_number_is_no_infinite_draw() -> None:
    last = math.nextafter(1.0, 0.0)
    for law in (Normal(mean=1.0, sd=5.0), Lognormal(median=1.0, sigma=4.0)):
        assert law.quantile(last, 0.0, None) < math.inf
    assert Normal(mean=100.0, sd=1.0).quantile(0.0, 0.0, None) == 0.0
    assert Beta(alpha=2.0, beta=2.0).quantile(0.0, 0.0, 1.0) == 0.0
