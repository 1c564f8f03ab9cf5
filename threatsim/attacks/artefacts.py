"""Patches trained ahead: `patches.safetensors` beside the weights, with `patches.json` saying how they were made."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict, Field

from threatsim.atomic import write_text
from threatsim.attacks.engine import Adversary, clean_scores
from threatsim.attacks.patch import TRAINING_SCALES, natural_patch, train_patch
from threatsim.attacks.target import Target
from threatsim.classifiers.store import ClassifierFolder
from threatsim.classifiers.weights import load_tensors, save_tensors
from threatsim.errors import ThreatsimError
from threatsim.imaging.cases import CaseSet

ACCESSES = ("white_box", "black_box", "none")


class PatchRecord(BaseModel):
    """How the patches of a classifier were trained."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    command: str = Field(description="The command that trained them.")
    images: str = Field(description="The training images.")
    n: int = Field(description="Number of training images.")
    steps: int = Field(description="Gradient steps for each patch.")
    batch: int = Field(description="Images in a step.")
    scales: tuple[float, float] = Field(description="Range of diameters in training, as a share of the width.")
    weights: dict[str, str] = Field(description="Hash of the weights that each patch was trained on.")
    reached: dict[str, float] = Field(description="Mean p(target class) over the last steps, for each patch.")
    versions: dict[str, str] = Field(description="Versions of the libraries that the patches depend on.")


def make_patches(
    folder: ClassifierFolder,
    train: CaseSet,
    *,
    device: torch.device,
    steps: int,
    command: str,
    batch: int = 32,
    on_step: Callable[[str, int], None] | None = None,
) -> PatchRecord:
    """Train the patches of a classifier on its training cases and write them beside its weights.

    Two a network, for class 0 and class 1, on the victim (white box) and on the surrogate (black box); and the natural
    control, the training image that the victim finds most typical of each class.

    Args:
        on_step: called with the patch's name and the step after each step.
    """
    tensors: dict[str, torch.Tensor] = {}
    weights: dict[str, str] = {}
    reached: dict[str, float] = {}
    for access, role in (("white_box", "victim"), ("black_box", "surrogate")):
        network, weights[access] = folder.load(role, device)
        target = Target(network, device)
        pair = []
        for towards in (0, 1):
            name = f"{access}_{towards}"
            last: list[float] = []

            def report(step: int, score: float, name: str = name, last: list[float] = last) -> None:
                last.append(score)
                if on_step:
                    on_step(name, step)

            pair.append(train_patch(target, train, towards=towards, steps=steps, seed=0, batch=batch, on_step=report))
            tail = last[-max(1, steps // 10) :]
            reached[name] = round(sum(tail) / len(tail), 4)
        tensors[access] = torch.stack(pair)
        if role == "victim":
            typical = clean_scores(Adversary(target, target, {}, {}), train)
            tensors["none"] = torch.stack([natural_patch(typical, train, towards=towards) for towards in (0, 1)])
    save_tensors(tensors, folder.path / "patches.safetensors")
    record = PatchRecord(
        command=command,
        images=train.source,
        n=len(train),
        steps=steps,
        batch=batch,
        scales=TRAINING_SCALES,
        weights=weights,
        reached=reached,
        versions={name: version(name) for name in ("torch", "numpy")},
    )
    write_text(folder.path / "patches.json", record.model_dump_json(indent=2) + "\n")
    return record


def load_adversary(folder: ClassifierFolder, device: torch.device) -> Adversary:
    """Everything an attack on this classifier needs.

    Raises:
        ThreatsimError: weights or patches are absent, damaged, or of another network.
    """
    victim, victim_hash = folder.load("victim", device)
    surrogate, surrogate_hash = folder.load("surrogate", device)
    network = f"{folder.card.network.model_dump_json()} monai {version('monai')}"
    path = folder.path / "patches.safetensors"
    patches, patches_hash = load_tensors(path)
    for access in ACCESSES:
        if access not in patches or patches[access].ndim != 4 or patches[access].shape[:2] != (2, 3):
            raise ThreatsimError(f"the patches lack '{access}' of shape (2, 3, H, W)", location=str(path))
    return Adversary(
        victim=Target(victim, device),
        surrogate=Target(surrogate, device),
        patches=patches,
        fingerprints={"network": network, "victim": victim_hash, "surrogate": surrogate_hash, "patches": patches_hash},
    )


def has_patches(path: Path) -> bool:
    """Whether patches lie beside the weights in this folder."""
    return (path / "patches.safetensors").is_file()
