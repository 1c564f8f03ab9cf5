"""Training surrogates that share less with the victim than the shipped one does (Bortsova et al. 2021).

What decides whether an attack crafted on a surrogate reaches the victim (Med. Image Anal. 73:102141, Tables 3 to 5):
the same architecture or another, the same training cases or others, a common pre-trained start or a random one. The
shipped surrogate is the most favourable cell: same, same, pre-trained.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from threatsim.cases.image_set import CaseSet
from threatsim.cases.synthetic.generate import generate
from threatsim.catalogue.access import SurrogateKind
from threatsim.classifiers.card import Card, Initial, Network, Recipe
from threatsim.classifiers.checkpoints import kept_checkpoints
from threatsim.classifiers.imagenet_start import imagenet_start, start_path
from threatsim.classifiers.network import build
from threatsim.classifiers.pretraining import commodity_start, start_file
from threatsim.classifiers.resizing.resized_classifier import as_read, behind_resize
from threatsim.classifiers.training_loop import Epoch, train_classifier
from threatsim.classifiers.weights import load_into, load_tensors, save_network
from threatsim.common.cache import cache_folder
from threatsim.common.version import installed_version

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
SEED = 3
"""Of a surrogate's initial weights, batches and augmentation; no card's victim or surrogate has it."""
RANDOM = "random"
"""In place of the hash of a start: there is none."""


def train_surrogate(
    card: Card,
    kind: SurrogateKind,
    *,
    device: torch.device,
    seed: int = SEED,
    on_epoch: Callable[[Epoch], None] | None = None,
) -> tuple[nn.Module, str]:
    """Train a surrogate of this kind on the card's synthetic modality, or take it from the cache.

    Where a training was killed, the same one goes on after its last whole epoch.

    Args:
        card: the victim's card. An attacker does not harden a surrogate, so adversarial training is left out.
        seed: of the surrogate's initial weights, batches and augmentation; not the victim's.
        on_epoch: called after each epoch of a training.

    Returns:
        The surrogate in evaluation mode on `device`, and the hash of its weights.
    """
    network, recipe = network_of(card, kind), recipe_of(card, kind)
    initial, start = _start(network, recipe.initial, device)
    path = _path(card, kind, start, seed, device)
    if not path.is_file():
        train, calibration = (
            as_read(surrogate_cases(card, kind, split), card.reads, card.resize_name)
            for split in ("train", "calibration")
        )
        checkpoints = kept_checkpoints()
        trained = train_classifier(
            network,
            recipe,
            train,
            calibration,
            seed=seed,
            device=device,
            initial=initial,
            on_epoch=on_epoch,
            checkpoints=checkpoints,
        )
        save_network(trained, path, card.stored)
        checkpoints.discard()
    return load_surrogate(card, kind, path, device)


def in_cache(card: Card, kind: SurrogateKind, *, device: torch.device, seed: int = SEED) -> bool:
    """Return whether `train_surrogate` would find it in the cache.

    Args:
        card: of the victim.
        kind: what the surrogate shares with it.
        device: where it would be trained; weights differ by kind of device.
        seed: of its training.
    """
    start = known_start(card, kind, device=device)
    return start is not None and _path(card, kind, start, seed, device).is_file()


def known_start(card: Card, kind: SurrogateKind, *, device: torch.device) -> str | None:
    """Return the hash of the weights that a surrogate of this kind starts from; None if they are not at hand yet."""
    network, initial = network_of(card, kind), recipe_of(card, kind).initial
    if initial == "random":
        return RANDOM
    file = start_path(network) if initial == "imagenet" else start_file(network, device)
    return load_tensors(file)[1] if file.is_file() else None


def load_surrogate(card: Card, kind: SurrogateKind, path: Path, device: torch.device) -> tuple[nn.Module, str]:
    """Load a surrogate from its file, in evaluation mode on `device`, and the hash of its weights.

    Args:
        card: of the victim.
        kind: what the surrogate shares with it, which says its network.
        path: file of its weights.
        device: where it is put.

    Raises:
        ThreatsimError: the file is absent, damaged, or of another network.
    """
    with torch.random.fork_rng(devices=[]):  # building draws initial weights, which are then replaced
        surrogate = build(network_of(card, kind))
    digest = load_into(surrogate, path)
    found = behind_resize(surrogate, card.reads, card.resize_name)
    return found.eval().requires_grad_(False).to(device), digest


def network_of(card: Card, kind: SurrogateKind) -> Network:
    """Return the network of a surrogate of this kind."""
    return OTHER if kind.architecture == "other" else card.network_of("surrogate")


def recipe_of(card: Card, kind: SurrogateKind) -> Recipe:
    """Return how a surrogate of this kind is trained: the card's recipe, from the start that the kind names.

    Where the victim starts from ImageNet's weights so does a surrogate of its network with a pre-trained start. Any
    other start has no statistics of batch normalisation that could stay as they are.
    """
    changes: dict[str, object] = {"adversarial": None, "initial": kind.start}
    if kind.start == "pretrained" and kind.architecture == "same" and card.recipe.initial == "imagenet":
        changes["initial"] = "imagenet"
    else:
        changes["statistics"] = "trained"
    if kind.start == "random" and card.recipe.initial != "random":
        changes |= FROM_SCRATCH
    return card.recipe.model_copy(update=changes)


def surrogate_cases(card: Card, kind: SurrogateKind, split: str) -> CaseSet:
    """Return the cases that a surrogate of this kind is trained (`train`) or selected (`calibration`) on."""
    data = card.data
    return generate(
        card.modality,
        case_count(card, kind, split),
        seed=data.seed if kind.data == "same" else data.seed + DISJOINT_SEED,
        split=split,
        size=data.image_size,
        positive_share=data.positive_share,
    )


def case_count(card: Card, kind: SurrogateKind, split: str) -> int:
    """Count the cases of `surrogate_cases`."""
    count = card.data.train if split == "train" else card.data.calibration
    return count // 2 if kind.data == "half" else count


def _start(network: Network, initial: Initial, device: torch.device) -> tuple[dict[str, torch.Tensor] | None, str]:
    if initial == "random":
        return None, RANDOM
    return imagenet_start(network) if initial == "imagenet" else commodity_start(network, device=device)


def _path(card: Card, kind: SurrogateKind, start: str, seed: int, device: torch.device) -> Path:
    parts: dict[str, object] = {
        "modality": card.modality,
        "data": card.data.model_dump(mode="json"),
        "network": network_of(card, kind).model_dump(mode="json"),
        "recipe": recipe_of(card, kind).model_dump(mode="json"),
        "kind": kind.model_dump(),
        "seed": seed,
        "start": start,
        "versions": [torch.__version__, installed_version("monai")],
        "device": device.type,
        "stored": card.stored,
        **({"resize": card.resize_label} if card.reads else {}),
    }
    key = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]
    return cache_folder() / "surrogates" / f"{card.name}-{key}.safetensors"
