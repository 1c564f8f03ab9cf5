"""Patches made for weights that are there, and natural patches that are cut from photographs which do not ship."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from ruamel.yaml import YAML

from tests.outcomes.conftest import Quiet
from threatsim.attacks.families.patch import resized
from threatsim.attacks.trained_patches import load_threat_model
from threatsim.classifiers.production import archive_for
from threatsim.classifiers.store import ClassifierFolder, open_classifier
from threatsim.classifiers.weights import load_tensors
from threatsim.common.errors import ThreatsimError
from threatsim.common.progress import Progress
from threatsim.outcomes.making.patch_making import PatchRequest, patches_as_requested
from threatsim.outcomes.making.training import TrainRequest, train_as_requested

CPU = torch.device("cpu")


def test_no_pixel_of_a_named_photograph_is_kept_and_the_archive_gives_it_back(
    archive: Path,
    trained: ClassifierFolder,
) -> None:
    kept, _ = load_tensors(trained.path / "patches.safetensors")
    assert set(kept) == {"white_box", "black_box", "grey", "noise", "shuffled"}
    train = archive_for(trained.card, archive).train
    alone, beside = load_threat_model(trained, CPU), load_threat_model(trained, CPU, train=train)
    with pytest.raises(ThreatsimError, match="there is no patch 'none' here"):
        alone.patches["none"]
    expected = torch.stack([train.images[int((train.labels == label).argmax())] for label in (0, 1)])
    assert torch.equal(beside.patches["none"], expected)
    assert alone.fingerprints == beside.fingerprints  # outcomes kept with the archive are found without it


def test_another_photograph_is_another_key(archive: Path, trained: ClassifierFolder) -> None:
    before = load_threat_model(trained, CPU).fingerprints["patches"]
    photographs = trained.card.photographs
    assert photographs is not None
    assert photographs.natural is not None
    other = photographs.model_copy(update={"natural": photographs.natural[::-1]})
    changed = ClassifierFolder(trained.path, trained.card.model_copy(update={"photographs": other}))
    assert load_threat_model(changed, CPU).fingerprints["patches"] != before


def test_an_archive_without_the_named_photographs_gives_its_surest(
    archive: Path, trained: ClassifierFolder, quiet: Progress
) -> None:
    photographs = trained.card.photographs
    assert photographs is not None
    named = photographs.natural or ()
    for name in named:
        (archive / "dermoscopy" / "images" / name).unlink()
    table = archive / "dermoscopy" / "labels.csv"
    lines = [line for line in table.read_text().splitlines() if line.split(",")[0] not in named]
    table.write_text("\n".join(lines) + "\n")
    out = trained.path.parent / "again"
    made, _ = train_as_requested(
        TrainRequest(str(trained.path), archive, out, None, None, command="train"), device=CPU, progress=quiet
    )
    assert "none" in load_tensors(made.path / "patches.safetensors")[0]
    assert load_threat_model(open_classifier(made.path), CPU).patches["none"].shape == (2, 3, 32, 32)


def test_patches_made_anew_are_the_same_and_leave_the_weights(
    archive: Path, trained: ClassifierFolder, quiet: Progress
) -> None:
    files = ("patches.safetensors", "victim.safetensors", "surrogate.safetensors")
    before = [(trained.path / name).read_bytes() for name in files]
    (trained.path / "patches.safetensors").unlink()
    path, record = patches_as_requested(
        PatchRequest(str(trained.path), archive, None, command="patches"), device=CPU, progress=quiet
    )
    assert path == trained.path / "patches.safetensors"
    assert [(trained.path / name).read_bytes() for name in files] == before
    assert record.command == "patches"


FURTHER = [
    {"towards": 0, "steps": 2, "learning_rate": 0.1, "side": 16},
    {"towards": 1, "steps": 2, "learning_rate": 0.1, "side": 16},
    {"towards": 0, "steps": 3, "learning_rate": 0.05, "side": 16},
]


class KilledAfter(Quiet):
    """Progress that ends the work when so many steps were told of."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def stage(self, title: str, total: int, unit: str = "steps") -> AbstractContextManager[Callable[[int], None]]:
        return nullcontext(self.advance)

    def advance(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise KeyboardInterrupt


def test_patches_that_are_killed_go_on_where_they_were(
    archive: Path, trained: ClassifierFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THREATSIM_CACHE", str(tmp_path / "cache"))
    yaml, file = YAML(typ="safe"), trained.path / "patches.safetensors"
    card = yaml.load(trained.path / "card.yaml")
    yaml.dump(card | {"patches": card["patches"] | {"further": FURTHER}}, trained.path / "card.yaml")
    before, request = file.read_bytes(), PatchRequest(str(trained.path), archive, None, command="patches")
    for steps, finished in ((3, 2), (7, 4)):  # against the victim 1 + 2 + 3 and 1 + 2 steps
        with pytest.raises(KeyboardInterrupt):
            patches_as_requested(request, device=CPU, progress=KilledAfter(steps))
        assert len(list((tmp_path / "cache" / "trainings").iterdir())) == finished
        assert file.read_bytes() == before
    patches_as_requested(request, device=CPU, progress=KilledAfter(99))
    made, record = file.read_bytes(), (trained.path / "patches.json").read_bytes()
    assert made != before
    assert list((tmp_path / "cache" / "trainings").iterdir()) == []
    patches_as_requested(request, device=CPU, progress=KilledAfter(99))
    assert (file.read_bytes(), (trained.path / "patches.json").read_bytes()) == (made, record)


def test_patches_are_refused_without_the_photographs_of_the_weights(
    archive: Path, trained: ClassifierFolder, quiet: Progress
) -> None:
    with pytest.raises(ThreatsimError, match="'squares' was trained on photographs"):
        patches_as_requested(PatchRequest(str(trained.path), None, None, command=""), device=CPU, progress=quiet)
    table = archive / "dermoscopy" / "labels.csv"
    table.write_text(table.read_text().replace("149.png,1,train\n", ""))
    with pytest.raises(ThreatsimError, match="the weights were trained on archive dermoscopy"):
        patches_as_requested(PatchRequest(str(trained.path), archive, None, command=""), device=CPU, progress=quiet)
    with pytest.raises(ThreatsimError, match="would replace those that came with it"):
        patches_as_requested(PatchRequest("dermoscopy", None, None, command=""), device=CPU, progress=quiet)


def test_further_steps_after_the_fact_are_those_of_a_training_in_one_go(
    archive: Path, trained: ClassifierFolder, quiet: Progress
) -> None:
    yaml, file = YAML(typ="safe"), trained.path / "patches.safetensors"
    first, _ = load_tensors(file)
    card = yaml.load(trained.path / "card.yaml")
    yaml.dump(card | {"patches": card["patches"] | {"further": FURTHER}}, trained.path / "card.yaml")
    further = PatchRequest(str(trained.path), archive, None, command="patches", go_on=True)
    patches_as_requested(further, device=CPU, progress=quiet)
    after = file.read_bytes()
    again, _ = load_tensors(file)
    assert again["white_box"].shape == (2, 3, 16, 16)
    for towards in (0, 1):
        assert not torch.equal(again["white_box"][towards], resized(first["white_box"][towards], 16))
    patches_as_requested(replace(further, go_on=False), device=CPU, progress=quiet)
    assert file.read_bytes() == after
    with pytest.raises(ThreatsimError, match="not those that the card's recipe goes on from"):
        patches_as_requested(further, device=CPU, progress=quiet)  # the further steps have been taken
    (trained.path / "patches.json").unlink()
    with pytest.raises(ThreatsimError, match="no record of patches to go on from"):
        patches_as_requested(further, device=CPU, progress=quiet)
    assert file.read_bytes() == after
