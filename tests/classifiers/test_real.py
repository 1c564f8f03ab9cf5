"""The distribution of classifiers of real photographs, as it lies in the repository."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from threatsim.classifiers.network import scores
from threatsim.classifiers.production import archive_for
from threatsim.classifiers.store import ClassifierFolder, open_classifier
from threatsim.common.thresholds import threshold_at

PACKAGE = Path(__file__).parents[2] / "packages" / "threatsim-real"
FOLDERS = sorted(path.parent for path in (PACKAGE / "threatsim_real" / "classifiers").glob("*/card.yaml"))
TRAINED = [folder for folder in FOLDERS if (folder / "figures.json").is_file()]
LEAST_AUROC = {"fundoscopy": 0.88, "chest_xray": 0.95, "dermoscopy": 0.83}
TESTED = {"fundoscopy": (39, 64), "chest_xray": (234, 390), "dermoscopy": (393, 117)}
PLACE = Path(os.environ.get("THREATSIM_IMAGES_224") or Path(__file__).parents[3] / "shared" / "data224")
CPU = torch.device("cpu")

trained = pytest.mark.parametrize("folder", [open_classifier(path) for path in TRAINED], ids=lambda one: one.card.name)


def test_there_is_one_of_each_modality_and_the_notice_names_its_data_set() -> None:
    cards = [open_classifier(folder).card for folder in FOLDERS]
    notice = (PACKAGE / "NOTICE").read_text()
    assert {card.modality for card in cards} == set(TESTED)
    for card in cards:
        assert card.photographs is not None
        assert card.photographs.licence.split(",")[0] in notice
        assert card.name in notice
        assert "must not be used on patients" in card.limits


def test_no_picture_is_shipped() -> None:
    kinds = {path.suffix for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert kinds <= {"", ".md", ".toml", ".txt", ".py", ".yaml", ".json", ".safetensors", ".arrow"}


def test_the_chest_card_says_whose_films_they_are_wherever_it_says_what_it_is_for() -> None:
    card = open_classifier(next(folder for folder in FOLDERS if folder.name.startswith("chest"))).card
    assert card.photographs is not None
    for text in (card.task, card.source, card.limits, card.photographs.archive):
        assert "children" in text


@trained
def test_the_weights_are_those_that_were_measured_and_small(folder: ClassifierFolder) -> None:
    figures = folder.figures
    for role, measured in (("victim", figures.victim), ("surrogate", figures.surrogate)):
        assert (folder.path / f"{role}.safetensors").stat().st_size < 9_000_000
        assert folder.load(role, CPU)[1] == measured.weights
    negatives, positives = TESTED[folder.card.modality]
    assert (figures.victim.n, figures.victim.positives) == (negatives + positives, positives)
    assert figures.victim.weights != figures.surrogate.weights


@trained
def test_it_reads_as_well_as_was_asked_on_the_whole_official_test_part(folder: ClassifierFolder) -> None:
    """The mean of its seeds does; they differ by chance."""
    reached = []
    for measured in (folder.figures.victim, folder.figures.surrogate):
        assert measured.auroc.value is not None
        assert measured.auroc.low is not None
        assert measured.auroc.high is not None
        assert measured.auroc.low < measured.auroc.value
        assert measured.auroc.high > LEAST_AUROC[folder.card.modality]
        reached.append(measured.auroc.value)
    assert sum(reached) / len(reached) >= LEAST_AUROC[folder.card.modality]


@trained
def test_its_operating_point_is_that_of_the_calibration_pictures(folder: ClassifierFolder) -> None:
    threshold = threshold_at(*folder.calibration(), **folder.card.operating_point.model_dump())
    assert folder.figures.victim.threshold == pytest.approx(threshold)


@trained
@pytest.mark.skipif(not PLACE.is_dir(), reason=f"no photographs of 224 pixels in {PLACE}")
def test_some_test_photographs_score_as_they_did_when_it_was_measured(folder: ClassifierFolder) -> None:
    archive = archive_for(folder.card, PLACE)
    assert archive.test.source == folder.figures.images
    assert len(archive.train) == folder.figures.train
    kept, labels = folder.calibration()
    rows = np.random.default_rng(0).permutation(len(labels))[:12]
    found = scores(folder.load("victim", CPU)[0], archive.calibration.subset(rows).images, device=CPU)
    np.testing.assert_allclose(found.numpy(), kept[rows], atol=1e-4)
    np.testing.assert_array_equal(archive.calibration.labels[rows], labels[rows])
