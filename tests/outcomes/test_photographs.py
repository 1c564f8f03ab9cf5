"""A classifier whose card is of photographs: how it is trained on them, kept, and found again."""

from __future__ import annotations

import csv
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from ruamel.yaml import YAML

from threatsim.classifiers.production import archive_for
from threatsim.classifiers.store import shipped
from threatsim.classifiers.weights import load_tensors
from threatsim.common.errors import ThreatsimError
from threatsim.outcomes.making.training import TrainRequest, train_as_asked, trained_on

CPU = torch.device("cpu")


class Quiet:
    def stage(self, title: str, total: int, unit: str = "steps") -> AbstractContextManager[Callable[[int], None]]:
        return nullcontext(lambda finished: None)

    def note(self, text: str) -> None:
        pass


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Dark and bright squares of 48 pixels: easy to tell."""
    folder = tmp_path / "photographs" / "dermoscopy"
    (folder / "images").mkdir(parents=True)
    draw = np.random.default_rng(0)
    rows = []
    for number in range(150):
        label = number % 2
        pixels = draw.integers(60, 120, (48, 48, 3)) + 100 * label
        Image.fromarray(pixels.astype(np.uint8)).save(folder / "images" / f"{number}.png")
        rows.append([f"{number}.png", label, "test" if number < 40 else "train"])
    with (folder / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["image", "label", "split"], *rows])
    return folder.parent


@pytest.fixture
def card(tmp_path: Path) -> Path:
    """A card of photographs of 32 pixels that is trained in a moment."""
    base = YAML(typ="safe").load(shipped("dermoscopy").path / "card.yaml")
    recipe = base["recipe_for_archives"] | {"epochs": 1, "batch_size": 16, "initial": "random", "balanced": True}
    base |= {
        "name": "squares",
        "stored": "float16",
        "photographs": {"archive": "squares", "licence": "ours", "squared": "squeezed"},
        "network": {"name": "EfficientNetLite0"},
        "recipe_for_archives": recipe,
        "patches": {"steps": 1, "lens_steps": 1, "batch_size": 2},
    }
    base["data"]["image_size"] = 32
    folder = tmp_path / "squares"
    folder.mkdir()
    YAML().dump(base, folder / "card.yaml")
    return folder


def test_it_is_kept_in_half_the_bits_and_found_again_for_its_own_photographs(archive: Path, card: Path) -> None:
    request = TrainRequest(str(card), archive, card, None, None, command="train")
    made, before = train_as_asked(request, device=CPU, progress=Quiet())
    assert before is None
    kinds = {tensor.dtype for tensor in load_tensors(made.path / "victim.safetensors")[0].values()}
    assert kinds == {torch.float16, torch.int64}
    photographs = archive_for(made.card, archive)
    assert photographs.train.size == (32, 32)
    again = trained_on(photographs, device=CPU, progress=Quiet(), name=str(card))
    assert again.path == made.path


def test_a_start_that_is_not_there_is_said_before_anything_is_written(archive: Path, card: Path) -> None:
    text = (card / "card.yaml").read_text().replace("EfficientNetLite0", "ResNet")
    (card / "card.yaml").write_text(text)
    request = TrainRequest(str(card), archive, card.parent / "made", "imagenet", None, command="train")
    with pytest.raises(ThreatsimError, match="no ImageNet weights of ResNet"):
        train_as_asked(request, device=CPU, progress=Quiet())
    assert not (card.parent / "made").exists()


def test_a_test_split_with_too_few_negatives_is_refused(archive: Path, card: Path) -> None:
    table = archive / "dermoscopy" / "labels.csv"
    table.write_text(table.read_text().replace("38.png,0,test", "38.png,0,train"))
    with pytest.raises(ThreatsimError, match="the test split has 19 images without the finding, and 20 are needed"):
        archive_for(shipped(str(card)).card, archive)
