from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.classifiers.test_weights import SMALL
from threatsim.catalogue.access import SurrogateKind
from threatsim.classifiers.card import Adversarial, Card
from threatsim.classifiers.network import build
from threatsim.classifiers.store import shipped
from threatsim.classifiers.surrogates import OTHER, recipe_of, surrogate_cases, train_surrogate
from threatsim.classifiers.training_loop import Epoch

CPU = torch.device("cpu")
RANDOM = SurrogateKind(architecture="same", data="disjoint", start="random")


def small_card() -> Card:
    card = shipped("dermoscopy").card
    quick = card.recipe.model_copy(update={"epochs": 1, "initial": "random"})
    data = card.data.model_copy(update={"image_size": 32, "train": 200, "calibration": 100})
    return card.model_copy(update={"network": SMALL, "recipe": quick, "data": data})


def test_a_surrogate_is_trained_once_and_then_read_from_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THREATSIM_CACHE", str(tmp_path))
    epochs: list[Epoch] = []
    first, digest = train_surrogate(small_card(), RANDOM, device=CPU, on_epoch=epochs.append)
    again, same = train_surrogate(small_card(), RANDOM, device=CPU, on_epoch=epochs.append)
    assert len(epochs) == 1
    assert digest == same
    images = torch.rand(4, 3, 32, 32)
    assert torch.equal(first(images), again(images))
    other, different = train_surrogate(small_card(), RANDOM, device=CPU, seed=9, on_epoch=epochs.append)
    assert len(epochs) == 2
    assert different != digest
    assert not torch.equal(other(images), first(images))


def test_a_surrogate_whose_training_was_killed_goes_on_to_the_same_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = small_card()
    card = card.model_copy(update={"recipe": card.recipe.model_copy(update={"epochs": 2})})
    monkeypatch.setenv("THREATSIM_CACHE", str(tmp_path / "whole"))
    _, whole = train_surrogate(card, RANDOM, device=CPU)
    monkeypatch.setenv("THREATSIM_CACHE", str(tmp_path / "killed"))

    def killed(epoch: Epoch) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_surrogate(card, RANDOM, device=CPU, on_epoch=killed)
    trainings = tmp_path / "killed" / "trainings"
    (kept,) = trainings.iterdir()
    before = kept.read_bytes()
    with pytest.raises(KeyboardInterrupt):  # told of the first epoch, and trains none
        train_surrogate(card, RANDOM, device=CPU, on_epoch=killed)
    assert kept.read_bytes() == before
    _, resumed = train_surrogate(card, RANDOM, device=CPU)
    assert resumed == whole
    assert list(trainings.iterdir()) == []


def test_data_are_the_same_others_or_half_as_many_others() -> None:
    card = small_card()

    def of(data: str) -> tuple[str, ...]:
        kind = SurrogateKind.model_validate(RANDOM.model_dump() | {"data": data})
        return surrogate_cases(card, kind, "train").fingerprints

    assert len(of("same")) == len(of("disjoint")) == 200
    assert not set(of("same")) & set(of("disjoint"))
    assert of("half") == of("disjoint")[:100]


def test_the_recipe_follows_the_start_and_never_hardens() -> None:
    card = small_card()
    hardened = card.recipe.model_copy(update={"adversarial": Adversarial(epsilon=0.02, step=0.02, steps=1)})
    pretrained = hardened.model_copy(update={"initial": "pretrained"})
    card = card.model_copy(update={"recipe": pretrained})
    assert recipe_of(card, RANDOM).adversarial is None
    assert recipe_of(card, RANDOM).initial == "random"
    assert recipe_of(card, RANDOM).epochs > pretrained.epochs
    tuned = SurrogateKind(architecture="other", data="same", start="pretrained")
    assert recipe_of(card, tuned) == pretrained.model_copy(update={"adversarial": None})


def test_of_a_victim_that_starts_from_imagenet_a_surrogate_of_its_network_does_too() -> None:
    card = small_card()
    recipe = card.recipe.model_copy(update={"initial": "imagenet", "statistics": "still"})
    card = card.model_copy(update={"recipe": recipe})

    def of(architecture: str, start: str) -> tuple[str, str]:
        kind = SurrogateKind.model_validate(RANDOM.model_dump() | {"architecture": architecture, "start": start})
        found = recipe_of(card, kind)
        return found.initial, found.statistics

    assert of("same", "pretrained") == ("imagenet", "still")
    assert of("other", "pretrained") == ("pretrained", "trained")
    assert of("same", "random") == of("other", "random") == ("random", "trained")


def test_the_other_architecture_is_small_and_shares_no_kind_of_block() -> None:
    other, same = build(OTHER), build(shipped("dermoscopy").card.network)
    assert sum(parameter.numel() for parameter in other.parameters()) < 1_000_000
    assert not {type(module) for module in other.modules()} & {type(block) for block in same.body.blocks[1:]}
    assert tuple(other(torch.rand(2, 3, 64, 64)).shape) == tuple(same(torch.rand(2, 3, 64, 64)).shape) == (2, 2)
