"""Surrogates that share less with the victim than the shipped one does, for the transfer grid of Bortsova et al. 2021.

What decides whether an attack crafted on a surrogate reaches the victim (Med. Image Anal. 73:102141, Tables 3 to 5):
the same architecture or another, the same training cases or others, a common pre-trained start or a random one. The
shipped surrogate is the most favourable cell: same, same, pre-trained.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, Field

from threatsim.cache import cache_folder
from threatsim.classifiers.card import Card, Network, Recipe
from threatsim.classifiers.network import Classifier, build
from threatsim.classifiers.pretraining import commodity_start
from threatsim.classifiers.training import Epoch, train_classifier
from threatsim.classifiers.weights import load_into, save_tensors
from threatsim.imaging.cases import CaseSet
from threatsim.imaging.synthetic.generate import generate

OTHER = Network(
    name="DenseNet",  # no residual sums, other normalisation order, pooling after the first layer: 0.1 M parameters
    arguments={
        "spatial_dims": 2,
        "in_channels": 3,
        "out_channels": 2,
        "init_features": 24,
        "growth_rate": 16,
        "block_config": [3, 4, 4, 3],
        "bn_size": 2,
    },
)
DISJOINT_SEED = 50_000
"""Added to the seed of the card's cases: the same generator, other patients."""
FROM_SCRATCH = {"epochs": 10, "learning_rate": 0.003}
"""From random weights the recipe of a fine-tuning is too short and too gentle."""


class SurrogateKind(BaseModel):
    """What a surrogate shares with the victim."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    architecture: Literal["same", "other"] = Field(description="The victim's network, or a DenseNet.")
    data: Literal["same", "disjoint", "half"] = Field(
        description="The victim's training cases, as many of other patients, or half as many of those."
    )
    start: Literal["pretrained", "random"] = Field(description="The commodity start, or random weights.")

    def words(self) -> str:
        """The kind in a line."""
        data = {"same": "the same cases", "disjoint": "other cases", "half": "half as many other cases"}[self.data]
        return f"{self.architecture} architecture, {data}, {self.start} start"


def train_surrogate(
    card: Card,
    kind: SurrogateKind,
    *,
    device: torch.device,
    seed: int = 3,
    on_epoch: Callable[[Epoch], None] | None = None,
) -> tuple[Classifier, str]:
    """A surrogate of this kind on the card's synthetic modality, from the cache or trained now.

    Args:
        card: the victim's card. An attacker does not harden a surrogate, so adversarial training is left out.
        seed: of the surrogate's initial weights, batches and augmentation; not the victim's.
        on_epoch: called after each epoch of a training.

    Returns:
        The surrogate in evaluation mode on `device`, and the hash of its weights.
    """
    network = OTHER if kind.architecture == "other" else card.network_of("surrogate")
    recipe = recipe_of(card, kind)
    initial, start = commodity_start(network, device=device) if kind.start == "pretrained" else (None, "random")
    parts: dict[str, object] = {
        "modality": card.modality,
        "data": card.data.model_dump(mode="json"),
        "network": network.model_dump(mode="json"),
        "recipe": recipe.model_dump(mode="json"),
        "kind": kind.model_dump(),
        "seed": seed,
        "start": start,
        "versions": [torch.__version__, version("monai")],
        "device": device.type,
    }
    path = _path(card, parts)
    if not path.is_file():
        train, calibration = (surrogate_cases(card, kind, split) for split in ("train", "calibration"))
        trained = train_classifier(
            network, recipe, train, calibration, seed=seed, device=device, initial=initial, on_epoch=on_epoch
        )
        save_tensors(dict(trained.state_dict()), path)
    with torch.random.fork_rng(devices=[]):  # building draws initial weights, which are then replaced
        surrogate = build(network)
    digest = load_into(surrogate, path)
    return surrogate.eval().requires_grad_(False).to(device), digest


def recipe_of(card: Card, kind: SurrogateKind) -> Recipe:
    """How a surrogate of this kind is trained: the card's recipe, from the start that the kind names."""
    changes: dict[str, object] = {"adversarial": None, "initial": kind.start}
    if kind.start == "random" and card.recipe.initial != "random":
        changes |= FROM_SCRATCH
    return card.recipe.model_copy(update=changes)


def surrogate_cases(card: Card, kind: SurrogateKind, split: str) -> CaseSet:
    """The cases that a surrogate of this kind is trained (`train`) or selected (`calibration`) on."""
    data = card.data
    count = data.train if split == "train" else data.calibration
    seed = data.seed if kind.data == "same" else data.seed + DISJOINT_SEED
    share = 2 if kind.data == "half" else 1
    return generate(
        card.modality,
        count // share,
        seed=seed,
        split=split,
        size=data.image_size,
        positive_share=data.positive_share,
    )


def _path(card: Card, parts: dict[str, object]) -> Path:
    key = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]
    return cache_folder() / "surrogates" / f"{card.name}-{key}.safetensors"
