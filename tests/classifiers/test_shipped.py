"""The classifiers that come with threatsim: as good as the paper's when clean, and really fooled when attacked."""

from __future__ import annotations

import pytest
import torch

from threatsim.attacks.artefacts import load_adversary
from threatsim.attacks.engine import attack, clean_scores
from threatsim.attacks.spec import PGD, Patch, PixelBudget
from threatsim.classifiers.store import shipped, shipped_names
from threatsim.imaging.cases import CaseSet
from threatsim.imaging.synthetic.generate import generate
from threatsim.library import library_folder
from threatsim.statistics.discrimination import auroc

PAPER = {"fundoscopy": 0.910, "chest_xray": 0.937, "dermoscopy": 0.858}
CPU = torch.device("cpu")


def test_cases_of(modality: str, n: int) -> CaseSet:
    data = shipped(modality).card.data
    return generate(modality, n, seed=data.seed, split="test", size=data.image_size, positive_share=0.5)


test_cases_of.__test__ = False  # type: ignore[attr-defined]


def test_there_is_one_for_each_modality_and_no_file_is_large() -> None:
    assert shipped_names() == sorted(PAPER)
    for file in library_folder("classifiers").rglob("*"):
        assert file.stat().st_size < 4_000_000


@pytest.mark.parametrize("modality", PAPER)
def test_the_recorded_figures_are_those_of_the_shipped_weights(modality: str) -> None:
    folder = shipped(modality)
    figures = folder.figures
    assert figures.victim.auroc.value == pytest.approx(PAPER[modality], abs=0.04)
    assert figures.surrogate.auroc.value == pytest.approx(PAPER[modality], abs=0.04)
    adversary = load_adversary(folder, CPU)
    assert adversary.fingerprints["victim"] == figures.victim.weights
    assert adversary.fingerprints["surrogate"] == figures.surrogate.weights
    assert figures.victim.weights != figures.surrogate.weights
    cases = test_cases_of(modality, 384)
    measured = auroc(clean_scores(adversary, cases), cases.labels, cases.patient_ids)
    recorded = figures.victim.auroc
    assert measured.low is not None
    assert measured.high is not None
    assert recorded.value is not None
    assert measured.low <= recorded.value <= measured.high


@pytest.mark.parametrize("modality", PAPER)
def test_attacks_rank_as_in_the_paper(modality: str) -> None:
    adversary = load_adversary(shipped(modality), CPU)
    cases = test_cases_of(modality, 128)
    budget = PixelBudget(epsilon=0.02)  # the paper's, on [-1, 1]

    def area(scores: torch.Tensor) -> float:
        return auroc(scores, cases.labels, cases.patient_ids).value or 0.0

    clean = area(clean_scores(adversary, cases))
    pgd_white, pgd_black = (
        area(attack(adversary, cases, PGD(access=access, budget=budget, step=0.01, steps=20)).scores)
        for access in ("white_box", "black_box")
    )
    patch_white, patch_black, patch_natural = (
        area(attack(adversary, cases, Patch(access=access, scale=0.4)).scores)
        for access in ("white_box", "black_box", "none")
    )
    assert pgd_white < 0.2
    assert pgd_white < pgd_black < clean
    assert patch_white < 0.2
    assert patch_white <= patch_black + 0.02
    assert patch_white < patch_natural < clean
