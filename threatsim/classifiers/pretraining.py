"""The commodity start: one network trained once on all modalities, from which classifiers are fine-tuned.

It stands for the ImageNet weights that the paper's victim and surrogate both start from, which decide how well an
attack transfers (Bortsova et al. 2021, Med. Image Anal. 73:102141, Table 3). Its task is to tell which of the six pairs
of modality and finding an image shows, on cases of a seed of its own: no patient is shared with any classifier.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from threatsim.cases.image_set import CaseSet
from threatsim.cases.stored_images import Images
from threatsim.cases.synthetic.generate import generate
from threatsim.classifiers.card import Augmentation, Network, Recipe, Stored
from threatsim.classifiers.checkpoints import kept_checkpoints
from threatsim.classifiers.network import Classifier
from threatsim.classifiers.training_loop import Epoch, train_classifier
from threatsim.classifiers.weights import load_tensors, save_network
from threatsim.common.cache import cache_folder
from threatsim.common.errors import ThreatsimError
from threatsim.common.files import write_text
from threatsim.common.library import library_folder
from threatsim.common.version import installed_version

TRAINED_ON = ("fundoscopy", "chest_xray", "dermoscopy")
"""The modalities of the pretext task; classifiers of others may start from its weights too."""
CLASSES = tuple(f"{modality}, {finding}" for modality in TRAINED_ON for finding in ("without", "with"))
RECIPE = Recipe(
    epochs=4,
    batch_size=64,
    learning_rate=0.003,
    weight_decay=0.02,
    mixup=0,
    augmentation=Augmentation(
        rotation=30, shift=0.04, zoom=0.05, brightness=0.1, flip_horizontal=True, flip_vertical=False, discs=0.3
    ),
)


class PretrainingRecord(BaseModel):
    """How the commodity start was trained: `pretrained.json` beside `pretrained.safetensors`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    command: str = Field(description="The command that trained it.")
    weights: str = Field(description="Hash of the weights.")
    network: Network = Field(description="The network, with a class for each pair of modality and finding.")
    classes: tuple[str, ...] = Field(description="What the classes are, in the order of the logits.")
    recipe: Recipe = Field(description="How it was trained.")
    cases_seed: int = Field(description="Seed of the synthetic cases; no classifier has it.")
    image_size: int = Field(description="Width and height of an image (pixels).")
    train: int = Field(description="Training cases of each modality.")
    test: int = Field(description="Held-out cases of each modality.")
    seed: int = Field(description="Seed of the initial weights and batches.")
    stored: Stored = Field(description="Numbers that the weights are kept in.")
    accuracy: float = Field(description="Share of held-out cases put in the right one of the six classes.")
    versions: dict[str, str] = Field(description="Versions of the libraries that the weights depend on.")
    device: str = Field(description="Kind of device.")


class Pretext(BaseModel):
    """The task of pre-training: what a start's weights depend on, beside the network."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cases_seed: int = Field(default=100, description="Seed of the synthetic cases.")
    image_size: int = Field(default=64, description="Width and height of an image (pixels).")
    train: int = Field(default=6000, description="Training cases of each modality.")
    test: int = Field(default=500, description="Held-out cases of each modality.")
    seed: int = Field(default=1000, description="Seed of the initial weights and batches.")
    recipe: Recipe = Field(default=RECIPE, description="How the network is trained.")
    stored: Stored = Field(default="float16", description="Numbers that the weights are kept in.")


def pooled(pretext: Pretext, split: str, count: int) -> CaseSet:
    """Draw `count` cases of each modality, labelled 0 to 5 by the pair of modality and finding."""
    parts = [
        generate(modality, count, seed=pretext.cases_seed, split=split, size=pretext.image_size)
        for modality in TRAINED_ON
    ]
    return CaseSet(
        modality="all",
        images=torch.cat([part.images[:] for part in parts]),
        labels=np.concatenate([part.labels + 2 * number for number, part in enumerate(parts)]).astype(np.int8),
        case_ids=tuple(case for part in parts for case in part.case_ids),
        patient_ids=tuple(patient for part in parts for patient in part.patient_ids),
        source="synthetic",
    )


def pretrain(
    path: Path,
    network: Network,
    *,
    device: torch.device,
    command: str,
    pretext: Pretext | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
) -> PretrainingRecord:
    """Train a commodity start and write it to `path`, a safetensors file, with its record beside it (.json).

    Args:
        network: that of the classifiers to be; its last layer gets six classes.
        on_epoch: called after every epoch.
    """
    task = pretext or Pretext()
    wide = for_classes(network, len(CLASSES))
    train, test = pooled(task, "pretrain", task.train), pooled(task, "pretest", task.test)
    checkpoints = kept_checkpoints()
    classifier = train_classifier(
        wide, task.recipe, train, None, seed=task.seed, device=device, on_epoch=on_epoch, checkpoints=checkpoints
    )
    called = _called(classifier, test.images, device)
    save_network(classifier, path, task.stored)
    record = PretrainingRecord(
        command=command,
        weights=load_tensors(path)[1],
        network=wide,
        classes=CLASSES,
        accuracy=float((called.numpy() == test.labels).mean()),
        versions={name: installed_version(name) for name in ("torch", "monai", "numpy")},
        device=device.type,
        **dict(task),
    )
    write_text(path.with_suffix(".json"), record.model_dump_json(indent=2) + "\n")
    checkpoints.discard()
    return record


def for_classes(network: Network, classes: int) -> Network:
    """Give the network another number of classes.

    Raises:
        ThreatsimError: the network's arguments name no number of classes.
    """
    known = ("num_classes", "out_channels")  # what MONAI's classifiers call it
    found = [name for name in known if name in network.arguments]
    if not found:
        raise ThreatsimError(
            f"{network.label} cannot be pre-trained: its arguments name no number of classes ({' or '.join(known)})"
        )
    return network.model_copy(update={"arguments": {**network.arguments, found[0]: classes}})


def shipped_start() -> Path:
    """Return where the commodity start that comes with threatsim lies."""
    return library_folder("classifiers") / "pretrained.safetensors"


def read_pretraining(path: Path) -> PretrainingRecord:
    """Read the record beside a commodity start.

    Raises:
        ThreatsimError: it is absent or damaged.
    """
    record = path.with_suffix(".json")
    try:
        return PretrainingRecord.model_validate_json(record.read_bytes())
    except OSError as error:
        raise ThreatsimError(f"the record cannot be read: {error.strerror}", location=str(record)) from error
    except ValidationError as error:
        raise ThreatsimError(f"the record is damaged: {error.errors()[0]['msg']}", location=str(record)) from error


def commodity_start(
    network: Network, *, device: torch.device, on_epoch: Callable[[Epoch], None] | None = None
) -> tuple[dict[str, torch.Tensor], str]:
    """Load the weights that a network is fine-tuned from, and their hash.

    The shipped ones where they are of this network; else trained on the same task now, once, and kept in the cache.
    Tensors have the shapes of the network's own, convolutions (O, I, K, K).
    """
    path = start_file(network, device)
    if not path.is_file():
        pretrain(path, network, device=device, command="threatsim classifiers pretrain", on_epoch=on_epoch)
    return load_tensors(path)


def start_file(network: Network, device: torch.device) -> Path:
    """Return where the weights that a network is fine-tuned from lie, or will lie once they are trained."""
    shipped = shipped_start()
    wide = for_classes(network, len(CLASSES))
    if shipped.is_file() and read_pretraining(shipped).network == wide:
        return shipped
    task = Pretext()
    versions = f"{torch.__version__} {installed_version('monai')}"
    parts = f"{wide.model_dump_json()} {task.model_dump_json()} {versions} {device.type}"
    key = hashlib.sha256(parts.encode()).hexdigest()[:12]
    return cache_folder() / "pretrained" / f"{key}.safetensors"


def _called(classifier: Classifier, images: Images, device: torch.device) -> torch.Tensor:
    starts = range(0, len(images), 256)
    with torch.inference_mode():
        return torch.cat([classifier(images[start : start + 256].to(device)).argmax(1).cpu() for start in starts])
