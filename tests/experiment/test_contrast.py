"""Differences with their tests: few events, families, and what would have been found."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.experiment.figures.contrast import Contrast, adjusted, by_family
from threatsim.experiment.figures.estimates import estimate
from threatsim.statistics.counts import FEW
from threatsim.statistics.ratio import ReplicateSample

ACCUSED = ARM_METRICS["false_accusations"]


def accusations(counts: np.ndarray, exposure: float = 0.5) -> ReplicateSample:
    """Accusations per 100 provider-years, of so many counted in each replicate."""
    return ReplicateSample(counts / exposure, wholes=np.full(len(counts), exposure))


def money(shift: float, seed: int, pairs: int = 10) -> Contrast:
    rng = np.random.default_rng(seed)
    base = np.repeat(rng.normal(0, 3, pairs), 2)
    return Contrast(
        ARM_METRICS["payer_loss"],
        ReplicateSample(base),
        ReplicateSample(base + np.repeat(rng.normal(shift, 1, pairs), 2)),
    )


def test_no_accusation_in_twenty_replicates_is_not_none_to_none() -> None:
    found = estimate(ACCUSED, accusations(np.zeros(20)))
    assert (found.value, found.low, found.events, found.n) == (0.0, 0.0, 0, 20)
    assert found.high == pytest.approx(-np.log(0.025) / (20 * 0.5 / 2))  # two of the same streams count as one


def test_few_accusations_have_an_exact_interval_and_many_that_of_means() -> None:
    rng = np.random.default_rng(1)
    few = estimate(ACCUSED, accusations(rng.multinomial(4, np.full(20, 0.05)).astype(float)))
    assert few.events == 4
    assert few.low is not None
    assert few.low > 0
    assert few.value == pytest.approx(4 / 10)
    many = estimate(ACCUSED, accusations(rng.poisson(9, 20).astype(float)))
    assert many.events is None


def test_two_pairs_have_no_interval_however_few_the_events() -> None:
    found = estimate(ACCUSED, accusations(np.zeros(4)))
    assert (found.value, found.low, found.high, found.events) == (0.0, None, None, None)


def test_of_one_pair_with_the_figure_the_quotient_is_known_and_its_error_is_not() -> None:
    wholes = np.array([0.0, 0, 2, 6, 0, 0, 0, 0])
    values = np.where(wholes > 0, [0.0, 0, 1, 5, 0, 0, 0, 0], np.nan)
    found = estimate(ARM_METRICS["fraud_payoff"], ReplicateSample(values, wholes))
    assert (found.value, found.low, found.high, found.n, found.undefined) == (4.0, None, None, 2, 6)


def test_none_in_either_arm_is_a_difference_that_may_be_of_either_sign() -> None:
    none = accusations(np.zeros(20))
    found = Contrast(ACCUSED, none, none).difference
    assert found.value == 0
    assert found.low == pytest.approx(-(found.high or 0))
    assert (found.high or 0) > 0
    assert found.p == 1


def test_what_both_arms_share_narrows_their_difference() -> None:
    base = np.array([2.0, 1, 0, 0, 1, 0, 0, 0, 2, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])
    same, other = base.copy(), np.roll(base, 7)
    together, apart = (Contrast(ACCUSED, accusations(base), accusations(one)).difference for one in (same, other))
    assert base.sum() < FEW
    assert together.high - together.low < apart.high - apart.low  # type: ignore[operator]
    assert together.excludes_zero == ((together.p or 1) <= 0.05)


def test_a_ratio_of_many_is_compared_by_its_pairs() -> None:
    """Payoff: the arm's sums over the baseline's, not the mean of the replicates' quotients."""
    rng = np.random.default_rng(2)
    wholes = np.repeat(rng.gamma(3, 2, 10), 2)
    base, other = (ReplicateSample(np.repeat(rng.normal(5, 1, 10), 2) + shift, wholes=wholes) for shift in (0.0, 4.0))
    found = Contrast(ARM_METRICS["fraud_payoff"], base, other).difference
    expected = (other.values * wholes).sum() / wholes.sum() - (base.values * wholes).sum() / wholes.sum()
    assert found.value == pytest.approx(expected)
    assert found.detected


def test_undefined_replicates_are_counted() -> None:
    values = np.arange(12.0)
    values[3] = np.nan
    sample = ReplicateSample(values, wholes=np.where(np.isnan(values), 0.0, 2.0))
    found = estimate(ARM_METRICS["fraud_payoff"], sample)
    assert (found.n, found.undefined) == (11, 1)
    assert found.low is not None
    changed = Contrast(
        ARM_METRICS["fraud_payoff"], sample, ReplicateSample(np.arange(12.0), wholes=np.full(12, 2.0))
    ).difference
    assert (changed.n, changed.undefined) == (11, 1)


def test_arrows_of_many_null_differences_are_rare() -> None:
    """Holm: of 200 tables of 30 differences of nothing, about 5 % have any arrow; unadjusted, nearly all of them."""
    tables = [[money(0.0, 1000 * table + k) for k in range(30)] for table in range(200)]
    found = [[one.difference for one in adjusted(table)] for table in tables]
    some = np.mean([any(one.detected for one in table) for table in found])
    raw = np.mean([any(one.excludes_zero for one in table) for table in found])
    assert some <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)
    assert raw > 0.7


def test_what_arms_are_ranked_by_and_each_table_are_families_of_their_own() -> None:
    benefit = [Contrast(ARM_METRICS["net_benefit"], one.base, one.other) for one in (money(0.9, 1), money(0.0, 2))]
    rest = [money(0.1, seed) for seed in range(3, 30)]
    borne = Contrast(ARM_METRICS["control_cost"], rest[0].base, rest[0].other)
    mixed = by_family([rest[0], benefit[0], *rest[1:], benefit[1], borne])
    tested = [one.difference.p_holm for one in mixed]
    assert [tested[1], tested[-2]] == [one.difference.p_holm for one in adjusted(benefit)]
    assert tested[0] == adjusted(rest)[0].difference.p_holm
    assert tested[-1] == borne.difference.p


def test_what_would_have_been_found_is_found_in_four_of_five() -> None:
    """Runs with a true difference of the size that such a run calls detectable, at its own level."""
    sizes = [size for seed in range(60) if (size := money(0.0, seed).detectable(0.05)) is not None]
    size = float(np.mean(sizes))
    power = np.mean([money(size, 5000 + seed).difference.excludes_zero for seed in range(400)])
    assert 0.74 < power < 0.9


def test_it_is_said_where_nothing_is_found_only_and_rises_with_their_number() -> None:
    few, many = by_family([money(0.0, 3), money(9.0, 4)]), by_family([money(0.0, seed) for seed in range(3, 20)])
    assert few[0].difference.detectable == money(0.0, 3).detectable(0.05)  # of one that is left
    assert few[1].difference.detected
    assert few[1].difference.detectable is None
    assert (many[0].difference.detectable or 0) > (few[0].difference.detectable or 0)
    assert many[0].alpha == pytest.approx(0.05 / len(many))


def test_of_few_events_a_rise_that_would_be_found_is_found() -> None:
    base = accusations(np.repeat([1.0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 2))
    size = Contrast(ACCUSED, base, base).detectable(0.05)
    assert size is not None
    raised = stats.poisson.rvs((0.2 + size) * 0.5, size=(200, 10), random_state=1)
    power = np.mean(
        [
            (Contrast(ACCUSED, base, accusations(np.repeat(one, 2).astype(float))).difference.p or 1) <= 0.05
            for one in raised
        ]
    )
    assert 0.7 < power < 0.97
