"""Targets of audits: exact binomial tails against the specialty's rate and spread."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from threatsim.common.arithmetic.binomial import binomial_exactly, log_factorial, most_over_first, tail_over_first
from threatsim.market.payers.outliers import outliers


def test_log_factorials_against_scipy() -> None:
    n = np.concatenate([np.arange(5000), 10 ** np.arange(3, 10)])
    np.testing.assert_allclose(log_factorial(n), special.gammaln(n + 1), rtol=1e-13)
    np.testing.assert_array_equal(log_factorial(n[:200]), log_factorial(n)[:200])


@pytest.mark.parametrize("chance", [1e-4, 0.02, 0.3, 0.9])
def test_binomial_tails_against_scipy(chance: float) -> None:
    trials = np.repeat([1, 7, 40, 1000, 100_000], 5)
    above = trials * chance + np.tile([0.6, 1, 2, 4, 7], 5) * np.sqrt(trials * chance * (1 - chance))
    least = np.clip(np.floor(above).astype(np.int64) + 1, 0, trials)
    possible = least > trials * chance
    least, trials = least[possible], trials[possible]
    law = least, trials, np.full(trials.size, chance)
    exactly, over_first = binomial_exactly(*law), tail_over_first(*law)
    tail = exactly * over_first
    np.testing.assert_allclose(tail, stats.binom.sf(least - 1, trials, chance), rtol=1e-8, atol=1e-300)
    np.testing.assert_allclose(exactly, stats.binom.pmf(least, trials, chance), rtol=1e-8, atol=1e-300)
    assert (over_first <= most_over_first(*law) * (1 + 1e-12)).all()


def test_all_of_all_is_a_power() -> None:
    law = np.array([5]), np.array([5]), np.array([0.25])
    assert binomial_exactly(*law)[0] == pytest.approx(0.25**5, rel=1e-12)
    assert tail_over_first(*law)[0] == most_over_first(*law)[0] == 1


def funnel(
    providers: int, seed: int, sizes: tuple[int, int], rate: np.ndarray | float
) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    claims = np.round(np.exp(generator.uniform(*np.log(sizes), providers))).astype(np.int64)
    return generator.binomial(claims, rate), claims


def test_the_honest_stand_out_as_often_as_chance_has_it_whatever_their_size() -> None:
    """A score of 2 is a tail of 2.3 %; a discrete tail stays below. Small practices do not stand out more."""
    found, claims = funnel(20_000, 1, (20, 2000), 0.2)
    chosen = outliers(found, claims, [slice(0, 20_000)], 20, 2.0)
    assert 0.014 < chosen.mean() < 0.024
    order = np.argsort(claims)
    smallest, largest = (chosen[order[part]].mean() for part in (slice(0, 4000), slice(-4000, None)))
    assert smallest <= largest + 0.003


def test_a_specialty_that_is_spread_widens_its_own_limits() -> None:
    rate = np.random.default_rng(2).beta(20, 80, 5000)
    found, claims = funnel(5000, 3, (500, 2000), rate)
    plain = stats.binom.sf(found - 1, claims, 0.2) < stats.norm.sf(3)
    chosen = outliers(found, claims, [slice(0, 5000)], 20, 3.0)
    assert plain.mean() > 0.1
    assert chosen.mean() < 0.02


def test_whoever_bills_far_more_stands_out_in_the_own_specialty_only() -> None:
    found, claims = funnel(200, 4, (100, 400), np.repeat([0.1, 0.5], 100))
    found[7], claims[7] = 70, 200  # much for the first specialty, little for the second
    chosen = outliers(found, claims, [slice(0, 100), slice(100, 200)], 20, 4.0)
    assert chosen.tolist() == [row == 7 for row in range(200)]


def test_who_has_few_claims_is_never_a_target() -> None:
    found, claims = np.array([*[10] * 30, 19]), np.array([*[100] * 30, 19])
    assert not outliers(found, claims, [slice(0, 31)], 20, 1.0)[-1]
    assert outliers(found, claims, [slice(0, 31)], 19, 1.0)[-1]


def test_nobody_stands_out_where_there_is_nothing_to_compare() -> None:
    nothing = np.zeros(5, np.int64)
    some = np.array([30, 40, 50, 60, 70])
    for found, claims in ((nothing, nothing), (nothing, some), (some, some)):
        assert not outliers(found, claims, [slice(0, 5)], 1, 0.0).any()
