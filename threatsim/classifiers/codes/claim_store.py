"""Where classifiers of claims lie: a folder each beside those of images, with the same files but for the patches."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from threatsim.catalogue.pictures.classifier_folders import reads_claims
from threatsim.classifiers.codes.claim_card import ClaimCard, read_claim_card
from threatsim.classifiers.codes.perceptron import ClaimClassifier
from threatsim.classifiers.training_figures import TrainingFigures, read_figures
from threatsim.classifiers.weights import load_into, read_calibration
from threatsim.common.library import library_folder


@dataclass(frozen=True)
class ClaimFolder:
    """A classifier of claims on disk."""

    path: Path
    card: ClaimCard

    @property
    def figures(self) -> TrainingFigures:
        """The figures measured at training."""
        return read_figures(self.path / "figures.json")

    def load(self, role: str) -> tuple[ClaimClassifier, str]:
        """Load the `victim` or the `surrogate` in double precision and evaluation mode, and the hash of its weights.

        Raises:
            ThreatsimError: the weights are absent, damaged, or do not fit the card.
        """
        with torch.random.fork_rng(devices=[]):  # building draws initial weights, which are then replaced
            model = ClaimClassifier(self.card.recipe.hidden)
        digest = load_into(model, self.path / f"{role}.safetensors")
        return model.double().eval().requires_grad_(False), digest

    def calibration(self, role: str = "victim") -> tuple[NDArray[np.float32], NDArray[np.int8]]:
        """Read a network's scores (M,) on the calibration claims, and their labels (M,).

        Raises:
            ThreatsimError: there are none of that role, or the file is absent or damaged.
        """
        return read_calibration(self.path / "calibration.safetensors", role)


def claim_classifier_names() -> list[str]:
    """Name the classifiers of claims that come with threatsim."""
    cards = library_folder("classifiers").glob("[!.]*/card.yaml")
    return sorted(card.parent.name for card in cards if reads_claims(card))


def find_claim_classifier(name: str) -> ClaimFolder | None:
    """Find the classifier of claims of this name, or in the folder `name`; None if that is none of claims."""
    for path in (library_folder("classifiers") / name, Path(name)):
        if reads_claims(path / "card.yaml"):
            return ClaimFolder(path, read_claim_card(path / "card.yaml"))
    return None
