"""The checks for plug-ins: our own attacks, detectors and modalities pass, and each fault is found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import pytest
import torch

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.families.captures import Captures
from threatsim.attacks.families.fgsm import FGSM
from threatsim.attacks.families.hopskipjump import HopSkipJump
from threatsim.attacks.families.patch import Patch
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.families.square import Square
from threatsim.attacks.families.substitution import Substitution
from threatsim.attacks.families.universal import Universal
from threatsim.attacks.search.batch import AttackedImages, Batch
from threatsim.cases.synthetic.case_draws import CaseDraws
from threatsim.cases.synthetic.generator import Generator
from threatsim.catalogue.attack_row import AttackRow, Input, When
from threatsim.catalogue.controls import DETECTORS
from threatsim.catalogue.modalities import IMAGE_MODALITIES, MODALITIES
from threatsim.defences.detectors.detector import DetectorProtocol
from threatsim.defences.reference import Ground
from threatsim.outcomes.testing import check_attack, check_detector, check_modality

BUDGET = PixelBudget(epsilon=0.06, low=0, high=1)
CPU = torch.device("cpu")


@pytest.mark.parametrize(
    "spec",
    [
        FGSM(budget=BUDGET),
        PGD(access="black_box", budget=BUDGET, step=0.02, steps=3),
        Square(budget=BUDGET, queries=20),
        HopSkipJump(budget=BUDGET, queries=60, initial_evaluations=10),
        Captures(count=3),
        Patch(access="white_box", scale=0.4),
        Universal(budget=BUDGET, steps=3, images=8),
        Substitution(),
    ],
    ids=lambda spec: spec.family,
)
def test_our_own_attacks_pass(spec: ImageAttack) -> None:
    check_attack(spec)


class Faulty(ImageAttack):
    """An attack that does one thing wrong."""

    family: Literal["pgd"] = "pgd"
    access: Literal["white_box", "black_box"] = "white_box"
    budget: PixelBudget = BUDGET
    fault: str = ""
    says: Mapping[Input, When] = {"victim": "always"}

    def describe(self) -> str:
        return "faulty"

    @property
    def row(self) -> AttackRow:
        return super().row.model_copy(update={"depends_on": self.says})

    def run(self, batch: Batch) -> AttackedImages:
        files = batch.domain(self.budget).file(batch.images + 0.02)
        counts = torch.zeros(len(files), dtype=torch.int64)
        if self.fault == "random":
            files = batch.domain(self.budget).start(torch.rand_like(files))
        elif self.fault == "company":
            files = batch.domain(self.budget).file(batch.images + 0.01 * (len(files) % 5))
        elif self.fault == "budget":
            files = (batch.images * 255 + 40).round().clamp(0, 255) / 255
        elif self.fault == "colour":
            files = files.clone()
            files[:, 0] = batch.images[:, 0]
        elif self.fault == "counts":
            counts = counts - 1
        elif self.fault == "queries":
            counts = counts + 1
        elif self.fault == "threshold":
            success = batch.target_decision.is_success(batch.victim.verdict(batch.images))
            files = torch.where(success[:, None, None, None], batch.images, files)
        elif self.fault == "surrogate":
            seen = batch.source.verdict(batch.images)[:, 0] > 0
            files = torch.where(seen[:, None, None, None], batch.images, files)
        return AttackedImages(files, 0 * counts, 0 * counts if self.fault == "queries" else counts, counts)


@pytest.mark.parametrize(
    ("fault", "fields", "message"),
    [
        ("random", {}, "comes out differently the second time"),
        ("company", {}, "the outcome of a case depends on the cases that it is attacked with"),
        ("budget", {}, "the budget is 0.0588"),
        ("colour", {}, "a grey film comes out coloured"),
        ("counts", {}, "are not 9 whole numbers of at least 0"),
        ("queries", {}, "it counts queries, with access white_box"),
        ("threshold", {}, "the outcome depends on the threshold, and the row's depends_on does not say so"),
        ("surrogate", {"access": "black_box"}, "the outcome depends on the surrogate"),
    ],
)
def test_a_faulty_attack_is_found_out(fault: str, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        check_attack(Faulty(fault=fault, **fields))


def test_an_attack_without_fault_passes_with_what_it_depends_on() -> None:
    check_attack(Faulty())
    check_attack(Faulty(fault="threshold", says={"victim": "always", "threshold": "always"}))


@pytest.mark.parametrize("name", list(DETECTORS))
def test_our_own_detectors_pass(name: str) -> None:
    check_detector(DETECTORS[name].resolve())


class FaultyDetector:
    """A detector that does one thing wrong."""

    def __init__(self, fault: str) -> None:
        self.device, self._fault = CPU, fault

    def statistic(self, images: torch.Tensor) -> torch.Tensor:
        mean = images.mean((1, 2, 3))
        return {
            "fine": mean,
            "shape": images.mean((2, 3)),
            "infinite": mean / 0,
            "random": mean + torch.rand(len(mean)),
            "gradient": mean.detach(),
            "flat": 0 * mean + 1,
        }[self._fault]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("shape", "the statistic has shape"),
        ("infinite", "not a finite number"),
        ("random", "fitted again, it gives other statistics"),
        ("gradient", "no gradient of the statistic reaches"),
        ("flat", "is 0 everywhere"),
    ],
)
def test_a_faulty_detector_is_found_out(fault: str, message: str) -> None:
    def made(ground: Ground) -> DetectorProtocol:
        return FaultyDetector(fault)

    with pytest.raises(AssertionError, match=message):
        check_detector(made)
    check_detector(lambda ground: FaultyDetector("fine"))


@pytest.mark.parametrize("name", list(IMAGE_MODALITIES))
def test_our_own_modalities_pass(name: str) -> None:
    check_modality(name, sizes=(32,))


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("label", "no graver in cases that have it"),
        ("apart", "divides the cases without overlap"),
        ("size", "6 images of 32 pixels have shape"),
        ("range", "pixels lie far outside"),
        ("company", "a case depends on how many are drawn"),
        ("seed", "seeds or splits share a case"),
    ],
)
def test_a_faulty_modality_is_found_out(fault: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def severity(draws: CaseDraws, positive: torch.Tensor) -> torch.Tensor:
        chance = draws.uniform("severity")
        return chance if fault == "label" else chance * (0.4 if fault == "apart" else 0.9) + 0.5 * positive

    def render(draws: CaseDraws, severity: torch.Tensor, *, size: int) -> torch.Tensor:
        drawn = draws if fault != "seed" else CaseDraws(0, draws.indices)
        images = drawn.uniform("pixels", 3, size, size // 2 if fault == "size" else size)
        images = images + 0.05 * (len(draws) % 7) if fault == "company" else images
        return images * 5 if fault == "range" else images

    row = MODALITIES["fundoscopy"]
    monkeypatch.setattr(type(row), "resolve", lambda self: Generator(severity, render))
    with pytest.raises(AssertionError, match=message):
        check_modality("fundoscopy", sizes=(32,))
