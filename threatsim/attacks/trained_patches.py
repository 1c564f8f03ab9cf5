"""Patches trained ahead: `patches.safetensors` beside the weights, with `patches.json` saying how they were made.

A natural patch is a photograph's own pixels. Where a card names the photographs that it is cut from, it is not kept but
cut when the archive is at hand.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from threatsim.attacks.families.patch import (
    LENS_CENTRE,
    LENS_JITTER,
    LENS_SCALE,
    MOMENTUM,
    ROTATION,
    Place,
    resized,
    train_patch,
)
from threatsim.attacks.families.patch_controls import grey_patch, natural_patch, noise_patch, shuffled_patch
from threatsim.attacks.patch_checkpoints import PatchCheckpoints
from threatsim.attacks.search.target import Target
from threatsim.attacks.threat_model import ThreatModel
from threatsim.cases.image_set import CaseSet, to_grid
from threatsim.classifiers.card import Card, PatchRecipe
from threatsim.classifiers.checkpoints import Checkpoints
from threatsim.classifiers.network import scores
from threatsim.classifiers.store import ClassifierFolder
from threatsim.classifiers.weights import load_tensors, save_tensors
from threatsim.common.errors import ThreatsimError
from threatsim.common.files import write_text
from threatsim.common.version import installed_version

PLACES: tuple[Place, ...] = ("random", "lens")
TRAINED = {"white_box": "victim", "black_box": "surrogate"}
"""On whose gradients the patch of each access is trained."""


class PatchRecord(BaseModel):
    """How the patches of a classifier were trained."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    command: str = Field(description="The command that trained them.")
    images: str = Field(description="The training images.")
    n: int = Field(description="Number of training images.")
    recipe: PatchRecipe = Field(description="Steps, batch, rate and range of diameters.")
    momentum: float = Field(description="Share of the last step's direction that is kept.")
    rotation: float = Field(description="Greatest rotation either way in training (degrees).")
    grey: bool = Field(description="Whether the patches are held to grey, as all training images are.")
    lens: dict[str, float] = Field(description="The patch on the lens: centre x and y (-1 to 1), jitter, diameter.")
    weights: dict[str, str] = Field(description="Hash of the weights that each access is trained on.")
    reached: dict[str, float] = Field(description="Mean p(target class) over the last steps, for each patch.")
    versions: dict[str, str] = Field(description="Versions of the libraries that the patches depend on.")


def make_patches(
    folder: ClassifierFolder,
    train: CaseSet,
    *,
    device: torch.device,
    command: str,
    recipe: PatchRecipe | None = None,
    out: Path | None = None,
    go_on: bool = False,
    on_step: Callable[[str, int], None] | None = None,
    checkpoints: Checkpoints | None = None,
) -> PatchRecord:
    """Train the patches of a classifier on its training cases and write them beside its weights.

    For each network, the victim (white box) and the surrogate (black box), four: for class 0 and for class 1, anywhere
    on the image and, if the recipe has steps for it, on the lens; and the controls, which are not trained.

    Args:
        recipe: in place of the card's own.
        out: folder to write to; the classifier's own if None.
        go_on: whether patches of the recipe without its further steps are there, and only those are to be taken.
        on_step: called with the patch's name and the step after each step, and first for those that a killed training
            had finished.
        checkpoints: where each patch keeps how far it is, and goes on from; the caller discards them when all is done.

    Raises:
        ThreatsimError: there is nothing to go on from, or it is of other weights, images or another recipe.
    """
    how = recipe or folder.card.patches
    kept = PatchCheckpoints(checkpoints, train, device) if checkpoints else None
    before = _before(folder, how, train) if go_on else {}
    tensors: dict[str, torch.Tensor] = {}
    weights: dict[str, str] = {}
    reached: dict[str, float] = {**patch_record(folder).reached} if go_on else {}
    for access, role in TRAINED.items():
        network, weights[access] = folder.load(role, device)
        target = Target(network, device)
        name = f"{weights[access]} {folder.card.network_of(role).model_dump_json()} {folder.card.resize_label}"
        if role == "victim" and natural_pair(folder.card, train) is None:
            typical = scores(network, train.images, device=device)
            tensors["none"] = torch.stack([natural_patch(typical, train, towards=towards) for towards in (0, 1)])
        for place in PLACES if how.lens_steps else PLACES[:1]:
            called = access if place == "random" else f"lens_{access}"
            training = _Training(target, name, kept, _Steps(called, reached, on_step))
            tensors[called] = _pair(training, train, how, place, before.get(called))
    tensors |= _controls(tensors["white_box"], train)
    save_tensors(tensors, (out or folder.path) / "patches.safetensors")
    record = PatchRecord(
        command=command,
        images=train.source,
        n=len(train),
        recipe=how,
        momentum=MOMENTUM,
        rotation=ROTATION,
        grey=train.is_grey,
        lens={"x": LENS_CENTRE[0], "y": LENS_CENTRE[1], "jitter": LENS_JITTER, "diameter": LENS_SCALE},
        weights=weights,
        reached=reached,
        versions={name: version(name) for name in ("torch", "numpy")},
    )
    write_text((out or folder.path) / "patches.json", record.model_dump_json(indent=2) + "\n")
    return record


def patch_steps(recipe: PatchRecipe, *, go_on: bool = False) -> int:
    """Count the gradient steps that `make_patches` takes in all."""
    further = sum(stage.steps for stage in recipe.further)
    return len(TRAINED) * (further + (0 if go_on else 2 * (recipe.steps + recipe.lens_steps)))


def patch_record(folder: ClassifierFolder) -> PatchRecord:
    """Read how the patches beside a classifier's weights were made.

    Raises:
        ThreatsimError: there is no record, or it is damaged.
    """
    path = folder.path / "patches.json"
    try:
        return PatchRecord.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise ThreatsimError("there is no record of patches to go on from", location=str(path)) from error


@dataclass(frozen=True)
class _Steps:
    """Told of the steps of a pair of patches; notes what each has reached in the last tenth of them."""

    called: str
    reached: dict[str, float]
    on_step: Callable[[str, int], None] | None

    def watch(self, towards: int, steps: int) -> Callable[[int, float], None]:
        name, last = f"{self.called}_{towards}", deque[float](maxlen=max(1, steps // 10))

        def report(step: int, score: float) -> None:
            last.append(score)
            if step == steps:
                self.reached[name] = round(sum(last) / len(last), 4)
            if self.on_step:
                self.on_step(name, step)

        return report


@dataclass(frozen=True)
class _Training:
    """Trains patches against one network, and keeps how far each is, if that is wanted."""

    target: Target
    network: str
    kept: PatchCheckpoints | None
    steps: _Steps

    def patch(
        self,
        cases: CaseSet,
        recipe: PatchRecipe,
        towards: int,
        seed: int,
        place: Place = "random",
        start: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Train one, (3, P, P) on the grid of grey levels."""
        kept_in = None
        if self.kept:
            kept_in = self.kept.of(self.network, cases, recipe, towards=towards, place=place, seed=seed, start=start)
        trained = train_patch(
            self.target,
            cases,
            towards=towards,
            recipe=recipe,
            seed=seed,
            place=place,
            start=start,
            on_step=self.steps.watch(towards, recipe.steps if place == "random" else recipe.lens_steps),
            kept_in=kept_in,
        )
        return to_grid(trained)


def _pair(
    training: _Training, train: CaseSet, how: PatchRecipe, place: Place, before: torch.Tensor | None
) -> torch.Tensor:
    """Train the patches (2, 3, P, P) for both classes; from those `before`, further steps alone."""
    pair = []
    for towards in (0, 1):
        patch = training.patch(train, how, towards, seed=0, place=place) if before is None else before[towards]
        if place == "random":
            patch = _further(training, train, how, towards, patch)
        pair.append(patch)
    return torch.stack(pair)


def _further(training: _Training, train: CaseSet, how: PatchRecipe, towards: int, patch: torch.Tensor) -> torch.Tensor:
    """Take the further steps of one patch; one without any is brought to the width of the other."""
    if not how.further:
        return patch
    other = train.subset(np.flatnonzero(train.labels == 1 - towards))
    stages = (stage for stage in how.further if stage.towards == towards)
    for seed, stage in enumerate(stages, start=1):
        recipe = how.model_copy(update=stage.model_dump(exclude={"towards"}))
        patch = training.patch(other, recipe, towards, seed=seed, start=patch)
    return to_grid(resized(patch, how.further[-1].side))


def _before(folder: ClassifierFolder, how: PatchRecipe, train: CaseSet) -> dict[str, torch.Tensor]:
    """Read the patches that further steps go on from.

    Raises:
        ThreatsimError: there are none, or they are not what the recipe begins with.
    """
    record, path = patch_record(folder), folder.path / "patches.safetensors"
    begun = how.model_copy(update={"further": ()})
    weights = {access: folder.load(role, torch.device("cpu"))[1] for access, role in TRAINED.items()}
    if (record.recipe, record.images, record.weights) != (begun, train.source, weights):
        raise ThreatsimError(
            "the patches here are not those that the card's recipe goes on from: other steps, images or weights",
            location=str(path),
            hint="Train them from the start, without --go-on.",
        )
    return load_tensors(path)[0]


def natural_pair(card: Card, train: CaseSet) -> torch.Tensor | None:
    """Return the natural patches (2, 3, H, W) of the photographs that the card names; None if `train` lacks them."""
    named = _natural_names(card)
    if named is None or not set(named) <= set(train.case_ids):
        return None
    return torch.stack([train.images[train.case_ids.index(name)] for name in named])


def _natural_names(card: Card) -> tuple[str, str] | None:
    return card.photographs.natural if card.photographs else None


def _controls(white_box: torch.Tensor, train: CaseSet) -> dict[str, torch.Tensor]:
    grey = train.is_grey
    return {
        "grey": torch.stack([grey_patch(train.size)] * 2),
        "noise": torch.stack([noise_patch(train.size, grey=grey, key=f"noise/{towards}") for towards in (0, 1)]),
        "shuffled": torch.stack(
            [shuffled_patch(patch, key=f"shuffled/{towards}") for towards, patch in enumerate(white_box)]
        ),
    }


def load_threat_model(folder: ClassifierFolder, device: torch.device, *, train: CaseSet | None = None) -> ThreatModel:
    """Load everything that an attack on this classifier needs.

    Args:
        train: the photographs that it was trained on, which natural patches are cut from where the card names them;
            without them it has none.

    Raises:
        ThreatsimError: weights or patches are absent, damaged, or of another network.
    """
    victim, victim_hash = folder.load("victim", device)
    surrogate, surrogate_hash = folder.load("surrogate", device)
    networks = [folder.card.network_of(role).model_dump_json() for role in ("victim", "surrogate")]
    read = f" reads {folder.card.resize_label}" if folder.card.reads else ""
    network = f"{' '.join(networks)} monai {installed_version('monai')}{read}"
    path = folder.path / "patches.safetensors"
    patches, patches_hash = load_tensors(path)
    cut_from = None if "none" in patches else _natural_names(folder.card)
    for access in TRAINED if cut_from else ("none", *TRAINED):
        if access not in patches:
            raise ThreatsimError(f"the patches lack '{access}'", location=str(path))
    natural = natural_pair(folder.card, train) if cut_from and train else None
    if natural is not None:
        patches["none"] = natural
    for access, pair in patches.items():
        if pair.ndim != 4 or pair.shape[:2] != (2, 3):
            raise ThreatsimError(f"patch '{access}' is not of shape (2, 3, H, W)", location=str(path))
    return ThreatModel(
        victim=Target(victim, device),
        surrogate=Target(surrogate, device),
        patches=Patches(patches, path),
        fingerprints={
            "network": network,
            "victim": victim_hash,
            "surrogate": surrogate_hash,
            "patches": " ".join((patches_hash, *(cut_from or ()))),
        },
    )


class Patches(dict[str, torch.Tensor]):
    """Patches by access; one that is missing, as in a classifier trained by an older threatsim, says what to do."""

    def __init__(self, tensors: dict[str, torch.Tensor], path: Path) -> None:
        super().__init__(tensors)
        self._path = path

    def __missing__(self, access: str) -> torch.Tensor:
        raise ThreatsimError(
            f"there is no patch '{access}' here",
            location=str(self._path),
            hint="Train the classifier again with `threatsim classifiers train`.",
        )


def has_patches(path: Path) -> bool:
    """Return whether patches lie beside the weights in this folder."""
    return (path / "patches.safetensors").is_file()
