"""The patient bootstrap against scipy's on small data, against DeLong's formula, and at the ends of the scale."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import bootstrap, mannwhitneyu

from threatsim.statistics.bootstrap import auroc_over_patients, resampled_areas
from threatsim.statistics.discrimination import auroc


def two_normals(n: int, apart: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    labels = (np.arange(n) % 2).astype(np.int8)
    return random.normal(size=n) + apart * labels, labels


def test_the_interval_is_scipy_s_percentile_interval_on_small_data() -> None:
    scores, labels = two_normals(30, 1.0, 1)
    scores = scores.round(1)  # with ties

    def area(rows: np.ndarray) -> float:
        drawn, found = scores[rows.astype(int)], labels[rows.astype(int)]
        positive, negative = drawn[found == 1], drawn[found == 0]
        return float(mannwhitneyu(positive, negative).statistic / (len(positive) * len(negative)))

    theirs = bootstrap(
        (np.arange(30),), area, vectorized=False, n_resamples=4000, method="percentile", rng=np.random.default_rng(5)
    ).confidence_interval
    ours = auroc_over_patients(scores, labels, np.arange(30), resamples=4000)
    assert ours.value == pytest.approx(area(np.arange(30)))
    assert ours.low == pytest.approx(theirs.low, abs=0.02)
    assert ours.high == pytest.approx(theirs.high, abs=0.02)


def test_it_agrees_with_delong_on_large_data_and_repeats_itself() -> None:
    scores, labels = two_normals(1500, 1.2, 2)
    ours, formula = auroc_over_patients(scores, labels, np.arange(1500)), auroc(scores, labels, np.arange(1500))
    assert ours.value == formula.value
    assert ours.n == 1500
    assert ours.low == pytest.approx(formula.low, abs=0.003)
    assert ours.high == pytest.approx(formula.high, abs=0.003)
    assert ours == auroc_over_patients(scores, labels, np.arange(1500))
    assert ours != auroc_over_patients(scores, labels, np.arange(1500), seed=1)


def test_cases_of_one_patient_are_drawn_together() -> None:
    scores, labels = two_normals(100, 1.0, 3)
    alone = auroc_over_patients(scores, labels, np.arange(100))
    fourfold = np.repeat(np.arange(100), 4)
    copied = auroc_over_patients(scores[fourfold], labels[fourfold], fourfold)
    as_if_independent = auroc_over_patients(scores[fourfold], labels[fourfold], np.arange(400))
    assert (copied.low, copied.high) == pytest.approx((alone.low, alone.high))
    assert as_if_independent.high - as_if_independent.low < 0.6 * (copied.high - copied.low)


@pytest.mark.parametrize("seed", [0, 1])
def test_one_resample_is_the_area_of_the_cases_drawn(seed: int) -> None:
    scores, labels = two_normals(12, 0.5, 4)
    patients = np.arange(12) // 2
    drawn = np.random.default_rng(seed).integers(6, size=6)
    rows = np.flatnonzero(patients == drawn[:, None]) % 12
    (area,) = resampled_areas(scores, labels, patients, resamples=1, seed=seed)
    expected = auroc(scores[rows], labels[rows], np.arange(len(rows))).value
    assert area == pytest.approx(expected)


def test_the_ends_keep_a_width_and_one_label_has_no_area() -> None:
    labels = np.array([0, 0, 0, 1, 1, 1])
    perfect = auroc_over_patients(labels, labels, np.arange(6))
    assert perfect.value == 1
    assert perfect.low is not None
    assert perfect.low < 0.9
    reversed_scores = auroc_over_patients(-labels, labels, np.arange(6))
    assert reversed_scores.value == 0
    assert reversed_scores.high is not None
    assert reversed_scores.high > 0.1
    assert auroc_over_patients(labels, np.zeros(6), np.arange(6)).value is None
