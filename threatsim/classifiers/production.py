"""Making a classifier: victim and surrogate trained, measured on unseen cases, and written into a folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

from threatsim.classifiers.card import Card, Recipe
from threatsim.classifiers.evaluation import evaluate, threshold_at
from threatsim.classifiers.figures import Measured, TrainingFigures, write_figures
from threatsim.classifiers.network import Classifier, scores
from threatsim.classifiers.store import ClassifierFolder, open_classifier
from threatsim.classifiers.training import Epoch, train_classifier
from threatsim.classifiers.weights import load_tensors, save_tensors
from threatsim.imaging.cases import CaseSet
from threatsim.imaging.folder import Archive
from threatsim.imaging.synthetic.generate import generate

Splits = tuple[CaseSet, CaseSet, CaseSet]
Progress = Callable[[str, Epoch], None]


def synthetic_splits(card: Card) -> Splits:
    """Training, calibration and test cases of the card's synthetic modality."""
    data = card.data

    def cases(split: str, count: int) -> CaseSet:
        return generate(
            card.modality,
            count,
            seed=data.seed,
            split=split,
            size=data.image_size,
            positive_share=data.positive_share,
        )

    return cases("train", data.train), cases("calibration", data.calibration), cases("test", data.test)


def make_classifier(
    folder: Path,
    card_folder: ClassifierFolder,
    *,
    archive: Archive | None = None,
    recipe: Recipe | None = None,
    device: torch.device,
    command: str,
    on_epoch: Progress | None = None,
) -> ClassifierFolder:
    """Train both networks of a card, measure them and write everything into `folder`.

    Args:
        card_folder: the card, and the synthetic weights that fine-tuning starts from.
        archive: real images; the card's synthetic cases if None.
        recipe: in place of the card's own.
        command: what to record as the command that was run.
        on_epoch: called with "victim" or "surrogate" after each epoch.
    """
    card = card_folder.card
    splits = (archive.train, archive.calibration, archive.test) if archive else synthetic_splits(card)
    recipe = recipe or (card.recipe_for_archives if archive else card.recipe)
    train, calibration, test = splits
    folder.mkdir(parents=True, exist_ok=True)
    measured: dict[str, Measured] = {}
    calibrated: dict[str, torch.Tensor] = {"labels": torch.from_numpy(calibration.labels)}
    decisions = []
    for role, seed in (("victim", card.victim_seed), ("surrogate", card.surrogate_seed)):
        initial = None
        if recipe.initial == "synthetic":
            initial, _ = load_tensors(card_folder.path / f"{role}.safetensors")

        def report(epoch: Epoch, role: str = role) -> None:
            if on_epoch:
                on_epoch(role, epoch)

        network = train_classifier(
            card.network,
            recipe,
            train,
            calibration,
            seed=seed,
            device=device,
            initial=initial,
            on_epoch=report,
        )
        save_tensors(dict(network.state_dict()), folder / f"{role}.safetensors")
        calibrated[role], measured[role], decided = _measure(
            network, card, folder, role, calibration, test, device
        )
        decisions.append(decided)
    save_tensors(calibrated, folder / "calibration.safetensors")
    if (folder / "card.yaml").resolve() != (card_folder.path / "card.yaml").resolve():
        shutil.copyfile(card_folder.path / "card.yaml", folder / "card.yaml")
    write_figures(
        TrainingFigures(
            command=command,
            images=test.source,
            train=len(train),
            calibration=len(calibration),
            initial=recipe.initial,
            parameters=sum(p.numel() for p in network.parameters()),
            versions={name: version(name) for name in ("torch", "monai", "numpy")},
            device=device.type,
            victim=measured["victim"],
            surrogate=measured["surrogate"],
            agreement=round(float((decisions[0] == decisions[1]).mean()), 6),
        ),
        folder / "figures.json",
    )
    return open_classifier(folder)


def _measure(
    network: Classifier,
    card: Card,
    folder: Path,
    role: str,
    calibration: CaseSet,
    test: CaseSet,
    device: torch.device,
) -> tuple[torch.Tensor, Measured, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    calibration_scores = scores(network, calibration.images, device=device)
    threshold = threshold_at(
        calibration_scores,
        calibration.labels,
        sensitivity=card.operating_point.sensitivity,
        specificity=card.operating_point.specificity,
    )
    test_scores = scores(network, test.images, device=device).numpy()
    _, digest = load_tensors(folder / f"{role}.safetensors")
    figures = evaluate(test_scores, test.labels, threshold=threshold, patients=test.patient_ids)
    return calibration_scores, Measured.of(figures, digest), test_scores >= threshold
