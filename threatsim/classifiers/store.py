"""Where classifiers lie: a folder each, shipped with threatsim or trained on the user's own images.

card.yaml                what it is and how it is trained
victim.safetensors       the payer's network
surrogate.safetensors    the attacker's own, trained independently
calibration.safetensors  both networks' clean scores on the calibration cases, for operating points
figures.json             what was measured at training
patches.safetensors      adversarial patches, with patches.json saying how they were trained
surrogates/              where there is one: surrogates that share less with the victim (`surrogate_shelf`)

Beside the folders lies the commodity start, pretrained.safetensors, with pretrained.json saying how it was trained,
and cases/, the pixels of the first test cases of each modality (`threatsim.cases.kept_cases`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from threatsim.classifiers.card import Card
from threatsim.classifiers.card_file import read_card, reads_claims
from threatsim.classifiers.network import build
from threatsim.classifiers.own_network import check, load_program
from threatsim.classifiers.training_figures import TrainingFigures, read_figures
from threatsim.classifiers.weights import load_into, load_tensors
from threatsim.common.errors import ThreatsimError
from threatsim.common.library import library_folder
from threatsim.common.suggest import did_you_mean


@dataclass(frozen=True)
class ClassifierFolder:
    """A classifier on disk."""

    path: Path
    card: Card

    @property
    def figures(self) -> TrainingFigures:
        """The figures measured at training."""
        return read_figures(self.path / "figures.json")

    def load(self, role: str, device: torch.device) -> tuple[nn.Module, str]:
        """The `victim` or the `surrogate` in evaluation mode, and the hash of its weights.

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
        model = model.eval().requires_grad_(False).to(device)
        if not network.name:
            check(model, size=self.card.data.image_size, card=self.path / "card.yaml", device=device)
        return model, digest

    def calibration(self) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
        """The victim's clean scores (M,) on the calibration cases, and their labels (M,)."""
        tensors, _ = load_tensors(self.path / "calibration.safetensors")
        try:
            return tensors["victim"].numpy(), tensors["labels"].numpy().astype(np.int8)
        except KeyError as error:
            raise ThreatsimError(f"there are no {error} here", location=str(self.path)) from error


def open_classifier(path: Path) -> ClassifierFolder:
    """The classifier in a folder; only its card is read."""
    return ClassifierFolder(path, read_card(path / "card.yaml"))


def shipped_names() -> list[str]:
    """Names of the classifiers of images that come with threatsim."""
    cards = library_folder("classifiers").glob("[!.]*/card.yaml")
    return sorted(card.parent.name for card in cards if not reads_claims(card))


def shipped(name: str) -> ClassifierFolder:
    """The classifier of images of this name that comes with threatsim, or the one in the folder `name`.

    Raises:
        ThreatsimError: there is none, or it reads the codes of claims.
    """
    names = shipped_names()
    if any(reads_claims(path / "card.yaml") for path in (library_folder("classifiers") / name, Path(name))):
        raise ThreatsimError(
            f"'{name}' reads the codes of claims, and this is done on images; allowed are {', '.join(names)}",
            hint="A scenario with claim_codes attacks it: threatsim run billing_code_combinations.",
        )
    if name in names:
        return open_classifier(library_folder("classifiers") / name)
    if (Path(name) / "card.yaml").is_file():
        return open_classifier(Path(name))
    raise ThreatsimError(
        f"there is no classifier '{name}'; allowed are {', '.join(names)}, or a folder with a card.yaml",
        hint=did_you_mean(name, names) or None,
    )
