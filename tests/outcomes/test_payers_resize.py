"""A card that says what its network reads: trained, measured and attacked on the pictures that are sent."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from ruamel.yaml import YAML

from threatsim.attacks import Patch
from threatsim.attacks.engine import attack
from threatsim.classifiers.production import archive_for
from threatsim.classifiers.resizing.resized_classifier import ResizedClassifier
from threatsim.classifiers.store import open_classifier, shipped
from threatsim.common.errors import InputError
from threatsim.common.progress import Progress
from threatsim.outcomes.lab.attack_options import attack_from
from threatsim.outcomes.making.attacker import threat_model_of
from threatsim.outcomes.making.training import TrainRequest, train_as_requested

CPU = torch.device("cpu")


@pytest.fixture
def reading_less(card: Path) -> Path:
    """The card of squares, whose network reads 16 of their 32 pixels."""
    written = YAML(typ="safe").load(card / "card.yaml")
    written |= {
        "reads": 16,
        "resize": "opencv_linear",
        "network": {"name": "EfficientNetLite0", "arguments": {"stages": 2}},
    }
    written["patches"]["lens_steps"] = 0
    YAML().dump(written, card / "card.yaml")
    return card


def test_it_is_trained_on_what_it_reads_and_attacked_on_what_is_sent(
    archive: Path, reading_less: Path, quiet: Progress
) -> None:
    request = TrainRequest(str(reading_less), archive, reading_less, None, None, command="train")
    train_as_requested(request, device=CPU, progress=quiet)
    folder = open_classifier(reading_less)
    network, _ = folder.load("victim", CPU)
    assert isinstance(network, ResizedClassifier)
    assert (network.resize.size, network.resize.name) == (16, "opencv_linear")
    own = archive_for(folder.card, archive)
    assert own.test.size == (32, 32)
    with torch.inference_mode():
        small = network.resize(own.test.images[:4])
        assert torch.equal(network(own.test.images[:4]), network.classifier(small))
    attacker = threat_model_of(folder, own, CPU)
    assert "reads 16 pixels by opencv_linear" in attacker.fingerprints["network"]
    spec = attack_from("pgd", {"assumed_resize": "pillow_box", "steps": 2})
    assert "reckoning with resize pillow_box" in spec.describe()
    cases = own.test.subset([0, 1])
    guessed = attack(attacker, cases, spec)
    assert guessed.images.shape == cases.images.shape
    assert torch.allclose(network(guessed.images), guessed.logits, atol=1e-4)
    patched = attack(attacker, cases, Patch(scale=0.4))
    assert patched.images.shape == cases.images.shape


def test_a_resize_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(
        InputError, match=r"--assumed-resize is 'pillow_bix'; allowed are pillow_bilinear, .*, none"
    ) as one:
        attack_from("pgd", {"assumed_resize": "pillow_bix"})
    assert "pillow_box" in str(one.value.hint)


def test_an_archive_of_smaller_pictures_is_refused_before_anything_is_trained(archive: Path, card: Path) -> None:
    written = YAML(typ="safe").load(shipped("dermoscopy").path / "card.yaml")
    written["data"]["image_size"] = 128
    YAML().dump({**written, "reads": 64}, card / "card.yaml")
    with pytest.raises(InputError, match="the classifier reads 64 pixels, and the pictures here have 48"):
        archive_for(open_classifier(card).card, archive)
