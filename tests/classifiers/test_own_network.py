"""A user's own model behind a card: a factory or an exported program, and plain words where it does not fit."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from ruamel.yaml import YAML
from torch import nn

from threatsim.attacks.search.target import Target
from threatsim.classifiers.network import scores
from threatsim.classifiers.store import open_classifier, shipped
from threatsim.classifiers.weights import save_tensors
from threatsim.common.errors import ThreatsimError

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def trusted(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let code of others run, as `threatsim --trust` does, and remember it in a place of the test's own."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
    monkeypatch.setattr("threatsim.common.trust._allowed", True)


class Tiny(nn.Module):
    """Logits from the mean colour; `fault` makes it break in one way."""

    def __init__(self, fault: str = "") -> None:
        super().__init__()
        self.fault = fault
        self.head = nn.Linear(3, 1 if fault == "one class" else 3 if fault == "three classes" else 2)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        features = images.mean((2, 3))
        if self.fault == "no gradient":
            features = features.detach()
        logits: torch.Tensor = self.head(features)
        return logits / 0 * 0 if self.fault == "not finite" else logits


def make_tiny(fault: str = "") -> nn.Module:
    return Tiny(fault)


def not_a_module() -> int:
    return 3


def folder_with(tmp_path: Path, network: dict[str, object]) -> Path:
    """A classifier's folder: the shipped fundoscopy card with another victim."""
    card = shipped("fundoscopy").card.model_dump(mode="json", exclude_none=True)
    card["surrogate_network"] = card["network"]
    card["network"] = network
    YAML().dump(card, tmp_path / "card.yaml")
    return tmp_path


def factory(fault: str = "", function: str = "make_tiny") -> dict[str, object]:
    return {"factory": f"{__name__}:{function}", "arguments": {"fault": fault}}


def export(model: nn.Module, path: Path) -> None:
    batch = torch.export.Dim("batch", min=1)
    torch.export.save(torch.export.export(model, (torch.rand(2, 3, 64, 64),), dynamic_shapes=({0: batch},)), path)


@pytest.mark.parametrize("named", ["body.", ""])
def test_a_factory_s_network_is_loaded_with_the_user_s_weights(tmp_path: Path, named: str) -> None:
    own = make_tiny()
    weights = {f"{named}{name}": tensor for name, tensor in own.state_dict().items()}
    if named:
        weights |= {"mean": torch.zeros(1, 3, 1, 1), "std": torch.ones(1, 3, 1, 1)}
    save_tensors(weights, tmp_path / "victim.safetensors")
    victim, digest = open_classifier(folder_with(tmp_path, factory())).load("victim", CPU)
    images = torch.rand(5, 3, 64, 64)
    torch.testing.assert_close(victim(images), own(images))
    assert len(digest) == 16


def test_an_exported_program_is_scored_and_attacked_like_any_other(tmp_path: Path) -> None:
    own = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    own.eval()
    export(own, tmp_path / "model.pt2")
    victim, digest = open_classifier(folder_with(tmp_path, {"program": "model.pt2"})).load("victim", CPU)
    images = torch.rand(5, 3, 64, 64)
    torch.testing.assert_close(scores(victim, images, device=CPU), own(images).softmax(1)[:, 1].detach())
    target = Target(victim, CPU)
    torch.testing.assert_close(target.scores(images), scores(victim, images, device=CPU))
    assert torch.equal(copy.deepcopy(victim)(images), victim(images))
    leaf = images.clone().requires_grad_(True)
    assert float(torch.autograd.grad(target.logits(leaf)[:, 1].sum(), leaf)[0].abs().sum()) > 0
    assert len(digest) == 16


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("one class", "one class is missing"),
        ("three classes", r"gives \(2, 3\) for 2 images"),
        ("not finite", "not finite"),
        ("no gradient", "no finite gradient"),
    ],
)
def test_a_network_that_does_not_fit_is_refused_by_the_card_s_name(tmp_path: Path, fault: str, words: str) -> None:
    save_tensors(dict(make_tiny(fault).state_dict()), tmp_path / "victim.safetensors")
    classifier = open_classifier(folder_with(tmp_path, factory(fault)))
    with pytest.raises(ThreatsimError, match=words) as caught:
        classifier.load("victim", CPU)
    assert "card.yaml" in str(caught.value)


def test_a_program_for_one_number_of_images_is_refused(tmp_path: Path) -> None:
    torch.export.save(torch.export.export(make_tiny(), (torch.rand(2, 3, 64, 64),)), tmp_path / "model.pt2")
    classifier = open_classifier(folder_with(tmp_path, {"program": "model.pt2"}))
    with pytest.raises(ThreatsimError, match=r"fails on 3 images(.|\n)*dynamic batch"):
        classifier.load("victim", CPU)


def test_a_damaged_or_absent_program_is_refused(tmp_path: Path) -> None:
    classifier = open_classifier(folder_with(tmp_path, {"program": "model.pt2"}))
    with pytest.raises(ThreatsimError, match="there is no program here"):
        classifier.load("victim", CPU)
    (tmp_path / "model.pt2").write_bytes(b"no program")
    with pytest.raises(ThreatsimError, match="this is no program"):
        classifier.load("victim", CPU)


def test_a_factory_that_cannot_be_used_says_why(tmp_path: Path) -> None:
    for network, words in (
        ({"factory": "no_such_package:make"}, "cannot be imported"),
        ({"factory": f"{__name__}:absent"}, "cannot be imported"),
        ({"factory": f"{__name__}:make_tiny", "arguments": {"depth": 1}}, "does not take these arguments"),
        ({"factory": f"{__name__}:not_a_module"}, "a torch.nn.Module is needed"),
    ):
        with pytest.raises(ThreatsimError, match=words):
            open_classifier(folder_with(tmp_path, dict(network))).load("victim", CPU)


@pytest.mark.parametrize(
    ("network", "words"),
    [
        ({"name": "ResNet", "program": "model.pt2"}, "exactly one"),
        ({}, "exactly one"),
        ({"program": "model.pt2", "arguments": {"a": 1}}, "takes no arguments"),
        ({"program": "../model.pt2"}, "pattern"),
        ({"factory": "no colon"}, "pattern"),
    ],
)
def test_a_card_names_one_network_in_one_way(tmp_path: Path, network: dict[str, object], words: str) -> None:
    with pytest.raises(ThreatsimError, match=words):
        open_classifier(folder_with(tmp_path, network))


def test_a_program_needs_another_network_for_the_surrogate(tmp_path: Path) -> None:
    card = shipped("fundoscopy").card.model_dump(mode="json", exclude_none=True) | {"network": {"program": "model.pt2"}}
    YAML().dump(card, tmp_path / "card.yaml")
    with pytest.raises(ThreatsimError, match="surrogate_network"):
        open_classifier(tmp_path)
