"""Making a classifier: victim and surrogate trained, measured on unseen cases, and written into a folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import torch

from threatsim.cases.archive import Archive, archive_of
from threatsim.cases.image_set import CaseSet
from threatsim.cases.kept_cases import kept_cases
from threatsim.cases.layouts.known import findings_at, refuse_finding
from threatsim.cases.layouts.listing import ArchiveListing
from threatsim.cases.synthetic.generate import SyntheticSet, draw_cases
from threatsim.classifiers.card import Card, Recipe
from threatsim.classifiers.card_file import copy_card
from threatsim.classifiers.checkpoints import Checkpoints
from threatsim.classifiers.imagenet_start import imagenet_start
from threatsim.classifiers.network import scores
from threatsim.classifiers.pretraining import commodity_start
from threatsim.classifiers.resizing.resized_classifier import as_read
from threatsim.classifiers.store import ClassifierFolder, shipped
from threatsim.classifiers.training_figures import Measured, TrainingFigures, measure, write_figures
from threatsim.classifiers.training_loop import Epoch, train_classifier
from threatsim.classifiers.weights import load_tensors, save_network, save_tensors
from threatsim.common.errors import InputError, ThreatsimError
from threatsim.common.progress import Progress
from threatsim.common.thresholds import threshold_at
from threatsim.common.version import installed_version

Splits = tuple[CaseSet, CaseSet, CaseSet]
OnEpoch = Callable[[str, Epoch], None]
LEAST_NEGATIVES = 20
"""Test images without the finding below which a classifier of photographs is not measured."""


def synthetic_set(card: Card, split: str, *, positive_share: float | None = None) -> SyntheticSet:
    """Describe the set that a split (train, calibration or test) of the card's synthetic modality is taken from.

    Args:
        positive_share: share of cases with the finding; the card's own if None.
    """
    data = card.data
    return SyntheticSet(
        modality=card.modality,
        split=split,
        seed=data.seed,
        size=data.image_size,
        positive_share=data.positive_share if positive_share is None else positive_share,
    )


def synthetic_cases(
    card: Card, split: str, count: int | None = None, *, positive_share: float | None = None
) -> CaseSet:
    """Return the first cases of a split of the card's synthetic modality, with the pixels that were kept of them.

    Args:
        count: as many as the card names if None.
        positive_share: share of cases with the finding; the card's own if None.
    """
    return kept_cases(
        synthetic_set(card, split, positive_share=positive_share), _count(card, split) if count is None else count
    )


def synthetic_splits(card: Card) -> Splits:
    """Draw training, calibration and test cases of the card's synthetic modality.

    Training cases are drawn each time: they are many, and it is the weights that are kept.
    """
    train = draw_cases(synthetic_set(card, "train"), card.data.train)
    return train, synthetic_cases(card, "calibration"), synthetic_cases(card, "test")


def archive_for(card: Card, images: Path, *, progress: Progress | None = None) -> Archive:
    """Open the card's modality at `images`; for a card of photographs, in its size and made square as they.

    Args:
        progress: is told how many pictures are read.

    Raises:
        ThreatsimError: there is no such archive, something is wrong with it, its pictures are of another shape or
            smaller than what the card's network reads, or its test split has fewer than `LEAST_NEGATIVES` without the
            finding.
    """
    if card.photographs is not None:
        return archive_of(
            images,
            card.modality,
            size=card.data.image_size,
            squared=card.photographs.squared,
            finding=card.finding,
            check=_check_negatives,
            progress=progress,
        )
    archive = archive_of(images, card.modality, finding=card.finding, progress=progress)
    if card.reads and min(archive.test.size) < card.reads:
        raise InputError(
            f"the classifier reads {card.reads} pixels, and the pictures here have {archive.test.size[1]}",
            given=str(archive.test.size[1]),
            location=str(images),
            hint="A payer's resize only makes pictures smaller; give larger ones.",
        )
    return archive


def findings_for(names: Iterable[str], images: Path | None, finding: str | None) -> dict[str, str | None]:
    """Say for classifiers what label 1 is to stand for in the archive of each, as a user asks.

    Args:
        names: shipped classifiers, or folders with a card.yaml.
        images: folder of real archives; None for synthetic cases.
        finding: what the user asks for; nothing if None.

    Returns:
        Name -> the finding; None where its card says.

    Raises:
        InputError: there are no images, or no archive of these classifiers has the finding.
        ThreatsimError: there is no such classifier.
    """
    if finding is None:
        return dict.fromkeys(names)
    if images is None:
        refuse_finding(finding)
        return {}
    modalities = {name: shipped(name).card.modality for name in names}
    found = findings_at(images, finding, list(modalities.values()))
    return {name: found.get(modality) for name, modality in modalities.items()}


def asked_classifier(name: str, images: Path | None, finding: str | None) -> ClassifierFolder:
    """Open the classifier called `name`; its card names what a user asks label 1 of the archive to stand for.

    Raises:
        ThreatsimError: as `findings_for` does.
    """
    return shipped(name).asked_for(findings_for([name], images, finding)[name])


def _check_negatives(listing: ArchiveListing) -> None:
    negatives = sum(image.split == "test" and image.label == 0 for image in listing.images)
    if negatives < LEAST_NEGATIVES:
        raise ThreatsimError(
            f"the test split has {negatives} images without the finding, and {LEAST_NEGATIVES} are needed to say what "
            "an attack lifts",
            location=str(listing.folder),
        )


def _count(card: Card, split: str) -> int:
    return {"train": card.data.train, "calibration": card.data.calibration, "test": card.data.test}[split]


def make_classifier(
    folder: Path,
    base: ClassifierFolder,
    splits: Splits,
    recipe: Recipe,
    *,
    device: torch.device,
    command: str,
    on_epoch: OnEpoch | None = None,
    checkpoints: Checkpoints | None = None,
) -> ClassifierFolder:
    """Train both networks of a card, measure them and write everything into `folder`.

    Args:
        base: the card, and the synthetic weights that fine-tuning may start from.
        splits: training, calibration and test cases, with pictures as they are submitted.
        command: what to record as the command that was run.
        on_epoch: called with "victim" or "surrogate" after each epoch.
        checkpoints: where both trainings keep how far they are; the caller discards them when all is done.
    """
    card = base.card
    train, calibration = (as_read(cases, card.reads, card.resize_name) for cases in splits[:2])
    trained = [role for role in ("victim", "surrogate") if not card.network_of(role).program]
    starts = {role: initial_weights(base, role, recipe, device) for role in trained}
    folder.mkdir(parents=True, exist_ok=True)
    copy_card(base.path / "card.yaml", folder / "card.yaml", finding=card.finding)
    for role, seed in (("victim", card.victim_seed), ("surrogate", card.surrogate_seed)):
        used = card.network_of(role)
        if used.program:  # the user's own weights, which nothing here trains
            if folder.resolve() != base.path.resolve():
                shutil.copyfile(base.path / used.program, folder / used.program)
            continue
        initial = starts[role]

        def report(epoch: Epoch, role: str = role) -> None:
            if on_epoch:
                on_epoch(role, epoch)

        network = train_classifier(
            used,
            recipe,
            train,
            calibration,
            seed=seed,
            device=device,
            initial=initial,
            on_epoch=report,
            checkpoints=checkpoints,
        )
        save_network(network, folder / f"{role}.safetensors", card.stored)
    made = ClassifierFolder(folder, card)
    measure_classifier(made, splits, recipe, device=device, command=command)
    return made


def initial_weights(
    base: ClassifierFolder, role: str, recipe: Recipe, device: torch.device
) -> dict[str, torch.Tensor] | None:
    """Load the weights that a recipe starts the `victim` or the `surrogate` from; None for random ones.

    Args:
        base: the folder that synthetic weights are taken from.
        role: `victim` or `surrogate`.
        recipe: says where training starts.
        device: where weights are pre-trained, if there are none yet.

    Returns:
        Tensors by name, of the shapes of the network's own, convolutions (O, I, K, K).
    """
    if recipe.initial == "synthetic":
        return load_tensors(base.path / f"{role}.safetensors")[0]
    if recipe.initial == "pretrained":
        return commodity_start(base.card.network_of(role), device=device)[0]
    if recipe.initial == "imagenet":
        return imagenet_start(base.card.network_of(role))[0]
    return None


def measure_classifier(
    folder: ClassifierFolder, splits: Splits, recipe: Recipe, *, device: torch.device, command: str
) -> TrainingFigures:
    """Measure the saved networks, and write `calibration.safetensors` and `figures.json` beside them.

    Args:
        folder: the saved networks with their card.
        splits: training, calibration and test cases.
        recipe: what they were trained by; written down.
        device: where they are run.
        command: recorded as the command that was run.
    """
    train, calibration, test = splits
    measured: dict[str, Measured] = {}
    calibrated: dict[str, torch.Tensor] = {"labels": torch.from_numpy(calibration.labels)}
    decisions = []
    parameters = 0
    for role in ("victim", "surrogate"):
        network, digest = folder.load(role, device)
        parameters = sum(parameter.numel() for parameter in network.parameters())
        calibrated[role] = scores(network, calibration.images, device=device)
        threshold = threshold_at(calibrated[role], calibration.labels, **folder.card.operating_point.model_dump())
        test_scores = scores(network, test.images, device=device).numpy()
        measured[role] = measure(test_scores, test, threshold=threshold, weights=digest)
        decisions.append(test_scores >= threshold)
    save_tensors(calibrated, folder.path / "calibration.safetensors")
    figures = TrainingFigures(
        command=command,
        images=test.source,
        train=len(train),
        calibration=len(calibration),
        initial=recipe.initial,
        parameters=parameters,
        versions={name: installed_version(name) for name in ("torch", "monai", "numpy")},
        device=device.type,
        victim=measured["victim"],
        surrogate=measured["surrogate"],
        agreement=float((decisions[0] == decisions[1]).mean()),
    )
    write_figures(figures, folder.path / "figures.json")
    return figures
