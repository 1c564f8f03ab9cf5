"""Statistics of controls in the bank: measured once, on the pictures that were sent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.attacks.conftest import cases_of, threat_model  # noqa: F401
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.engine import attack
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.families.substitution import Substitution
from threatsim.attacks.threat_model import ThreatModel
from threatsim.cases.image_set import CaseSet
from threatsim.defences.controls.duplicates import DuplicateControl
from threatsim.defences.reference import Reference
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.bank.control_statistics import calibration_statistics, picture_statistics
from threatsim.outcomes.bank.filling import compute_outcomes, missing, outcome_keys

SPEC = PGD(access="white_box", budget=PixelBudget(epsilon=0.1), step=0.05, steps=2)
NUMERICS = ("torch", "cpu", "processor")


class Change:
    """How far the picture sent is from the case's own."""

    def __init__(self, fingerprint: str = "change") -> None:
        self.fingerprint, self.count = fingerprint, 0

    def statistic(self, cases: CaseSet, submitted: torch.Tensor) -> NDArray[np.float32]:
        self.count += len(cases)
        return (submitted - cases.images).abs().sum((1, 2, 3)).numpy()


def test_what_is_measured_is_the_altered_file_and_only_once(tmp_path: Path, threat_model: ThreatModel) -> None:  # noqa: F811
    cases, control = cases_of(20), Change()
    plain = compute_outcomes(OutcomeBank(tmp_path), threat_model, cases, SPEC)
    assert missing(OutcomeBank(tmp_path), threat_model, cases, SPEC) == 0
    assert missing(OutcomeBank(tmp_path), threat_model, cases, SPEC, controls=[control]) == 20  # scores alone do not do
    scores = compute_outcomes(OutcomeBank(tmp_path), threat_model, cases, SPEC, controls=[control])
    np.testing.assert_array_equal(scores, plain)
    keys = outcome_keys(threat_model, cases, SPEC, 0)
    found = picture_statistics(OutcomeBank(tmp_path), control, keys)
    altered = attack(threat_model, cases, SPEC).images
    np.testing.assert_allclose(found, (altered - cases.images).abs().sum((1, 2, 3)), rtol=1e-6)
    compute_outcomes(OutcomeBank(tmp_path), threat_model, cases, SPEC, controls=[control])
    assert control.count == 20
    other = Change("another")
    with pytest.raises(KeyError):
        picture_statistics(OutcomeBank(tmp_path), other, keys)
    assert missing(OutcomeBank(tmp_path), threat_model, cases, SPEC, controls=[control, other]) == 20


def test_the_untouched_picture_is_measured_too(threat_model: ThreatModel) -> None:  # noqa: F811
    cases, control, bank = cases_of(5), Change(), OutcomeBank(None)
    compute_outcomes(bank, threat_model, cases, None, controls=[control])
    assert picture_statistics(bank, control, outcome_keys(threat_model, cases, None, 0)).tolist() == [0] * 5


def test_duplicate_search_finds_every_substitute(threat_model: ThreatModel) -> None:  # noqa: F811
    cases, bank = cases_of(16), OutcomeBank(None)
    control = DuplicateControl(cases)
    found = {}
    for spec in (None, SPEC, Substitution()):
        compute_outcomes(bank, threat_model, cases, spec, controls=[control])
        found[spec and spec.family] = picture_statistics(bank, control, outcome_keys(threat_model, cases, spec, 0))
    assert (found["substitution"] == 0).all()
    assert (found[None] < -5).all()
    assert (found["pgd"] < -5).all()


def test_calibration_pictures_are_made_only_when_statistics_are_missing(tmp_path: Path) -> None:
    made: list[int] = []

    def draw() -> CaseSet:
        made.append(1)
        return cases_of(9, seed=4)

    control = DuplicateControl(cases_of(6))
    first, second = (
        calibration_statistics(OutcomeBank(tmp_path), control, Reference("same", draw, draw, 9), NUMERICS)
        for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)
    assert (len(first), len(made)) == (9, 1)
    calibration_statistics(OutcomeBank(tmp_path), control, Reference("other pictures", draw, draw, 9), NUMERICS)
    assert len(made) == 2
