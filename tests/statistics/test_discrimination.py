from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.optimize
import scipy.special
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from threatsim.statistics.discrimination import auroc, mean_confidence, proportion
from threatsim.statistics.over_replicates import Z, wilson_interval

Floats = NDArray[np.float64]


def pairs(scores: Floats, labels: NDArray[np.int64]) -> Floats:
    """(positives, negatives) 1 where the positive scores above, 0.5 where they tie."""
    positive, negative = scores[labels == 1], scores[labels == 0]
    return (positive[:, None] > negative) + 0.5 * (positive[:, None] == negative)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 1), st.integers(0, 8)), min_size=1, max_size=40))
def test_auroc_counts_pairs(cases: list[tuple[int, int, int]]) -> None:
    scores, labels, patients = (np.array(column) for column in zip(*cases, strict=True))
    found = auroc(scores, labels, patients)
    matrix = pairs(scores, labels)
    if matrix.size == 0:
        assert found.value is None
        return
    assert found.value == pytest.approx(matrix.mean())
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.value <= found.high <= 1
    mirrored = auroc(-scores, labels, patients)
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - found.high, 1 - found.low), abs=1e-9)


def test_auroc_with_one_case_a_patient_is_delong() -> None:
    rng = np.random.default_rng(1)
    labels = np.repeat([1, 0], [70, 110])
    scores = np.round(rng.normal(labels * 1.2, 1), 1)  # with ties
    matrix = pairs(scores, labels)
    area = matrix.mean()
    variance = np.var(matrix.mean(1), ddof=1) / 70 + np.var(matrix.mean(0), ddof=1) / 110
    half = Z * math.sqrt(variance) / (area * (1 - area))
    expected = scipy.special.expit(scipy.special.logit(area) + np.array([-half, half]))
    found = auroc(scores, labels, np.arange(180))
    assert (found.low, found.high) == pytest.approx(tuple(expected))
    assert found.n == 180


def test_a_case_counted_twice_is_still_one_patient() -> None:
    rng = np.random.default_rng(2)
    labels = np.repeat([1, 0], [30, 40])
    scores = rng.normal(labels, 1)
    patients = np.arange(70)
    twice = np.concatenate
    once = auroc(scores, labels, patients)
    doubled = auroc(twice([scores, scores]), twice([labels, labels]), twice([patients, patients]))
    assert (doubled.low, doubled.high) == pytest.approx((once.low, once.high))
    counted = scores > 0.5
    one, two = proportion(counted, patients), proportion(twice([counted, counted]), twice([patients, patients]))
    assert (two.low, two.high) == pytest.approx((one.low, one.high))
    chance = scipy.special.expit(scores)
    one = mean_confidence(chance, patients)
    two = mean_confidence(twice([chance, chance]), twice([patients, patients]))
    assert (two.low, two.high) == pytest.approx((one.low, one.high))


@pytest.mark.parametrize(("positives", "negatives"), [(200, 200), (25, 60), (3, 2)])
def test_a_perfect_area_still_has_an_interval(positives: int, negatives: int) -> None:
    """An attack that turns every case round has AUROC 0; its interval is Newcombe's (another solver here)."""
    labels = np.repeat([1, 0], [positives, negatives])
    found = auroc(-labels, labels, np.arange(len(labels)))
    half = (positives + negatives) / 2 - 1

    def excess(area: float) -> float:
        spread = area * (1 - area) * (1 + half * ((1 - area) / (2 - area) + area / (1 + area)))
        return area - Z * math.sqrt(spread / (positives * negatives))

    assert found.value == 0
    assert found.low == 0
    assert found.high == pytest.approx(scipy.optimize.brentq(excess, 1e-6, 1 - 1e-9), abs=1e-9)
    assert auroc(labels, labels, np.arange(len(labels))).low == pytest.approx(1 - found.high)


def test_auroc_of_one_class_is_undefined() -> None:
    found = auroc([0.1, 0.2], [0, 0], [1, 2])
    assert (found.value, found.low, found.high, found.n) == (None, None, None, 2)


def test_proportion_with_one_case_a_patient_is_wilson() -> None:
    counted = np.arange(412) < 37
    found = proportion(counted, np.arange(412))
    assert (found.low, found.high) == pytest.approx(wilson_interval(37 / 412, 412))
    none = proportion(np.zeros(20, bool), np.arange(20))
    assert (none.value, none.low) == (0, 0)
    assert none.high == pytest.approx(wilson_interval(0, 20)[1])


def test_all_cases_of_few_patients_say_little() -> None:
    many = proportion(np.ones(100, bool), np.arange(100))
    few = proportion(np.ones(100, bool), np.arange(100) // 25)
    assert many.low is not None
    assert few.low is not None
    assert few.low == pytest.approx(wilson_interval(1, 4)[0])
    assert few.low < many.low
    assert proportion([True, False], [1, 1]).value == 0.5
    assert proportion([], []).value is None


def test_mean_confidence_with_one_case_a_patient_is_students() -> None:
    scores = np.random.default_rng(3).beta(0.5, 0.5, 50)
    confidence = np.maximum(scores, 1 - scores)
    expected = scipy.stats.ttest_1samp(confidence, 0).confidence_interval(0.95)
    found = mean_confidence(scores, np.arange(50))
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert mean_confidence([1.0, 0.0, 1.0], [1, 2, 3]).high == 1


def test_bad_cases_are_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        auroc([math.nan, 1], [0, 1], [1, 2])
    with pytest.raises(ValueError, match="one number a case"):
        auroc([1.0], [0, 1], [1, 2])
    with pytest.raises(ValueError, match="patient"):
        proportion([True, False], [1])


def test_coverage_when_patients_have_several_cases() -> None:
    """Intervals that took cases for patients would hold the truth far less often."""
    rng = np.random.default_rng(4)
    repeats, held, naive = 800, {"auroc": 0, "proportion": 0, "confidence": 0}, 0
    patients = np.repeat(np.arange(60), 4)
    # Scores: a patient's own level (variance 1) and a case's (variance 0.25); labels by patient.
    spread = math.sqrt(1.25)
    true_area = scipy.stats.norm.cdf(1 / (spread * math.sqrt(2)))
    true_share = 0.5 * scipy.stats.norm.sf(0.5 / spread) + 0.5 * scipy.stats.norm.sf(-0.5 / spread)
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    chance = scipy.special.expit(np.concatenate([nodes * spread, 1 + nodes * spread]))
    true_confidence = np.average(np.maximum(chance, 1 - chance), weights=np.tile(weights, 2))
    for _ in range(repeats):
        labels = np.repeat([1, 0], 120)
        scores = labels + np.repeat(rng.normal(size=60), 4) + rng.normal(0, 0.5, 240)
        held["auroc"] += _holds(auroc(scores, labels, patients), true_area)
        held["proportion"] += _holds(proportion(scores > 0.5, patients), true_share)
        held["confidence"] += _holds(mean_confidence(scipy.special.expit(scores), patients), true_confidence)
        naive += _holds(auroc(scores, labels, np.arange(240)), true_area)
    for what, count in held.items():
        assert 0.93 < count / repeats < 0.98, (what, count / repeats)
    assert naive / repeats < 0.8


def _holds(estimate: object, truth: float) -> bool:
    return estimate.low <= truth <= estimate.high  # type: ignore[attr-defined]


def test_patients_who_are_all_alike_leave_every_case_an_observation() -> None:
    even = proportion([1, 0, 1, 0], [0, 0, 1, 1])  # no variance between patients
    plain = wilson_interval(0.5, 4)
    assert (even.low, even.high) == pytest.approx(plain)
