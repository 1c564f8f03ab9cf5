"""The shipped classifiers of claims: figures are those of their weights, and training gives a classifier."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from threatsim.classifiers.codes.claim_card import ClaimCard
from threatsim.classifiers.codes.claim_store import ClaimFolder, claim_classifier_names, find_claim_classifier
from threatsim.classifiers.codes.claim_training import make_claim_classifier
from threatsim.classifiers.store import shipped, shipped_names
from threatsim.classifiers.weights import load_tensors
from threatsim.cli.options import terminal_progress
from threatsim.common.errors import ThreatsimError
from threatsim.outcomes.making.claim_classifiers import evaluate_claims, refuse_images, train_claims

NAMES = ["claim_codes", "claim_codes_hardened"]


def found(name: str) -> ClaimFolder:
    folder = find_claim_classifier(name)
    assert folder is not None
    return folder


def test_they_lie_beside_the_classifiers_of_images_and_are_not_taken_for_one() -> None:
    assert claim_classifier_names() == NAMES
    assert not set(NAMES) & set(shipped_names())
    assert find_claim_classifier("dermoscopy") is None
    with pytest.raises(ThreatsimError, match="reads the codes of claims"):
        shipped("claim_codes")


@pytest.mark.parametrize("name", NAMES)
def test_recorded_figures_are_measured_again(name: str) -> None:
    for row in evaluate_claims(found(name)):
        assert row.recorded is not None
        assert row.measured.weights == row.recorded.weights
        assert row.measured.auroc.value == pytest.approx(row.recorded.auroc.value, abs=1e-6)
        assert row.measured.sensitivity.value == pytest.approx(row.recorded.sensitivity.value, abs=1e-3)
        assert row.measured.auroc.value is not None
        assert row.measured.auroc.value > 0.95


def small_card() -> ClaimCard:
    data = found("claim_codes").card.model_dump(mode="json", exclude_none=True)
    data["data"] |= {"train": 600, "calibration": 200, "test": 200}
    data["recipe"] |= {"epochs": 3, "hidden": [16]}
    return ClaimCard.model_validate(data)


@pytest.mark.parametrize("rearranged", [0, 2])
def test_training_learns_and_repeats(tmp_path: Path, rearranged: int) -> None:
    card = small_card()
    card = card.model_copy(update={"recipe": card.recipe.model_copy(update={"rearranged": rearranged})})
    base = ClaimFolder(found("claim_codes").path, card)
    state = torch.get_rng_state()
    one, two = (make_claim_classifier(tmp_path / name, base, command="test") for name in ("one", "two"))
    assert torch.equal(torch.get_rng_state(), state)
    first, second = (load_tensors(made.path / "victim.safetensors")[0] for made in (one, two))
    assert all(torch.allclose(first[key], second[key], atol=1e-5) for key in first)
    assert (one.figures.victim.auroc.value or 0) > 0.75
    assert one.figures.victim.weights != one.figures.surrogate.weights


def test_what_does_not_apply_is_said(tmp_path: Path) -> None:
    with pytest.raises(ThreatsimError, match="no images to use"):
        refuse_images("claim_codes", tmp_path)
    with pytest.raises(ThreatsimError, match="starts from random weights"):
        train_claims(
            found("claim_codes"),
            out=tmp_path,
            initial="pretrained",
            epochs=1,
            command="test",
            progress=terminal_progress(True),
        )
