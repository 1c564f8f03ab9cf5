from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from threatsim.statistics import over_replicates as intervals
from threatsim.statistics.design import Design
from threatsim.statistics.mean_error import MeanError
from threatsim.statistics.significance import (
    holm,
    paired_mean_p,
    paired_median_p,
    units_needed,
    unpaired_median_p,
    welch_mean_p,
)

DESIGNS: tuple[Design, ...] = ("pairs", "fours")


def excludes_zero(low: float | None, high: float | None) -> bool:
    return (low is not None and low > 0) or (high is not None and high < 0)


def without_cases(n: int, seed: int, shift: float = 0.0) -> np.ndarray:
    """(2 n,) pairs of equal figures: all of the streams and no chance of the test set."""
    return np.repeat(np.random.default_rng(seed).normal(shift, 1, n), 2)


def test_without_the_test_sets_chance_a_paired_p_is_students() -> None:
    base, other = without_cases(9, 1), without_cases(9, 2, 0.5)
    assert paired_mean_p(base, other) == pytest.approx(stats.ttest_rel(other[::2], base[::2]).pvalue, rel=1e-12)


def test_without_the_test_sets_chance_an_unpaired_p_is_welchs() -> None:
    base, other = without_cases(9, 1), 3 * without_cases(14, 2, 0.5)
    expected = stats.ttest_ind(other[::2], base[::2], equal_var=False).pvalue
    assert welch_mean_p(base, other) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("m", "n"), [(6, 9), (20, 30)])
def test_durations_are_tested_by_signs_and_by_rank_sums(m: int, n: int) -> None:
    rng = np.random.default_rng(m)
    base, other = rng.normal(size=m), rng.normal(0.7, 1, size=n)
    expected = stats.mannwhitneyu(other, base, method="exact").pvalue
    assert unpaired_median_p(base, other) == pytest.approx(expected, rel=1e-9)
    paired = other[:m]
    k = int((paired > base).sum())
    assert paired_median_p(base, paired) == pytest.approx(stats.binomtest(k, m).pvalue, rel=1e-12)


def test_large_samples_of_durations_are_near_the_exact_law() -> None:
    rng = np.random.default_rng(0)
    base, other = rng.normal(size=110), rng.normal(0.3, 1, size=120)
    expected = stats.mannwhitneyu(other, base, method="asymptotic", use_continuity=False).pvalue
    assert unpaired_median_p(base, other) == pytest.approx(expected, rel=1e-9)


figures = st.lists(
    st.tuples(*[st.one_of(st.just(math.inf), st.integers(-9, 9).map(float))] * 2), min_size=1, max_size=24
)


@settings(max_examples=300, deadline=None)
@given(figures)
def test_a_p_of_at_most_five_per_cent_is_an_interval_without_zero(rows: list[tuple[float, float]]) -> None:
    base, other = (np.array(column) for column in zip(*rows, strict=True))
    for interval, test in (
        (intervals.paired_median_difference, paired_median_p),
        (intervals.unpaired_median_difference, unpaired_median_p),
    ):
        found, p = interval(base, other), test(base, other)
        assert p is not None
        assert excludes_zero(found.low, found.high) == (p <= 0.05)
    reached = np.isfinite(base) & np.isfinite(other)
    base, other = base[reached], other[reached]
    if len(base) < 2:
        return
    for design in DESIGNS:
        paired = intervals.paired_mean_difference(base, other, design=design), paired_mean_p(base, other, design=design)
        both = (design, "fours")
        apart = intervals.welch_mean_difference(base, other, designs=both), welch_mean_p(base, other, designs=both)
        for found, p in (paired, apart):
            if p is None:
                assert found.low is None
            elif abs(p - 0.05) > 1e-9:
                assert excludes_zero(found.low, found.high) == (p <= 0.05)


def test_too_few_replicates_have_no_p() -> None:
    assert paired_mean_p([1.0], [2.0]) is None
    assert welch_mean_p([1.0, math.nan], [2.0, 3.0]) is None
    assert paired_median_p([math.nan], [1.0]) is None
    assert unpaired_median_p([], [1.0]) is None
    assert paired_mean_p([1.0, 1.0, 1.0], [1.0, 1.0, 2.0]) is None  # one pair that shares its streams, and a half
    assert paired_mean_p([1.0] * 4, [2.0] * 4) is None  # two pairs
    assert paired_mean_p([1.0] * 6, [1.0] * 6) == 1
    assert paired_mean_p([1.0] * 6, [2.0] * 6) == 0


def test_holm_by_hand() -> None:
    # 4 tests: 0.01 * 4, 0.02 * 3, 0.03 * 2 = 0.06, 0.04 * 1 raised to 0.06.
    assert holm([0.03, None, 0.01, 0.04, 0.02]) == pytest.approx([0.06, None, 0.04, 0.06, 0.06])
    assert holm([0.6, 0.9]) == [1, 1]
    assert holm([]) == []


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_rejects_what_its_step_down_rule_rejects(p_values: list[float]) -> None:
    """The rule as Holm states it: reject in order of p while p <= level / (tests left)."""
    level, rejected = 0.05, set()
    for rank, i in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        if p_values[i] > level / (len(p_values) - rank):
            break
        rejected.add(i)
    adjusted = holm(p_values)
    assert all(one is not None for one in adjusted)
    near = {i for i, one in enumerate(adjusted) if one is not None and abs(one - level) < 1e-12}
    assert {i for i, one in enumerate(adjusted) if one is not None and one <= level} - near == rejected - near
    for one, p in zip(adjusted, p_values, strict=True):
        assert one is not None
        assert p <= one <= 1


def exact_power(n: int, effect: float) -> float:
    """The power of a two-sided one-sample t-test at 5 %, by the noncentral t distribution."""
    critical, shift = stats.t.ppf(0.975, n - 1), effect * math.sqrt(n)
    return float(stats.nct.sf(critical, n - 1, shift) + stats.nct.cdf(-critical, n - 1, shift))


@pytest.mark.parametrize("effect", [0.1, 0.3, 0.8, 1.5])
def test_replicates_needed_have_the_power_of_the_exact_test(effect: float) -> None:
    needed = units_needed([MeanError(between_units=1.0, cases=0.0, units=10)], effect)
    exact = next(n for n in range(2, 5_000) if exact_power(n, effect) >= 0.8)
    assert needed is not None
    assert exact <= needed <= exact + 2


def test_two_independent_samples_need_twice_as_many_each() -> None:
    between_units = MeanError(between_units=1.0, cases=0.0, units=10)
    one, two = units_needed([between_units], 0.05), units_needed([between_units, between_units], 0.05)
    assert one is not None
    assert two is not None
    assert two == pytest.approx(2 * one, rel=0.01)


def test_the_chance_of_the_test_set_is_not_replicated_away() -> None:
    alone = units_needed([MeanError(between_units=1.0, cases=0.0, units=10)], 0.5)
    some = units_needed([MeanError(between_units=1.0, cases=0.02, units=10)], 0.5)
    assert alone is not None
    assert some is not None
    assert some > alone
    assert units_needed([MeanError(between_units=1.0, cases=0.04, units=10)], 0.5) is None
    assert units_needed([MeanError(between_units=1.0, cases=0.0, units=10)], 0.0) is None


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 12), st.sampled_from(DESIGNS))
def test_a_difference_that_is_not_seen_needs_more_replicates_than_there_were(
    seed: int, pairs: int, design: Design
) -> None:
    change = np.random.default_rng(seed).normal(0.2, 1, 2 * pairs)
    error = intervals.mean_error(change, design=design)
    assert error is not None
    found = intervals.resampled_mean_interval(change, design=design)
    assert found.value is not None
    if not excludes_zero(found.low, found.high):
        needed = units_needed([error], found.value)
        assert needed is None or needed > error.units
