"""Patches trained ahead: `patches.safetensors` beside the weights, with `patches.json` saying how they were made.

A natural patch is a photograph's own pixels. Where a card names the photographs that it is cut from, it is not kept but
cut when the archive is at hand.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict, Field

from threatsim.attacks.families.patch import (
    LENS_CENTRE,
    LENS_JITTER,
    LENS_SCALE,
    MOMENTUM,
    ROTATION,
    Place,
    is_grey,
    train_patch,
)
from threatsim.attacks.families.patch_controls import grey_patch, natural_patch, noise_patch, shuffled_patch
from threatsim.attacks.search.target import Target
from threatsim.attacks.threat_model import ThreatModel
from threatsim.cases.image_set import CaseSet, to_grid
from threatsim.classifiers.card import Card, PatchRecipe
from threatsim.classifiers.network import scores
from threatsim.classifiers.store import ClassifierFolder
from threatsim.classifiers.weights import load_tensors, save_tensors
from threatsim.common.errors import ThreatsimError
from threatsim.common.files import write_text

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
    on_step: Callable[[str, int], None] | None = None,
) -> PatchRecord:
    """Train the patches of a classifier on its training cases and write them beside its weights.

    For each network, the victim (white box) and the surrogate (black box), four: for class 0 and for class 1, anywhere
    on the image and, if the recipe has steps for it, on the lens; and the controls, which are not trained.

    Args:
        recipe: in place of the card's own.
        out: folder to write to; the classifier's own if None.
        on_step: called with the patch's name and the step after each step.
    """
    how = recipe or folder.card.patches
    tensors: dict[str, torch.Tensor] = {}
    weights: dict[str, str] = {}
    reached: dict[str, float] = {}
    for access, role in TRAINED.items():
        network, weights[access] = folder.load(role, device)
        target = Target(network, device)
        if role == "victim" and natural_pair(folder.card, train) is None:
            typical = scores(network, train.images, device=device)
            tensors["none"] = torch.stack([natural_patch(typical, train, towards=towards) for towards in (0, 1)])
        for place in PLACES if how.lens_steps else PLACES[:1]:
            called = access if place == "random" else f"lens_{access}"
            pair = []
            for towards in (0, 1):
                name = f"{called}_{towards}"
                last: list[float] = []

                def report(step: int, score: float, name: str = name, last: list[float] = last) -> None:
                    last.append(score)
                    if on_step:
                        on_step(name, step)

                pair.append(
                    train_patch(target, train, towards=towards, recipe=how, seed=0, place=place, on_step=report)
                )
                tail = last[-max(1, len(last) // 10) :]
                reached[name] = round(sum(tail) / len(tail), 4)
            tensors[called] = to_grid(torch.stack(pair))
    tensors |= _controls(tensors["white_box"], train)
    save_tensors(tensors, (out or folder.path) / "patches.safetensors")
    record = PatchRecord(
        command=command,
        images=train.source,
        n=len(train),
        recipe=how,
        momentum=MOMENTUM,
        rotation=ROTATION,
        grey=is_grey(train),
        lens={"x": LENS_CENTRE[0], "y": LENS_CENTRE[1], "jitter": LENS_JITTER, "diameter": LENS_SCALE},
        weights=weights,
        reached=reached,
        versions={name: version(name) for name in ("torch", "numpy")},
    )
    write_text((out or folder.path) / "patches.json", record.model_dump_json(indent=2) + "\n")
    return record


def patch_steps(recipe: PatchRecipe) -> int:
    """Count the gradient steps that `make_patches` takes in all."""
    return 2 * len(TRAINED) * (recipe.steps + recipe.lens_steps)


def natural_pair(card: Card, train: CaseSet) -> torch.Tensor | None:
    """Return the natural patches (2, 3, H, W) of the photographs that the card names; None if `train` lacks them."""
    named = _natural_names(card)
    if named is None or not set(named) <= set(train.case_ids):
        return None
    return torch.stack([train.images[train.case_ids.index(name)] for name in named])


def _natural_names(card: Card) -> tuple[str, str] | None:
    return card.photographs.natural if card.photographs else None


def _controls(white_box: torch.Tensor, train: CaseSet) -> dict[str, torch.Tensor]:
    grey = is_grey(train)
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
    network = f"{' '.join(networks)} monai {version('monai')}"
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
