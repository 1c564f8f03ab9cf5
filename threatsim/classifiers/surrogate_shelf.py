"""Surrogates that lie ready beside a classifier, so that nothing need be trained to attack from them.

In the classifier's folder, `surrogates/` holds the weights of each kind as safetensors, named by the kind, and
`surrogates.json`, which says how they were trained and what they are worth on clean images.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from torch import nn

from threatsim.catalogue.access import SurrogateKind
from threatsim.classifiers.card import Card, Data, Network, Recipe
from threatsim.classifiers.network import scores
from threatsim.classifiers.production import synthetic_cases
from threatsim.classifiers.resizing.resized_classifier import parted
from threatsim.classifiers.store import ClassifierFolder
from threatsim.classifiers.surrogates import (
    RANDOM,
    SEED,
    case_count,
    in_cache,
    known_start,
    load_surrogate,
    network_of,
    recipe_of,
    train_surrogate,
)
from threatsim.classifiers.training_loop import Epoch
from threatsim.classifiers.weights import load_tensors, save_network
from threatsim.common.errors import ThreatsimError
from threatsim.common.files import write_text
from threatsim.common.version import installed_version
from threatsim.statistics.discrimination import auroc
from threatsim.statistics.estimate import Estimate

SHELF = "surrogates"
"""The folder, and the name of its JSON file."""


class SurrogateRecord(BaseModel):
    """How a surrogate was trained, and what it is worth."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: SurrogateKind = Field(description="What it shares with the victim.")
    weights: str = Field(description="Hash of its weights.")
    auroc: Estimate = Field(description="Its own AUROC on the card's clean test cases.")
    parameters: int = Field(description="Its parameters.")
    train: int = Field(description="Training cases.")
    seed: int = Field(description="Seed of its initial weights, batches and augmentation.")
    start: str = Field(description="Hash of the weights that its training started from, or random.")
    data: Data = Field(description="The victim's cases, as the card had them.")
    network: Network = Field(description="Its network.")
    recipe: Recipe = Field(description="How it was trained.")
    resize: str = Field(
        default="",
        exclude_if=lambda resize: not resize,
        description="What it reads of the pictures submitted; empty if they are read as they are.",
    )
    command: str = Field(description="The command that trained it.")
    versions: dict[str, str] = Field(description="Versions of the libraries that the weights depend on.")
    device: str = Field(description="Kind of device.")

    def fits(self, card: Card) -> bool:
        """Return whether training it anew by this card would ask for the same."""
        requested = (card.data, network_of(card, self.kind), recipe_of(card, self.kind), SEED, card.resize_label)
        return (self.data, self.network, self.recipe, self.seed, self.resize) == requested


_RECORDS = TypeAdapter(tuple[SurrogateRecord, ...])


def surrogate_records(folder: ClassifierFolder) -> tuple[SurrogateRecord, ...]:
    """List what lies ready beside a classifier; nothing if it has no such folder.

    Raises:
        ThreatsimError: `surrogates.json` is damaged.
    """
    path = _json(folder.path / SHELF)
    if not path.is_file():
        return ()
    try:
        return _RECORDS.validate_json(path.read_bytes())
    except ValidationError as error:
        raise ThreatsimError(f"the records are damaged: {error.errors()[0]['msg']}", location=str(path)) from error


def is_ready(folder: ClassifierFolder, kind: SurrogateKind, *, device: torch.device) -> bool:
    """Return whether a surrogate of this kind need not be trained."""
    return _record(folder, kind) is not None or in_cache(folder.card, kind, device=device)


def surrogate_of(
    folder: ClassifierFolder,
    kind: SurrogateKind,
    *,
    device: torch.device,
    on_epoch: Callable[[Epoch], None] | None = None,
) -> tuple[nn.Module, str]:
    """Find a surrogate of this kind: the one beside the classifier, else in the cache, else one trained now.

    Args:
        folder: the victim.
        kind: what the surrogate shares with it.
        device: where the surrogate is trained and goes.
        on_epoch: called after every epoch, if it is trained.

    Returns:
        The surrogate in evaluation mode on `device`, and the hash of its weights.

    Raises:
        ThreatsimError: the weights beside the classifier are absent, damaged, or not those of their record.
    """
    record = _record(folder, kind)
    if record is None:
        return train_surrogate(folder.card, kind, device=device, on_epoch=on_epoch)
    path = _weights(folder.path / SHELF, kind)
    surrogate, digest = load_surrogate(folder.card, kind, path, device)
    if digest != record.weights:
        raise ThreatsimError(
            f"these weights are {digest}, and {SHELF}.json speaks of {record.weights}",
            location=str(path),
            hint="Restore the file, or make it again with `threatsim classifiers surrogates --out`.",
        )
    return surrogate, digest


def make_surrogates(
    folder: ClassifierFolder,
    kinds: Sequence[SurrogateKind],
    out: Path,
    *,
    device: torch.device,
    command: str,
    on_epoch: Callable[[Epoch], None] | None = None,
) -> tuple[SurrogateRecord, ...]:
    """Train surrogates, or take them from the cache, measure them, and write them with their records into `out`.

    Args:
        command: recorded as the command that was run.
        on_epoch: called after each epoch of a training.
    """
    test = synthetic_cases(folder.card, "test")
    records = []
    for kind in kinds:
        surrogate, _ = train_surrogate(folder.card, kind, device=device, on_epoch=on_epoch)
        save_network(parted(surrogate)[0], _weights(out, kind), folder.card.stored)
        network = network_of(folder.card, kind)
        records.append(
            SurrogateRecord(
                kind=kind,
                weights=load_tensors(_weights(out, kind))[1],
                auroc=auroc(scores(surrogate, test.images, device=device), test.labels, test.patient_ids),
                parameters=sum(parameter.numel() for parameter in surrogate.parameters()),
                train=case_count(folder.card, kind, "train"),
                seed=SEED,
                start=known_start(folder.card, kind, device=device) or RANDOM,
                data=folder.card.data,
                network=network,
                recipe=recipe_of(folder.card, kind),
                resize=folder.card.resize_label,
                command=command,
                versions={name: installed_version(name) for name in ("torch", "monai", "numpy")},
                device=device.type,
            )
        )
    write_text(_json(out), _RECORDS.dump_json(tuple(records), indent=2).decode() + "\n")
    return tuple(records)


def _record(folder: ClassifierFolder, kind: SurrogateKind) -> SurrogateRecord | None:
    """Return the record of what lies beside the classifier; one that the card has outgrown counts for nothing."""
    records = (record for record in surrogate_records(folder) if record.kind == kind)
    return next((record for record in records if record.fits(folder.card)), None)


def _weights(shelf: Path, kind: SurrogateKind) -> Path:
    return shelf / f"{kind.name}.safetensors"


def _json(shelf: Path) -> Path:
    return shelf / f"{SHELF}.json"
