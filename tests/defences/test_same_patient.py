from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from threatsim.cases.archive import load_archive
from threatsim.cases.image_set import CaseSet
from threatsim.cases.synthetic.generate import generate
from threatsim.common.errors import ThreatsimError
from threatsim.defences.controls.same_patient import (
    MOST_IMAGES,
    RIDGE,
    PatientMatch,
    layout,
    recaptured_pairs,
    stranger_pairs,
    visit_pairs,
)
from threatsim.outcomes.defence_trials.control_trials import try_matching

PLACE = Path(os.environ.get("THREATSIM_IMAGES_224") or Path(__file__).parents[3] / "shared" / "data224")


def grouped(n: int, patients: list[str]) -> CaseSet:
    cases = generate("chest_xray", n, seed=5, split="test", size=32)
    return replace(cases, patient_ids=tuple(patients))


def test_the_statistic_is_the_log_likelihood_ratio_of_two_normal_laws() -> None:
    cases = generate("fundoscopy", 200, seed=1, split="train", size=32)
    same, different = recaptured_pairs(cases, seed=0), stranger_pairs(cases, seed=0, count=400)

    def law(pairs):  # type: ignore[no-untyped-def]
        apart = layout(pairs.left) - layout(pairs.right)
        covariance = apart.T @ apart / len(apart)
        return multivariate_normal(np.zeros(143), covariance + RIDGE * np.trace(covariance) / 143 * np.eye(143))

    strangers = stranger_pairs(cases, seed=9, count=10)
    apart = layout(strangers.left) - layout(strangers.right)
    ratio = 2 * (law(different).logpdf(apart) - law(same).logpdf(apart))
    found = PatientMatch.fit(same, different).statistic(strangers)
    np.testing.assert_allclose(found - found.mean(), ratio - ratio.mean(), rtol=1e-6, atol=1e-6)


def test_brightness_and_contrast_are_not_part_of_a_layout() -> None:
    images = generate("chest_xray", 4, seed=1, split="test").images
    np.testing.assert_allclose(layout(images * 0.5 + 0.2), layout(images), atol=1e-5)
    assert layout(torch.full((1, 3, 64, 64), 0.5)).shape == (1, 143)


@pytest.mark.parametrize("modality", ["fundoscopy", "chest_xray", "dermoscopy"])
def test_another_capture_is_told_from_another_patient_at_the_budget(modality: str) -> None:
    train, calibration, test = (
        generate(modality, n, seed=6, split=split, size=32)
        for n, split in ((300, "train"), (200, "calibration"), (200, "test"))
    )
    match = PatientMatch.fit(recaptured_pairs(train, seed=0), stranger_pairs(train, seed=0, count=800))
    found = try_matching(
        "repeated captures",
        match,
        recaptured_pairs(calibration, seed=1),
        recaptured_pairs(test, seed=2),
        stranger_pairs(test, seed=2, count=300),
        false_alarm=0.05,
    )
    assert found.auroc.value is not None
    assert found.false_alarms.value is not None
    assert found.detected.value is not None
    assert found.auroc.value > 0.98
    assert 0.01 < found.false_alarms.value < 0.11
    assert found.detected.value > 0.9


def test_visits_pair_a_patient_with_itself_and_leave_collective_names_out() -> None:
    patients = ["alone"] + ["twice"] * 2 + ["often"] * 6 + ["everybody"] * (MOST_IMAGES + 1)
    pairs = visit_pairs(grouped(len(patients), patients), seed=0)
    assert sorted(pairs.patients) == ["often"] * 3 + ["twice"]
    assert all(not torch.equal(left, right) for left, right in zip(pairs.left, pairs.right, strict=True))


def test_strangers_are_different_patients_with_the_same_finding() -> None:
    cases = grouped(20, [f"p{i // 2}" for i in range(20)])
    pairs = stranger_pairs(cases, seed=0, count=60)
    where = {image.numpy().tobytes(): row for row, image in enumerate(cases.images)}
    for left, right in zip(pairs.left, pairs.right, strict=True):
        a, b = where[left.numpy().tobytes()], where[right.numpy().tobytes()]
        assert cases.patient_ids[a] != cases.patient_ids[b]
        assert cases.labels[a] == cases.labels[b]


def test_without_pairs_there_is_nothing_to_learn() -> None:
    cases = grouped(6, list("abcdef"))
    with pytest.raises(ThreatsimError, match="pairs of one patient"):
        PatientMatch.fit(visit_pairs(cases, seed=0), stranger_pairs(cases, seed=0, count=6))


@pytest.mark.skipif(not (PLACE / "chest_xray").is_dir(), reason=f"no real x-rays in {PLACE}")
def test_real_visits_are_matched_better_than_chance_and_far_from_well() -> None:
    archive = load_archive(PLACE / "chest_xray", "chest_xray", size=64)
    train, calibration, test = (_by_file_name(part) for part in (archive.train, archive.calibration, archive.test))
    match = PatientMatch.fit(visit_pairs(train, seed=0), stranger_pairs(train, seed=0, count=4000))
    found = try_matching(
        "repeated visits",
        match,
        visit_pairs(calibration, seed=1),
        visit_pairs(test, seed=2),
        stranger_pairs(test, seed=2, count=600),
        false_alarm=0.05,
    )
    assert found.auroc.low is not None
    assert found.auroc.high is not None
    assert found.auroc.low > 0.55
    assert found.auroc.high < 0.98
    assert found.detected.value is not None
    assert found.detected.value < 0.9


def _by_file_name(cases: CaseSet) -> CaseSet:
    """Patients by number and kind: the archive numbers bacterial and viral patients apart, and healthy ones not."""

    def patient(name: str) -> str:
        found = re.match(r"person\d+_(bacteria|virus)", name)
        return found.group(0) if found else name

    return replace(cases, patient_ids=tuple(patient(name) for name in cases.case_ids))
