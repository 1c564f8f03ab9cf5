"""Patches made anew for a classifier whose weights are there: another recipe, or weights that came without any."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from threatsim.attacks.trained_patches import PatchRecord, make_patches, patch_steps
from threatsim.cases.image_set import CaseSet
from threatsim.classifiers.checkpoints import kept_checkpoints
from threatsim.classifiers.production import archive_for, synthetic_cases
from threatsim.classifiers.store import ClassifierFolder, shipped
from threatsim.common.errors import ThreatsimError
from threatsim.common.progress import Progress
from threatsim.outcomes.making.classifier_folder import filled_when_done


@dataclass(frozen=True)
class PatchRequest:
    """What a user asks for.

    Attributes:
        name: a classifier, or a folder with a card.yaml.
        images: folder of real archives; the card's synthetic cases if None.
        out: folder to write to; the one that `name` is if None.
        command: recorded as the command that was run.
        go_on: whether the patches there are to be trained on, by the further steps of the card.
    """

    name: str
    images: Path | None
    out: Path | None
    command: str
    go_on: bool = False


def patches_as_requested(
    request: PatchRequest, *, device: torch.device, progress: Progress
) -> tuple[Path, PatchRecord]:
    """Train the patches of a classifier by its card's recipe, on the images that its weights were trained on.

    Where a training was killed, the same one goes on some steps back.

    Returns:
        The file of the patches, and how they were made.

    Raises:
        ThreatsimError: there is no such classifier or archive, weights are absent or damaged, the images are not those
            of the weights, or there is no folder to write to.
    """
    folder = shipped(request.name)
    destination = request.out or _own(folder, request.name)
    train = _training_images(folder, request.images)
    checkpoints = kept_checkpoints()
    steps = patch_steps(folder.card.patches, go_on=request.go_on)
    with (
        filled_when_done(destination, "patches.safetensors") as work,
        progress.stage(f"Patches for {folder.card.name}", steps) as advance,
    ):
        record = make_patches(
            folder,
            train,
            device=device,
            command=request.command,
            out=work,
            go_on=request.go_on,
            on_step=lambda name, step: advance(1),
            checkpoints=checkpoints,
        )
    checkpoints.discard()
    return destination / "patches.safetensors", record


def _own(folder: ClassifierFolder, name: str) -> Path:
    if folder.path.resolve() != Path(name).resolve():
        raise ThreatsimError(
            f"the patches of '{name}' would replace those that came with it",
            hint="Name a folder to write to with --out.",
        )
    return folder.path


def _training_images(folder: ClassifierFolder, images: Path | None) -> CaseSet:
    card = folder.card
    if images is None:
        if card.photographs is not None:
            raise ThreatsimError(
                f"'{card.name}' was trained on photographs, and patches are trained on the same",
                hint="Name the folder of the archive with --images.",
            )
        return synthetic_cases(card, "train", card.data.train)
    archive = archive_for(card, images)
    if archive.test.source != folder.figures.images:
        raise ThreatsimError(
            f"the weights were trained on {folder.figures.images}, and these images are {archive.test.source}",
            location=str(images),
            hint="Train the classifier on these with `threatsim classifiers train`.",
        )
    return archive.train
