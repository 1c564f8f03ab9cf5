"""Surrogates that lie ready: the shipped ones are what their records say, and nothing is trained where they serve."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import pytest
import torch

from tests.classifiers.test_surrogates import small_card
from threatsim.cases.image_set import CaseSet
from threatsim.cases.synthetic.generate import generate
from threatsim.catalogue.access import SurrogateKind
from threatsim.classifiers.network import scores
from threatsim.classifiers.production import synthetic_cases
from threatsim.classifiers.store import ClassifierFolder, shipped
from threatsim.classifiers.surrogate_shelf import is_ready, make_surrogates, surrogate_of, surrogate_records
from threatsim.classifiers.training_loop import Epoch
from threatsim.classifiers.weights import save_tensors
from threatsim.common.errors import ThreatsimError
from threatsim.common.library import library_folder
from threatsim.outcomes.making.surrogate_training import CHOSEN
from threatsim.statistics.discrimination import auroc

CPU = torch.device("cpu")
KIND = SurrogateKind(architecture="same", data="disjoint", start="random")


@cache
def skin_lesions(seed: int, size: int) -> CaseSet:
    return generate("dermoscopy", 256, seed=seed, split="test", size=size, positive_share=0.5)


@pytest.mark.parametrize("kind", CHOSEN, ids=lambda kind: kind.name)
def test_a_shipped_one_is_what_its_record_says(
    kind: SurrogateKind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THREATSIM_CACHE", str(tmp_path))
    folder = shipped("dermoscopy")
    assert is_ready(folder, kind, device=CPU)
    (record,) = (record for record in surrogate_records(folder) if record.kind == kind)
    epochs: list[Epoch] = []
    surrogate, digest = surrogate_of(folder, kind, device=CPU, on_epoch=epochs.append)
    assert (digest, epochs, list(tmp_path.iterdir())) == (record.weights, [], [])
    cases = skin_lesions(folder.card.data.seed, folder.card.data.image_size)
    measured = auroc(scores(surrogate, cases.images, device=CPU), cases.labels, cases.patient_ids)
    assert (measured.low or 1) <= (record.auroc.value or 0) <= (measured.high or 0)
    weights = [other.weights for other in surrogate_records(folder)]
    figures = folder.figures
    assert len({*weights, figures.victim.weights, figures.surrogate.weights}) == len(CHOSEN) + 2


def test_the_shipped_ones_are_those_that_the_command_makes_and_are_small() -> None:
    assert [record.kind for record in surrogate_records(shipped("dermoscopy"))] == list(CHOSEN)
    files = list((library_folder("classifiers") / "dermoscopy" / "surrogates").iterdir())
    assert len(files) == len(CHOSEN) + 1
    assert sum(file.stat().st_size for file in files) < 4_000_000


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one small surrogate beside it."""
    home = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("THREATSIM_CACHE", str(home / "cache"))
        folder = ClassifierFolder(home / "mine", small_card())
        make_surrogates(folder, [KIND], folder.path / "surrogates", device=CPU, command="made by hand")
    return folder.path


@pytest.fixture
def folder(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ClassifierFolder:
    """A copy of it, and an empty cache."""
    monkeypatch.setenv("THREATSIM_CACHE", str(tmp_path / "cache"))
    return ClassifierFolder(Path(shutil.copytree(trained, tmp_path / "mine")), small_card())


def test_what_lies_beside_the_classifier_is_not_trained_again(folder: ClassifierFolder) -> None:
    (record,) = surrogate_records(folder)
    test = synthetic_cases(folder.card, "test")
    epochs: list[Epoch] = []
    surrogate, digest = surrogate_of(folder, KIND, device=CPU, on_epoch=epochs.append)
    assert (digest, epochs) == (record.weights, [])
    own = auroc(scores(surrogate, test.images, device=CPU), test.labels, test.patient_ids)
    assert own == record.auroc
    assert (record.train, record.start, record.recipe.initial) == (200, "random", "random")
    other = KIND.model_copy(update={"data": "half"})
    assert is_ready(folder, KIND, device=CPU)
    assert not is_ready(folder, other, device=CPU)
    surrogate_of(folder, other, device=CPU, on_epoch=epochs.append)
    assert len(epochs) == 1
    assert is_ready(folder, other, device=CPU)


def test_a_record_that_the_card_has_outgrown_counts_for_nothing(folder: ClassifierFolder) -> None:
    slower = folder.card.recipe.model_copy(update={"learning_rate": 0.0007})
    changed = ClassifierFolder(folder.path, folder.card.model_copy(update={"recipe": slower}))
    assert not is_ready(changed, KIND, device=CPU)


def test_damage_is_said_where_it_is(folder: ClassifierFolder) -> None:
    path = folder.path / "surrogates" / f"{KIND.name}.safetensors"
    surrogate, _ = surrogate_of(folder, KIND, device=CPU)
    save_tensors({name: tensor + 1 for name, tensor in surrogate.state_dict().items()}, path)
    with pytest.raises(ThreatsimError, match=r"surrogates\.json speaks of") as caught:
        surrogate_of(folder, KIND, device=CPU)
    assert caught.value.location == str(path)
    (folder.path / "surrogates" / "surrogates.json").write_text("[{}]")
    with pytest.raises(ThreatsimError, match="the records are damaged"):
        surrogate_records(folder)
