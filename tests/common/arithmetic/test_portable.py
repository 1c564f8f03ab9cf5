"""Portable functions against numpy, scipy and mpmath, on millions of values and at the edges."""

from __future__ import annotations

import math
from collections.abc import Callable

import mpmath
import numpy as np
import pytest
from scipy import special, stats

from threatsim.common.arithmetic.portable import (
    LARGEST_LEAST,
    LARGEST_MEAN,
    PoissonTable,
    exp,
    expm1,
    log,
    normal_quantile,
    poisson_at_least,
    standard_normal,
)

SOME = np.random.default_rng(20)
WIDE = np.concatenate([SOME.uniform(-745, 709.7, 10**6), SOME.normal(size=10**6), 1e-5 * SOME.normal(size=10**6)])
POSITIVE = np.concatenate([np.exp(SOME.uniform(-745, 709, 10**6)), SOME.random(10**6), 1 + 1e-3 * SOME.random(10**6)])
SMALL = np.concatenate([1e-18 * SOME.normal(size=10**5), SOME.uniform(-1.1, 1.1, 10**6), SOME.uniform(-60, 60, 10**6)])
EDGES = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 5e-324, -5e-324, 1e-310, 1e300, -1e300, 710.0, -745.13]
EDGES += [
    709.782712893384,
    709.7827128933841,
    -745.1332191019411,
    -745.1332191019412,
    -708.3964185322641,
    -708.5,
    -746.0,
]


def units_apart(found: np.ndarray, oracle: np.ndarray) -> float:
    """The largest distance in units in the last place."""
    return float((np.abs(found - oracle) / np.spacing(np.abs(oracle))).max())


@pytest.mark.parametrize(
    ("portable", "oracle", "values"),
    [(exp, np.exp, WIDE), (log, np.log, POSITIVE[POSITIVE > 0]), (expm1, np.expm1, WIDE), (expm1, np.expm1, SMALL)],
)
def test_values_lie_within_two_units_in_the_last_place(
    portable: Callable[..., np.ndarray], oracle: np.ufunc, values: np.ndarray
) -> None:
    assert units_apart(portable(values), oracle(values)) <= 2


@pytest.mark.parametrize(("portable", "oracle"), [(exp, np.exp), (expm1, np.expm1), (log, np.log)])
def test_edges_are_numpys_and_warn_of_nothing(portable: Callable[..., np.ndarray], oracle: np.ufunc) -> None:
    with np.errstate(all="ignore"):
        expected = oracle(EDGES)
    with np.errstate(all="raise", under="ignore"):
        found = portable(EDGES)
    np.testing.assert_array_max_ulp(found, expected, maxulp=2)
    np.testing.assert_array_equal(np.signbit(found[~np.isnan(found)]), np.signbit(expected[~np.isnan(expected)]))


@pytest.mark.parametrize("portable", [exp, expm1, log, normal_quantile])
def test_shapes_are_kept_and_a_value_is_the_same_alone_and_in_company(portable: Callable[..., np.ndarray]) -> None:
    values = SOME.random((3, 5, 7))
    together = portable(values)
    assert together.shape == values.shape
    assert portable(0.25).shape == ()
    assert portable(np.zeros((0, 4))).shape == (0, 4)
    np.testing.assert_array_equal(together, np.vectorize(lambda value: float(portable(value)))(values))
    np.testing.assert_array_equal(together.T, portable(values.T))


def test_exponentials_are_near_the_exact_ones() -> None:
    """numpy's own values may be a unit off; 40 digits are not."""
    with mpmath.workdps(40):
        for x in SOME.uniform(-30, 30, 300):
            exact = mpmath.exp(mpmath.mpf(float(x)))
            assert abs(float(exp(x)) - exact) < 1.0 * np.spacing(float(exact))
            assert abs(float(log(float(exact))) - mpmath.log(mpmath.mpf(float(exact)))) < np.spacing(abs(x))


def test_normal_quantile_against_scipy_and_mpmath() -> None:
    u = np.concatenate([SOME.random(10**6), np.exp(SOME.uniform(-700, 0, 10**6)), 1 - 1e-6 * SOME.random(10**6)])
    u = u[(u > 0) & (u < 1)]
    np.testing.assert_allclose(normal_quantile(u), special.ndtri(u), rtol=2e-15, atol=0)
    with mpmath.workdps(40):
        for p in (0.3, 0.9, 0.924, 0.926, 1e-3, 1e-11, 1e-13, 1e-200, 1 - 1e-9):
            z = mpmath.mpf(float(normal_quantile(p)))
            assert abs((mpmath.ncdf(z) - mpmath.mpf(p)) / mpmath.npdf(z) / z) < 1e-15


def test_normal_quantile_at_its_ends() -> None:
    with np.errstate(all="raise"):
        found = normal_quantile([0.0, 1.0, 0.5, -0.1, 1.1, math.nan])
    np.testing.assert_array_equal(found, [-math.inf, math.inf, 0.0, math.nan, math.nan, math.nan])


class _Ends(np.random.Generator):
    """A generator whose uniform numbers are the least and the greatest there are."""

    def random(self, size: int) -> np.ndarray:  # type: ignore[override]
        return np.resize([0.0, 1 - 2.0**-53], size)


def test_standard_normal_numbers_are_normal_and_finite() -> None:
    least, greatest = standard_normal(_Ends(np.random.PCG64(0)), 2)
    assert -8.3 < least < -8.1
    assert greatest == -least
    drawn = standard_normal(np.random.default_rng(3), 200_000)
    assert stats.kstest(drawn, "norm").pvalue > 0.01


@pytest.mark.parametrize("least", [1, 2, 3, 4, 12, 40, 170, 171, 400, LARGEST_LEAST])
def test_poisson_tail_against_scipy(least: int) -> None:
    ends = [0.0, 1e-300, 1e-9, 699.9, 700.0, 700.1, 1399.0, 1401.0, 1e9, 1e300, math.inf]
    means = np.concatenate([ends, np.geomspace(1e-4, 3000, 4000), np.linspace(0.5 * least, 2 * least, 4000)])
    means.sort()
    with np.errstate(all="raise", under="ignore"):
        chance = poisson_at_least(means, np.full(means.size, least))
    np.testing.assert_allclose(chance, special.gammainc(least, means), rtol=0, atol=2e-14)
    assert chance.min() == 0
    assert chance.max() == 1
    assert np.diff(chance).min() > -2e-14


def test_poisson_tail_of_rows_that_miss_different_numbers() -> None:
    least = np.concatenate([SOME.integers(-2, 9, 5000), [0, LARGEST_LEAST, 1]])
    means = SOME.exponential(4, (least.size, 3, 2))
    oracle = np.where(
        least[:, None, None] > 0, special.gammainc(np.maximum(least, 1)[:, None, None], means), np.ones_like(means)
    )
    chance = poisson_at_least(means, least)
    np.testing.assert_allclose(chance, oracle, rtol=0, atol=1e-15)
    for row in (0, 17, 5000, 5001):
        np.testing.assert_array_equal(chance[row], poisson_at_least(means[row : row + 1], least[row : row + 1])[0])
    assert poisson_at_least(np.zeros((0, 2)), np.zeros(0, np.int64)).shape == (0, 2)
    with pytest.raises(ValueError, match="too many"):
        poisson_at_least(np.ones(1), np.array([LARGEST_LEAST + 1]))


class _Given(np.random.Generator):
    """A generator whose uniform numbers are given."""

    def __init__(self, values: np.ndarray) -> None:
        super().__init__(np.random.PCG64(0))
        self.values = values

    def random(self, size: int) -> np.ndarray:  # type: ignore[override]
        assert size == self.values.size
        return self.values


@pytest.mark.parametrize("mean", [1e-6, 0.3, 1.0, 2.5, 33.0, 700.0, 12_345.6])
def test_poisson_numbers_are_the_quantiles_of_uniform_ones(mean: float) -> None:
    """A number k comes of every u from P(at most k - 1) to P(at most k), to the 2^-32 that the table resolves."""
    u = np.concatenate([np.linspace(0, 1, 20_001)[:-1], [2.0**-33, 1 - 2.0**-31]])
    drawn = PoissonTable(np.full(u.size, mean)).draw(_Given(u))
    slack = 2.0**-31
    assert (stats.poisson.cdf(drawn - 1, mean) <= u + slack).all()
    assert (stats.poisson.cdf(drawn, mean) >= u - slack).all()
    assert (np.diff(drawn[:20_000]) >= 0).all()


def test_poisson_numbers_have_the_moments_and_the_frequencies() -> None:
    means = np.repeat([0.0, 0.05, 1.7, 31.0, 480.0], 60_000)
    drawn = PoissonTable(means).draw(np.random.default_rng(5)).reshape(5, -1)
    assert not drawn[0].any()
    for mean, numbers in zip(means[::60_000][1:], drawn[1:], strict=True):
        assert numbers.mean() == pytest.approx(mean, abs=4 * math.sqrt(mean / numbers.size))
        assert numbers.var() == pytest.approx(mean, rel=4 * math.sqrt((2 + 1 / mean) / numbers.size))
        edges = np.unique(stats.poisson.ppf(np.linspace(0.02, 0.98, 25), mean))
        counted = np.bincount(np.searchsorted(edges, numbers), minlength=edges.size + 1)
        chances = np.diff(np.concatenate([[0], stats.poisson.cdf(edges, mean), [1]]))
        assert stats.chisquare(counted, chances * numbers.size).pvalue > 0.001


def test_poisson_rows_do_not_depend_on_their_company() -> None:
    means = np.concatenate([np.random.default_rng(7).lognormal(3, 1.5, 500), [0.0, 80_000.0, 5.0]])
    together = PoissonTable(means).draw(_Given(np.linspace(0.01, 0.99, means.size)))
    assert abs(together[-2] - 80_000) < 2000
    for row in (0, 250, 500, 501, 502):
        uniform = np.linspace(0.01, 0.99, means.size)[row : row + 1]
        assert PoissonTable(means[row : row + 1]).draw(_Given(uniform))[0] == together[row]


@pytest.mark.parametrize("mean", [-1.0, math.nan, math.inf, 2 * LARGEST_MEAN])
def test_means_that_cannot_be_drawn_for(mean: float) -> None:
    with pytest.raises(ValueError, match="not between 0 and"):
        PoissonTable(np.array([1.0, mean]))
