"""Training a classifier with all that goes with it: both networks, then the patches. Archives are trained once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import torch

from threatsim.attacks.trained_patches import has_patches, make_patches, patch_steps
from threatsim.cases.archive import Archive
from threatsim.cases.layouts.known import find_archives
from threatsim.classifiers.card import Initial, Network, Recipe
from threatsim.classifiers.checkpoints import kept_checkpoints
from threatsim.classifiers.codes.claim_store import ClaimFolder, find_claim_classifier
from threatsim.classifiers.imagenet_start import imagenet_start, start_path
from threatsim.classifiers.own_network import from_factory
from threatsim.classifiers.pretraining import TRAINED_ON, Pretext, PretrainingRecord, commodity_start, pretrain
from threatsim.classifiers.production import (
    archive_for,
    asked_classifier,
    findings_for,
    make_classifier,
    synthetic_splits,
)
from threatsim.classifiers.store import ClassifierFolder, open_classifier, shipped
from threatsim.classifiers.training_figures import TrainingFigures
from threatsim.classifiers.training_loop import Epoch
from threatsim.classifiers.weights import file_hash
from threatsim.common.cache import cache_folder
from threatsim.common.errors import InputError, ThreatsimError
from threatsim.common.library import library_folder
from threatsim.common.progress import Progress
from threatsim.outcomes.making.claim_classifiers import refuse_images, train_claims
from threatsim.outcomes.making.classifier_folder import filled_when_done


def train(
    destination: Path,
    base: ClassifierFolder,
    *,
    archive: Archive | None,
    recipe: Recipe | None,
    device: torch.device,
    command: str,
    progress: Progress,
) -> ClassifierFolder:
    """Train victim, surrogate and patches into `destination`, which is replaced as a whole when all is done.

    Where a training was killed, the same one goes on: a network after its last whole epoch, a patch some steps back.

    Args:
        base: the card to train, with the synthetic weights that fine-tuning may start from.
        archive: real images; the card's synthetic cases if None.
        recipe: in place of the card's own.
        command: recorded as the command that was run.

    Raises:
        InputError: a network of the user's own may not run, or cannot be made.
    """
    with torch.random.fork_rng(devices=[]):  # making a network draws initial weights
        for network in filter(None, (base.card.network, base.card.surrogate_network)):
            if network.factory:  # refused now rather than after thousands of images were drawn
                from_factory(network)
    used = recipe or (base.card.recipe_for_archives if archive else base.card.recipe)
    checkpoints = kept_checkpoints()
    with filled_when_done(destination, "patches.safetensors") as work:
        splits = (archive.train, archive.calibration, archive.test) if archive else synthetic_splits(base.card)
        with progress.stage(f"Training {base.card.name}", 2 * used.epochs) as advance:

            def on_epoch(role: str, epoch: Epoch) -> None:
                advance(1)

            made = make_classifier(
                work,
                base,
                splits,
                used,
                device=device,
                command=command,
                on_epoch=on_epoch,
                checkpoints=checkpoints,
            )
        with progress.stage(f"Patches for {base.card.name}", patch_steps(base.card.patches)) as advance:
            make_patches(
                made,
                splits[0],
                device=device,
                command=command,
                on_step=lambda name, step: advance(1),
                checkpoints=checkpoints,
            )
    checkpoints.discard()
    return open_classifier(destination)


def pretrain_as_requested(
    out: Path | None, *, device: torch.device, command: str, progress: Progress
) -> tuple[Path, PretrainingRecord]:
    """Train the commodity start anew, for the network of the shipped classifiers.

    Args:
        out: file to write to (.safetensors), with its record beside it; None for the cache.
        device: where to train.
        command: recorded as the command that was run.
        progress: told of each epoch.

    Raises:
        ThreatsimError: `out` is no file of safetensors.
    """
    path = out or cache_folder() / "pretrained" / "by-hand.safetensors"
    if path.suffix != ".safetensors":
        raise InputError(
            "the weights are written as safetensors", given=str(path), location=str(path), hint="End it so."
        )
    network = shipped(TRAINED_ON[0]).card.network
    with progress.stage("Pre-training on all modalities", Pretext().recipe.epochs) as advance:
        record = pretrain(path, network, device=device, command=command, on_epoch=lambda epoch: advance(1))
    return path, record


def imagenet_start_as_requested(network: str) -> tuple[Path, str]:
    """Find the file of a network's ImageNet weights, converted now if need be, and its hash.

    Raises:
        ThreatsimError: there are none of this network, or their package is not installed.
    """
    named = Network(name=network)
    return start_path(named), imagenet_start(named)[1]


def trained_on(
    archive: Archive, *, device: torch.device, progress: Progress, name: str | None = None, finding: str | None = None
) -> ClassifierFolder:
    """Return a classifier trained on an archive: the shipped one if it was, else from the cache or trained now.

    Args:
        name: a shipped classifier of the archive's modality; the one called as the modality if None.
        finding: what label 1 of the archive stands for, where a user has said; else the card says.
    """
    base = shipped(name or archive.modality).asked_for(finding)
    if _is_of(base, archive):
        return base
    folder = _cached(archive, base, device)
    if has_patches(folder):  # the patches are made last
        return open_classifier(folder)
    size = "x".join(str(side) for side in archive.train.size)
    progress.note(
        f"No classifier has been trained on {archive.name} yet: training on {len(archive.train)} images of {size}."
    )
    return train(
        folder,
        base,
        archive=archive,
        recipe=None,
        device=device,
        command=f"threatsim classifiers train {base.card.name} --images {archive.name}"
        + (f" --finding {finding}" if finding else ""),
        progress=progress,
    )


def _is_of(base: ClassifierFolder, archive: Archive) -> bool:
    """Return whether a classifier's own weights were trained on these photographs."""
    return base.card.photographs is not None and has_patches(base.path) and base.figures.images == archive.test.source


def _cached(archive: Archive, base: ClassifierFolder, device: torch.device) -> Path:
    """Return where the cache keeps the classifier that the card's own recipe makes of an archive."""
    return cache_folder() / "classifiers" / f"{base.card.name}-{_key(archive, base, device)}"


def _key(archive: Archive, base: ClassifierFolder, device: torch.device) -> str:
    """Return all that the weights depend on: images, card, the weights that fine-tuning starts from, torch, device."""
    parts: dict[str, object] = {
        "archive": archive.fingerprint,
        "card": base.card.model_dump(mode="json"),
        "torch": torch.__version__,
        "device": device.type,
    }
    programs = [network.program for network in (base.card.network, base.card.surrogate_network) if network]
    if given := [file_hash(base.path / program) for program in programs if program]:
        parts["programs"] = given  # the card only says what their files are called
    initial = base.card.recipe_for_archives.initial
    if initial == "pretrained":
        parts["initial"] = commodity_start(base.card.network, device=device)[1]
    elif initial == "imagenet":
        parts["initial"] = imagenet_start(base.card.network)[1]
    elif initial == "synthetic":
        parts["initial"] = base.figures.victim.weights + base.figures.surrogate.weights
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class TrainRequest:
    """What a user asks to be trained.

    Attributes:
        name: a shipped classifier, or a folder with a card.yaml.
        images: folder of real archives, or None for the card's synthetic cases.
        out: folder to write to, or None for the cache.
        initial, epochs: in place of the recipe's own.
        command: recorded as the command that was run.
        finding: what label 1 is to stand for in archives that have several findings; the card's if None.
    """

    name: str
    images: Path | None
    out: Path | None
    initial: str | None
    epochs: int | None
    command: str
    finding: str | None = None


def names_to_train(
    name: str | None, images: Path | None, out: Path | None, finding: str | None = None
) -> dict[str, str | None]:
    """Name the classifiers that a user means: the one named, or one for each archive in the folder of images.

    Returns:
        Name -> the finding that it is to be trained on; None for the card's.

    Raises:
        ThreatsimError: neither is given, no archive has the finding, or one folder is named for several classifiers.
    """
    if name:
        return {name: finding}
    if images is None:
        raise InputError("name a classifier, or a folder of real images with --images", given="")
    names = list(find_archives(images))
    if out and len(names) > 1:
        raise ThreatsimError(f"--out is one folder, and there are images for {', '.join(names)}; name one of them")
    return findings_for(names, images, finding)


def train_as_requested(
    request: TrainRequest, *, device: torch.device, progress: Progress
) -> tuple[ClassifierFolder | ClaimFolder, TrainingFigures | None]:
    """Train what a user asks for.

    Returns:
        The trained classifier, and the figures of the one it is a training of (None if it had none).

    Raises:
        ThreatsimError: there is no such classifier or archive, or the folder cannot be written to.
    """
    if claims := find_claim_classifier(request.name):
        refuse_images(request.name, request.images, request.finding)
        return train_claims(
            claims,
            out=request.out,
            initial=request.initial,
            epochs=request.epochs,
            command=request.command,
            progress=progress,
        )
    base = asked_classifier(request.name, request.images, request.finding)
    before = base.figures if (base.path / "figures.json").is_file() else None
    archive = archive_for(base.card, request.images, progress=progress) if request.images else None
    recipe = _recipe(base, request, archive is not None)
    destination = request.out
    if destination is None and archive and recipe == base.card.recipe_for_archives and _is_shipped(base):
        destination = _cached(archive, base, device)  # where a run on these images looks
    if destination is None:
        source = archive.fingerprint[:12] if archive else "synthetic"
        source += f"-{request.finding}" if request.finding else ""
        destination = cache_folder() / "classifiers" / f"{base.card.name}-{source}-by-hand"
    made = train(
        destination,
        base,
        archive=archive,
        recipe=recipe,
        device=device,
        command=request.command,
        progress=progress,
    )
    return made, before


def _is_shipped(base: ClassifierFolder) -> bool:
    return base.path.parent == library_folder("classifiers")


def _recipe(base: ClassifierFolder, request: TrainRequest, real: bool) -> Recipe:
    recipe = base.card.recipe_for_archives if real else base.card.recipe
    requested = {"initial": request.initial, "epochs": request.epochs}
    if request.initial not in (None, *get_args(Initial)):
        names = get_args(Initial)
        raise InputError(
            f"--initial is '{request.initial}'; allowed are {', '.join(names)}",
            given=str(request.initial),
            allowed=names,
        )
    return recipe.model_copy(update={key: value for key, value in requested.items() if value is not None})
