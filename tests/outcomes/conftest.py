"""Photographs that are easy to tell apart, and a card of a classifier that learns them in a moment."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from ruamel.yaml import YAML

from threatsim.classifiers.production import archive_for
from threatsim.classifiers.store import ClassifierFolder, open_classifier, shipped
from threatsim.outcomes.making.training import TrainRequest, train_as_requested


class Quiet:
    def stage(self, title: str, total: int, unit: str = "steps") -> AbstractContextManager[Callable[[int], None]]:
        return nullcontext(lambda finished: None)

    def note(self, text: str) -> None:
        pass


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Dark and bright squares of 48 pixels: easy to tell."""
    return written_archive(tmp_path)


def written_archive(place: Path) -> Path:
    folder = place / "photographs" / "dermoscopy"
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
    return written_card(tmp_path)


def written_card(place: Path) -> Path:
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
    folder = place / "squares"
    folder.mkdir()
    YAML().dump(base, folder / "card.yaml")
    return folder


@pytest.fixture
def quiet() -> Quiet:
    """Progress that nobody is told of."""
    return Quiet()


@pytest.fixture(scope="session")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Squares told apart, the natural patches named, none on the lens: a folder to copy, since tests change theirs."""
    place = tmp_path_factory.mktemp("trained")
    archive, card = written_archive(place), written_card(place)
    written = YAML(typ="safe").load(card / "card.yaml")
    train = archive_for(open_classifier(card).card, archive).train
    written["photographs"]["natural"] = [train.case_ids[int((train.labels == label).argmax())] for label in (0, 1)]
    written["patches"]["lens_steps"] = 0
    YAML().dump(written, card / "card.yaml")
    request = TrainRequest(str(card), archive, card, None, None, command="train")
    train_as_requested(request, device=torch.device("cpu"), progress=Quiet())
    return card


@pytest.fixture
def trained(trained_once: Path, tmp_path: Path) -> ClassifierFolder:
    """A copy of the squares' classifier of the test's own."""
    return open_classifier(Path(shutil.copytree(trained_once, tmp_path / "squares")))
