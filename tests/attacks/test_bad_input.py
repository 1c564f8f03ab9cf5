"""What cannot be attacked is refused by the name of the case, and none of it is kept; memory may run out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn

from tests.attacks.conftest import CPU, cases_of, small_network
from threatsim.attacks.base import ImageAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.engine import attack, clean_scores
from threatsim.attacks.families.apgd import APGD
from threatsim.attacks.families.external import External
from threatsim.attacks.families.fgsm import FGSM
from threatsim.attacks.families.hopskipjump import HopSkipJump
from threatsim.attacks.families.minimal_norm import MinimalNorm
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.families.rotation import Rotation
from threatsim.attacks.families.square import Square
from threatsim.attacks.search.target import Target
from threatsim.attacks.threat_model import ThreatModel
from threatsim.common.errors import ThreatsimError
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.bank.filling import compute_outcomes, outcome_keys

BUDGET = PixelBudget.grey_levels(8)
SPECS: list[ImageAttack] = [
    FGSM(budget=BUDGET),
    PGD(access="white_box", budget=BUDGET, step=2, steps=3),
    APGD(budget=BUDGET, steps=5),
    MinimalNorm(steps=5),
    Square(budget=BUDGET, queries=20),
    HopSkipJump(budget=BUDGET, queries=20),
    Rotation(angles=3),
    External(library="foolbox", name="LinfPGD", arguments={"steps": 2}, budget=BUDGET),
]


class Returns(nn.Module):
    """A classifier that returns whatever a function makes of the images."""

    def __init__(self, output: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.output = output

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.output(images)


def against(threat_model: ThreatModel, output: Callable[[torch.Tensor], torch.Tensor]) -> ThreatModel:
    return replace(threat_model, victim=Target(Returns(output), CPU))


def sound(images: torch.Tensor) -> torch.Tensor:
    mean = images.mean((1, 2, 3))
    return torch.stack([0.5 - mean, mean - 0.5], 1)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.family)
@pytest.mark.parametrize(
    ("output", "message"),
    [
        (lambda images: sound(images)[:, 0], "shape"),
        (lambda images: sound(images)[:, :, None], "shape"),
        (lambda images: sound(images)[:1], "shape"),
        (lambda images: sound(images)[:, :1], "one class|class is missing|2 classes|two classes"),
    ],
    ids=["a number", "three axes", "one row", "one class"],
)
def test_an_output_that_is_no_verdict_is_refused(
    threat_model: ThreatModel, spec: ImageAttack, output: Callable[[torch.Tensor], torch.Tensor], message: str
) -> None:
    with pytest.raises(ThreatsimError, match=message):
        attack(against(threat_model, output), cases_of(9), spec)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.family)
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_logit_that_is_not_finite_names_the_case_and_leaves_no_outcome(
    threat_model: ThreatModel, spec: ImageAttack, value: float, tmp_path: Path
) -> None:
    cases = cases_of(13)
    bright = cases.images.clone()
    bright[6] = 0.9 + 0.1 * bright[6]
    cases = replace(cases, images=bright)

    def output(images: torch.Tensor) -> torch.Tensor:
        broken = (images.mean((1, 2, 3)) > 0.75)[:, None]
        return torch.where(broken, torch.full_like(sound(images), value), sound(images))

    broken = against(threat_model, output)
    bank = OutcomeBank(tmp_path)
    with pytest.raises(ThreatsimError, match=r"case 'case-6'.*not a finite number"):
        compute_outcomes(bank, broken, cases, spec)
    assert bank.get(outcome_keys(broken, cases, spec, 0)) == {}
    with pytest.raises(ThreatsimError, match=r"case 'case-6'"):
        clean_scores(broken, cases)


@pytest.mark.parametrize("epsilon", [0.0, 0.4, 0.99])
@pytest.mark.parametrize("family", [FGSM, APGD, Square, HopSkipJump])
def test_a_budget_that_leaves_nothing_to_change_is_refused(
    threat_model: ThreatModel, family: type, epsilon: float
) -> None:
    with pytest.raises(ThreatsimError, match=r"epsilon"):
        attack(threat_model, cases_of(2), family(budget=PixelBudget.grey_levels(epsilon)))


@pytest.mark.parametrize("epsilon", [-1.0, float("nan"), float("inf")])
def test_a_radius_that_is_none_is_refused(epsilon: float) -> None:
    with pytest.raises(ValueError, match="epsilon"):
        PixelBudget(epsilon=epsilon)


def test_a_scale_upside_down_is_refused() -> None:
    with pytest.raises(ValueError, match="must be below"):
        PixelBudget(epsilon=1, low=1, high=-1)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.family)
def test_no_cases_are_refused(threat_model: ThreatModel, spec: ImageAttack) -> None:
    with pytest.raises(ThreatsimError, match="no cases"):
        attack(threat_model, cases_of(4).subset([]), spec)


@pytest.mark.parametrize("value", [-0.1, 1.5, 255.0, float("nan")])
def test_an_image_outside_the_pixel_range_is_named_and_leaves_no_outcome(
    threat_model: ThreatModel, value: float, tmp_path: Path
) -> None:
    cases = cases_of(5)
    images = cases.images.clone()
    images[3, 1, 2, 2] = value
    cases = replace(cases, images=images)
    bank = OutcomeBank(tmp_path)
    with pytest.raises(ThreatsimError, match=r"case 'case-3'.*\[0, 1\]"):
        compute_outcomes(bank, threat_model, cases, SPECS[0])
    assert bank.get(outcome_keys(threat_model, cases, SPECS[0], 0)) == {}


class Small(nn.Module):
    """Has memory for so many images at once."""

    def __init__(self, body: nn.Module, room: int) -> None:
        super().__init__()
        self.body, self.room = body, room

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        if len(images) > self.room:
            raise torch.OutOfMemoryError("out of memory")
        logits: torch.Tensor = self.body(images)
        return logits


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.family)
def test_when_memory_runs_out_batches_are_halved_and_nothing_changes(
    threat_model: ThreatModel, spec: ImageAttack
) -> None:
    cases = cases_of(37)
    roomy, small = (replace(threat_model, victim=Target(Small(small_network(1), room), CPU)) for room in (64, 8))
    expected = attack(roomy, cases, spec)
    counted: list[int] = []
    found = attack(small, cases, spec, on_batch=counted.append)
    assert torch.equal(found.images, expected.images)
    assert torch.equal(found.logits, expected.logits)
    assert sum(counted) == 37


def test_no_room_for_one_image_names_the_case(threat_model: ThreatModel) -> None:
    with pytest.raises(ThreatsimError, match=r"case 'case-0'.*no room for one image"):
        attack(replace(threat_model, victim=Target(Small(small_network(1), 0), CPU)), cases_of(20), SPECS[1])


def test_another_error_of_the_classifier_is_not_taken_for_a_lack_of_memory(threat_model: ThreatModel) -> None:
    def broken(images: torch.Tensor) -> torch.Tensor:
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes do not match"):
        attack(against(threat_model, broken), cases_of(3), SPECS[1])


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.family)
def test_images_are_kept_only_when_wanted(threat_model: ThreatModel, spec: ImageAttack) -> None:
    cases = cases_of(9)
    kept, scored = (attack(threat_model, cases, spec, batch=4, keep_images=keep) for keep in (True, False))
    assert kept.images.shape == cases.images.shape
    assert scored.images.shape == (0, 3, 16, 16)
    assert torch.equal(kept.logits, scored.logits)
