"""What a sample is expected to show, against scipy's binomial."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from threatsim.market.foresight.lower_limit import lower_limit
from threatsim.market.foresight.sample_odds import SampleOdds


@pytest.mark.parametrize(("claims", "tolerated"), [(30, 0.2), (100, 0.05), (7, 0.5)])
def test_a_sample_accuses_as_often_as_a_binomial_number_is_too_large(claims: int, tolerated: float) -> None:
    odds = SampleOdds(claims, tolerated)
    rate = np.linspace(0, 1, 181)
    for size in {1, 3, claims}:
        accuses, _ = odds.at(np.full(rate.size, size), rate)
        exact = stats.binom.sf(np.floor(tolerated * size + 1e-9), size, rate)
        np.testing.assert_allclose(accuses, exact, atol=2e-3)  # as near as interpolation comes


def test_what_is_proven_is_the_mean_of_the_lower_limit_of_samples_that_accuse() -> None:
    odds, rate = SampleOdds(40, 0.1), 0.25  # a rate of the table itself
    failures = np.arange(41)
    limit = np.where(failures / 40 > 0.1, lower_limit(failures, np.full(41, 40)), 0)
    accuses, proven = odds.at(np.array([40]), np.array([rate]))
    assert proven[0] == pytest.approx((stats.binom.pmf(failures, 40, rate) * limit).sum(), rel=1e-12)
    assert accuses[0] == pytest.approx(stats.binom.sf(4, 40, rate), rel=1e-12)


def test_nothing_is_shown_by_no_claims_nor_by_a_practice_without_errors() -> None:
    odds = SampleOdds(30, 0.2)
    for size, rate in ((0, 0.7), (30, 0.0)):
        assert [float(value[0]) for value in odds.at(np.array([size]), np.array([rate]))] == [0, 0]
    accuses, proven = odds.at(np.array([30]), np.array([1.0]))
    assert (accuses[0], 0.94 < proven[0] < 1) == (1, True)
