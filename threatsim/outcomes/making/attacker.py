"""Whom an attack is run against: the networks of a classifier, its operating point, and images to train on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from threatsim.attacks.base import ImageAttack, TrainingImages
from threatsim.attacks.threat_model import ThreatModel
from threatsim.attacks.trained_patches import load_threat_model
from threatsim.cases.archive import Archive
from threatsim.cases.image_set import CaseSet
from threatsim.classifiers.card import Card
from threatsim.classifiers.production import archive_for, asked_classifier, synthetic_cases
from threatsim.classifiers.store import ClassifierFolder
from threatsim.common.errors import InputError, ThreatsimError
from threatsim.common.progress import Progress
from threatsim.common.thresholds import threshold_at
from threatsim.outcomes.making.training import trained_on


@dataclass(frozen=True)
class AttackedClassifier:
    """A classifier with the unseen cases that it is attacked on.

    Attributes:
        folder: the classifier.
        threat_model: its networks and patches, at the card's operating point.
        cases: test cases.
    """

    folder: ClassifierFolder
    threat_model: ThreatModel
    cases: CaseSet

    @property
    def real(self) -> bool:
        """Whether the images are real."""
        return self.cases.source != "synthetic"


def subject_of(
    name: str,
    images: Path | None,
    *,
    cases: int | None,
    device: torch.device,
    progress: Progress,
    finding: str | None = None,
    attack: ImageAttack | None = None,
) -> AttackedClassifier:
    """Open the classifier called `name` with its first `cases` test cases; of an archive, drawn at random.

    Args:
        images: folder with an archive of its modality, which a classifier is trained on if none has been; the card's
            synthetic cases if None.
        cases: all if None.
        finding: what label 1 of the archive is to stand for; the card says if None.
        attack: what is to be run on it; refused before anything is trained where the classifier lacks its resize.

    Raises:
        ThreatsimError: there is no such classifier or archive, the archive has no such finding, weights or patches
            are absent or damaged, or the attack reckons with a resize that there is not.
    """
    base = asked_classifier(name, images, finding)
    if attack is not None:
        refuse_resize(base.card, attack, "--assumed-resize")
    if images is None:
        return AttackedClassifier(base, threat_model_of(base, None, device), synthetic_cases(base.card, "test", cases))
    archive = archive_for(base.card, images, progress=progress)
    folder = trained_on(archive, device=device, progress=progress, name=name, finding=finding)
    kept = archive.test.sample(cases)
    return AttackedClassifier(folder, threat_model_of(folder, archive, device), kept)


def refuse_resize(card: Card, attack: ImageAttack, given_by: str) -> None:
    """Refuse an attack that reckons with a resize where the classifier has none.

    Args:
        card: the classifier's.
        attack: what is to be run on it.
        given_by: the option or the key that named the resize.

    Raises:
        InputError: it does.
    """
    if card.reads is None and attack.reckons_with is not None:
        raise InputError(
            f"{given_by} is '{attack.reckons_with}', and the classifier '{card.name}' has no resize: it reads pictures "
            "as they are submitted",
            given=attack.reckons_with,
            hint=f"Take {given_by.rpartition('.')[2]} out. A card says what its classifier reads: `reads: 224`.",
        )


def threat_model_of(folder: ClassifierFolder, archive: Archive | None, device: torch.device) -> ThreatModel:
    """Load everything that any attack on this classifier needs, at the card's operating point.

    Args:
        archive: the images that the classifier was trained on; the card's synthetic ones if None.

    Raises:
        ThreatsimError: weights or patches are absent, damaged, or of another network.
    """
    scores, labels = folder.calibration()
    threshold = threshold_at(scores, labels, **folder.card.operating_point.model_dump())
    training = _synthetic_training(folder) if archive is None else _archive_training(archive)
    train = archive.train if archive else None
    return replace(load_threat_model(folder, device, train=train), threshold=threshold, training=training)


def check_trained_patch(subject: AttackedClassifier, spec: ImageAttack) -> None:
    """Refuse an attack whose patch the classifier does not have.

    Raises:
        ThreatsimError: there is no such patch beside its weights.
    """
    if spec.trained_patch and spec.trained_patch not in subject.threat_model.patches:
        raise ThreatsimError(
            f"there is no patch '{spec.trained_patch}' here",
            location=str(subject.folder.path / "patches.safetensors"),
            hint="Train the classifier again with `threatsim classifiers train`.",
        )


def _synthetic_training(folder: ClassifierFolder) -> TrainingImages:
    card = folder.card
    named = json.dumps([card.modality, card.data.model_dump(mode="json")], sort_keys=True)

    def draw(count: int) -> torch.Tensor:
        return synthetic_cases(card, "train", min(count, card.data.train)).images[:]

    return TrainingImages(f"synthetic {hashlib.sha256(named.encode()).hexdigest()[:16]}", draw)


def _archive_training(archive: Archive) -> TrainingImages:
    def draw(count: int) -> torch.Tensor:
        return archive.train.sample(count).images[:]

    return TrainingImages(f"archive {archive.fingerprint}", draw)
