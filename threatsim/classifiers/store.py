"""Where classifiers lie: a folder each, shipped with threatsim or trained on the user's own images.

card.yaml                what it is and how it is trained
victim.safetensors       the payer's network
surrogate.safetensors    the attacker's own, trained independently
calibration.safetensors  both networks' clean scores on the calibration cases, for operating points
figures.json             what was measured at training
patches.safetensors      adversarial patches, with patches.json saying how they were trained
paper_table.json         of photographs: the paper's table, as measured on them
ladder.json              of photographs: what surrogates that share less with the victim reach
surrogates/              where there is one: surrogates that share less with the victim (`surrogate_shelf`)

Beside the folders lies the commodity start, pretrained.safetensors, with pretrained.json saying how it was trained,
and cases/, the pixels of the first test cases of each modality (`threatsim.cases.kept_cases`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from threatsim.catalogue.pictures.classifier_folders import added_names, classifier_folder, shipped_names
from threatsim.classifiers.card import Card
from threatsim.classifiers.card_file import read_card
from threatsim.classifiers.network import build
from threatsim.classifiers.own_network import check, load_program
from threatsim.classifiers.resizing.resized_classifier import behind_resize
from threatsim.classifiers.training_figures import TrainingFigures, read_figures
from threatsim.classifiers.weights import load_into, read_calibration

__all__ = ["ClassifierFolder", "added_names", "open_classifier", "shipped", "shipped_names"]


@dataclass(frozen=True)
class ClassifierFolder:
    """A classifier on disk."""

    path: Path
    card: Card

    def asked_for(self, finding: str | None) -> ClassifierFolder:
        """Return it with a card of which label 1 stands for another finding; itself if None."""
        return replace(self, card=self.card.model_copy(update={"finding": finding})) if finding else self

    @property
    def figures(self) -> TrainingFigures:
        """The figures measured at training."""
        return read_figures(self.path / "figures.json")

    def load(self, role: str, device: torch.device) -> tuple[nn.Module, str]:
        """Load the `victim` or the `surrogate` in evaluation mode, and the hash of its weights.

        Where the card says what it reads, the payer's resize stands in front of it.

        Raises:
            ThreatsimError: the weights are absent, damaged, or do not fit the card; or the user's own network does not
                give two finite logits an image.
        """
        network = self.card.network_of(role)
        model: nn.Module
        if network.program:
            model, digest = load_program(self.path / network.program)
        else:
            with torch.random.fork_rng(devices=[]):  # building draws initial weights, which are then replaced
                model = build(network)
            digest = load_into(model, self.path / f"{role}.safetensors")
        model = behind_resize(model, self.card.reads, self.card.resize_name).eval().requires_grad_(False).to(device)
        if not network.name:
            check(model, size=self.card.data.image_size, card=self.path / "card.yaml", device=device)
        return model, digest

    def calibration(self, role: str = "victim") -> tuple[NDArray[np.float32], NDArray[np.int8]]:
        """Read a network's clean scores (M,) on the calibration cases, and their labels (M,).

        Raises:
            ThreatsimError: there are none, or the file is absent or damaged.
        """
        return read_calibration(self.path / "calibration.safetensors", role)


def open_classifier(path: Path) -> ClassifierFolder:
    """Open the classifier in a folder; only its card is read."""
    return ClassifierFolder(path, read_card(path / "card.yaml"))


def shipped(name: str) -> ClassifierFolder:
    """Open the classifier of images of this name, shipped or of a plug-in, or the one in the folder `name`.

    Raises:
        InputError: there is none, or it reads the codes of claims.
        PluginError: two plug-ins have a classifier of this name.
    """
    return open_classifier(classifier_folder(name))
