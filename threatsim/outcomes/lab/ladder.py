"""The ladder of surrogates: attacks on a classifier of photographs from surrogates that share less and less with it.

What decides whether an attack crafted on a surrogate reaches the victim is what the two share (Bortsova et al. 2021,
Med. Image Anal. 73:102141): start, architecture, training images, recipe. The weights of a rung are made when it is
needed and stay in the cache; what was measured can be kept beside the classifier, as `ladder.json`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from threatsim.attacks.engine import clean_scores
from threatsim.attacks.search.target import Target
from threatsim.attacks.threat_model import ThreatModel
from threatsim.cases.archive import Archive
from threatsim.cases.image_set import CaseSet
from threatsim.classifiers.card import Card, Network, Recipe
from threatsim.classifiers.checkpoints import kept_checkpoints
from threatsim.classifiers.imagenet_start import imagenet_start
from threatsim.classifiers.network import build
from threatsim.classifiers.production import archive_for
from threatsim.classifiers.resizing.resized_classifier import as_read, behind_resize
from threatsim.classifiers.store import ClassifierFolder
from threatsim.classifiers.training_loop import train_classifier
from threatsim.classifiers.weights import load_into, load_tensors, save_tensors
from threatsim.common.cache import cache_folder
from threatsim.common.errors import InputError
from threatsim.common.files import write_text
from threatsim.common.progress import Progress
from threatsim.common.version import installed_version
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.bank.filling import compute_outcomes
from threatsim.outcomes.making.attacker import AttackedClassifier, subject_of
from threatsim.outcomes.published.finlayson_attacks import paper_attacks
from threatsim.statistics.discrimination import auroc, proportion
from threatsim.statistics.estimate import Estimate

NAME = "ladder.json"
SEED: Final = 2
"""Of what a rung is trained with; no card's victim or surrogate has it."""


@dataclass(frozen=True)
class Rung:
    """One surrogate.

    Attributes:
        name: a short name.
        label: what it shares with the victim, in words.
        recipe: what its recipe has in place of the victim's.
        network: its network; the victim's if None.
        share: of the victim's training images, those that it is trained on.
        shipped: whether it is the surrogate beside the victim.
    """

    name: str
    label: str
    recipe: dict[str, Any]
    network: str | None = None
    share: float = 1.0
    shipped: bool = False


RUNGS: Final = (
    Rung("same_recipe", "same recipe, another seed", {}, shipped=True),
    Rung("frozen", "only the last convolution and the head trained", {"frozen": 17, "learning_rate": 1e-3}),
    Rung("half", "same recipe, half of the images", {}, share=0.5),
    Rung("lite1", "EfficientNet-Lite1, same images", {}, network="EfficientNetLite1"),
    Rung(
        "scratch",
        "same network from random weights",
        {"initial": "random", "frozen": 0, "statistics": "trained", "learning_rate": 1e-3},
    ),
)
"""The most favourable to the attacker first."""


def rungs_named(names: Sequence[str]) -> tuple[Rung, ...]:
    """Give the rungs of these names, in the ladder's order; all if there are none.

    Raises:
        InputError: there is no such rung.
    """
    known = {rung.name: rung for rung in RUNGS}
    for name in names:
        if name not in known:
            raise InputError(
                f"there is no surrogate '{name}'; allowed are {', '.join(known)}", given=name, allowed=tuple(known)
            )
    return tuple(rung for rung in RUNGS if not names or rung.name in names)


class LadderRung(BaseModel):
    """Black-box PGD from one surrogate, at the paper's budget, every image towards its wrong class."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(description="The rung.")
    label: str = Field(description="What the surrogate shares with the victim.")
    train: int = Field(description="Images that it was trained on.")
    epochs: int = Field(description="Passes over them.")
    own_auroc: Estimate = Field(description="The surrogate's own AUROC on the same clean images.")
    correlation: float | None = Field(
        description="Of the two networks' logit margins on clean images (Pearson); null where one says the same of all."
    )
    accuracy: Estimate = Field(description="The victim's accuracy at 0.5 under the attack.")
    negative_to_positive: Estimate = Field(
        description="Of the images without the finding that are below the operating point, the share that ends over it."
    )
    positive_to_negative: Estimate = Field(
        description="Of the images with the finding and over it, the share that falls below it."
    )


class Ladder(BaseModel):
    """All surrogates against one victim."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    classifier: str = Field(description="The victim.")
    modality: str = Field(description="Its modality.")
    weights: str = Field(description="Hash of its weights.")
    source: str = Field(description="The archive, by content.")
    n: int = Field(description="Test images attacked.")
    threshold: float = Field(description="The victim's operating point.")
    clean_accuracy: Estimate = Field(description="The victim's accuracy at 0.5 on clean images.")
    rungs: tuple[LadderRung, ...] = Field(description="Most favourable to the attacker first.")
    command: str = Field(description="The command that computed it.")
    versions: dict[str, str] = Field(description="Versions of the libraries that the figures depend on.")


def ladder(
    name: str,
    images: Path,
    *,
    cases: int | None,
    rungs: Sequence[Rung] = RUNGS,
    device: torch.device,
    command: str,
    progress: Progress,
    finding: str | None = None,
) -> tuple[Ladder, ClassifierFolder]:
    """Train the surrogates that the cache lacks, and attack the victim from each.

    Args:
        name: of the classifier.
        images: folder of its archive.
        cases: test images, drawn at random; all if None.
        rungs: the surrogates.
        device: where they are trained and attacked.
        command: recorded as the command that was run.
        progress: told of epochs and attacks.
        finding: what label 1 of the archive is to stand for; the card says if None.

    Returns:
        The ladder, and the victim.

    Raises:
        ThreatsimError: there is no such classifier or archive, weights or patches are absent or damaged, or the
            package of a start is not installed.
    """
    subject = subject_of(name, images, cases=cases, device=device, progress=progress, finding=finding)
    archive = archive_for(subject.folder.card, images, progress=progress)
    bank = OutcomeBank(cache_folder())
    clean = compute_outcomes(bank, subject.threat_model, subject.cases, None)
    positive = subject.cases.labels == 1
    made = []
    for rung in rungs:
        threat_model, train = _with_rung(subject, rung, archive, device, progress)
        made.append(_measured(subject, rung, threat_model, train, clean, bank, progress))
    return (
        Ladder(
            classifier=subject.folder.card.name,
            modality=subject.cases.modality,
            weights=subject.threat_model.fingerprints["victim"],
            source=subject.cases.source,
            n=len(subject.cases),
            threshold=subject.threat_model.threshold,
            clean_accuracy=proportion((clean >= 0.5) == positive, np.array(subject.cases.patient_ids)),
            rungs=tuple(made),
            command=command,
            versions={package: version(package) for package in ("torch", "numpy")},
        ),
        subject.folder,
    )


def keep_ladder(made: Ladder, folder: ClassifierFolder) -> Path:
    """Write a ladder into the victim's folder; returns its path."""
    path = folder.path / NAME
    write_text(path, made.model_dump_json(indent=1) + "\n")
    return path


def recipe_of_rung(card: Card, rung: Rung) -> Recipe:
    """Give the recipe that a rung is trained by: the card's for archives, but for what the rung has in its place."""
    return card.recipe_for_archives.model_copy(update=rung.recipe)


def _with_rung(
    subject: AttackedClassifier, rung: Rung, archive: Archive, device: torch.device, progress: Progress
) -> tuple[ThreatModel, CaseSet]:
    """Give the attacker this surrogate in place of the one beside the victim, and its training images."""
    if rung.shipped:
        return subject.threat_model, archive.train
    card = subject.folder.card
    network, recipe = Network(name=rung.network) if rung.network else card.network, recipe_of_rung(card, rung)
    train = archive.train.sample(round(rung.share * len(archive.train)))
    parts = [archive.fingerprint, network.model_dump(mode="json"), recipe.model_dump(mode="json"), len(train), SEED]
    parts += [card.resize_label] if card.reads else []
    key = hashlib.sha256(json.dumps([*parts, torch.__version__, device.type]).encode()).hexdigest()[:12]
    path = cache_folder() / "surrogates" / f"{card.name}-{rung.name}-{key}.safetensors"
    if not path.is_file():
        start = imagenet_start(network)[0] if recipe.initial == "imagenet" else None
        checkpoints = kept_checkpoints()
        with progress.stage(f"Training {rung.name}", recipe.epochs) as advance:
            trained = train_classifier(
                network,
                recipe,
                as_read(train, card.reads, card.resize_name),
                as_read(archive.calibration, card.reads, card.resize_name),
                seed=SEED,
                device=device,
                initial=start,
                on_epoch=lambda epoch: advance(1),
                checkpoints=checkpoints,
            )
        save_tensors(dict(trained.state_dict()), path)
        checkpoints.discard()
    with torch.random.fork_rng(devices=[]):  # building draws initial weights, which are then replaced
        surrogate = build(network)
    load_into(surrogate, path)
    named = f"{card.network.model_dump_json()} {network.model_dump_json()} monai {installed_version('monai')}"
    named += f" reads {card.resize_label}" if card.reads else ""
    fingerprints = {**subject.threat_model.fingerprints, "surrogate": load_tensors(path)[1], "network": named}
    read = behind_resize(surrogate, card.reads, card.resize_name)
    held = Target(read.eval().requires_grad_(False).to(device), device)
    return replace(subject.threat_model, surrogate=held, fingerprints=fingerprints), train


def _measured(
    subject: AttackedClassifier,
    rung: Rung,
    threat_model: ThreatModel,
    train: CaseSet,
    clean: NDArray[np.float32],
    bank: OutcomeBank,
    progress: Progress,
) -> LadderRung:
    cases, threshold = subject.cases, threat_model.threshold
    patients, positive = np.array(cases.patient_ids), cases.labels == 1
    with progress.stage(f"Attacks from {rung.name}", len(cases)) as advance:
        scores = compute_outcomes(bank, threat_model, cases, paper_attacks()["pgd_black_box"], on_cases=advance)
    own = clean_scores(replace(threat_model, victim=threat_model.surrogate), cases).numpy()
    below, over = ~positive & (clean < threshold), positive & (clean >= threshold)
    return LadderRung(
        name=rung.name,
        label=rung.label,
        train=len(train),
        epochs=recipe_of_rung(subject.folder.card, rung).epochs,
        own_auroc=auroc(own, cases.labels, patients),
        correlation=_correlation(_margin(own), _margin(clean)),
        accuracy=proportion((scores >= 0.5) == positive, patients),
        negative_to_positive=proportion(scores[below] >= threshold, patients[below]),
        positive_to_negative=proportion(scores[over] < threshold, patients[over]),
    )


def _correlation(own: NDArray[np.float64], other: NDArray[np.float64]) -> float | None:
    if own.std() == 0 or other.std() == 0:
        return None
    return round(float(np.corrcoef(own, other)[0, 1]), 4)


def _margin(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return (N,) logit of the finding over that of its absence."""
    inner = np.clip(scores.astype(np.float64), 1e-9, 1 - 1e-7)
    margins: NDArray[np.float64] = np.log(inner / (1 - inner))
    return margins
