"""Controls as a payer runs them: on submitted pictures of synthetic fundus photographs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.defences.conftest import CPU, cases_of, two_features
from threatsim.attacks.families.rotation import rotated
from threatsim.attacks.search.other_patients import other_patients
from threatsim.attacks.search.target import Target
from threatsim.cases.image_set import CaseSet, to_grid
from threatsim.cases.synthetic.generate import generate
from threatsim.catalogue.controls import DETECTORS
from threatsim.common.errors import ThreatsimError
from threatsim.common.thresholds import threshold_within
from threatsim.defences.controls.duplicates import DuplicateControl
from threatsim.defences.controls.picture_control import fitted_controls
from threatsim.defences.controls.same_patient import SamePatientControl
from threatsim.defences.reference import Ground, Reference, Watched

POOL, FITTED, CALIBRATED = 60, 200, 120


def drawn(split: str, count: int) -> CaseSet:
    return generate("fundoscopy", count, seed=11, split=split, size=48)


@pytest.fixture(scope="module")
def pool() -> CaseSet:
    return drawn("test", POOL)


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference("fundus", lambda: drawn("train", FITTED), lambda: drawn("calibration", CALIBRATED), CALIBRATED)


def exchanged(pool: CaseSet) -> torch.Tensor:
    wanted = torch.from_numpy(1 - pool.labels.astype("int64"))
    return other_patients(pool, wanted, pool, seed=0)(list(range(len(pool))))


def noisy(images: torch.Tensor) -> torch.Tensor:
    """Noise of 2.55 grey levels, the paper's budget."""
    signs = torch.randint(0, 2, images.shape, generator=torch.Generator().manual_seed(1)) * 2 - 1
    return to_grid(images + 0.01 * signs)


def test_substitution_is_flagged_by_both_and_noise_by_neither(pool: CaseSet, reference: Reference) -> None:
    for control, budget in ((DuplicateControl(pool), 0.01), (SamePatientControl(reference), 0.05)):
        calibration = reference.calibration
        limit = threshold_within(control.statistic(calibration, calibration.images), budget)
        shares = {
            name: float((control.statistic(pool, images) > limit).mean())
            for name, images in (("clean", pool.images), ("noise", noisy(pool.images)), ("other", exchanged(pool)))
        }
        assert shares["other"] == 1
        assert shares["clean"] <= budget + 3 * np.sqrt(budget / POOL)
        assert shares["noise"] <= budget + 3 * np.sqrt(budget / POOL)


def test_a_case_is_no_duplicate_of_itself(pool: CaseSet) -> None:
    search = DuplicateControl(pool)
    assert (search.statistic(pool, exchanged(pool)) == 0).all()
    assert (search.statistic(pool, pool.images) < 0).all()


def test_same_patient_matching_notices_a_turned_camera(pool: CaseSet, reference: Reference) -> None:
    control = SamePatientControl(reference)
    rotated_images = to_grid(rotated(pool.images, torch.full((POOL,), 30.0)))
    assert control.statistic(pool, rotated_images).mean() > control.statistic(pool, pool.images).mean()


def test_every_detector_keeps_to_its_budget_and_to_its_image() -> None:
    network = two_features()
    watched = Watched(lambda: network, Target(network, CPU), "weights")
    reference = Reference("two", lambda: cases_of(400, seed=1), lambda: cases_of(400, seed=2), 400)
    fresh = cases_of(401, seed=3)
    controls = fitted_controls(DETECTORS, Ground(fresh, watched, reference))
    assert len({control.fingerprint for control in controls.values()}) == len(DETECTORS)
    for control in controls.values():
        limit = threshold_within(control.statistic(reference.calibration, reference.calibration.images), 0.1)
        every = control.statistic(fresh, fresh.images)
        assert (every > limit).mean() == pytest.approx(0.1, abs=0.06)
        some = fresh.subset(list(range(37, 60)))
        np.testing.assert_array_equal(control.statistic(some, some.images), every[37:60])


def test_an_unknown_detector_is_refused(reference: Reference, pool: CaseSet) -> None:
    watched = Watched(two_features, Target(two_features(), CPU), "weights")
    with pytest.raises(
        ThreatsimError,
        match=r"unknown control 'magic'\nThere are: .*, gaussian, density, squeezing",
    ):
        fitted_controls(["magic"], Ground(pool, watched, reference))
