"""Surrogates that an attack names by what they share with the victim: made ready, and handed to the attacker."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import torch

from threatsim.attacks.base import ImageAttack, TrainingImages
from threatsim.attacks.search.target import Target
from threatsim.attacks.threat_model import NamedSurrogate, ThreatModel
from threatsim.catalogue.access import SurrogateKind
from threatsim.classifiers.store import ClassifierFolder, shipped
from threatsim.classifiers.surrogate_shelf import SurrogateRecord, is_ready, make_surrogates, surrogate_of
from threatsim.classifiers.surrogates import in_cache, recipe_of, surrogate_cases
from threatsim.classifiers.training_loop import Epoch
from threatsim.common.progress import Progress

CHOSEN: tuple[SurrogateKind, ...] = (
    SurrogateKind(architecture="other", data="same", start="pretrained"),
    SurrogateKind(architecture="same", data="disjoint", start="pretrained"),
    SurrogateKind(architecture="other", data="disjoint", start="pretrained"),
    SurrogateKind(architecture="same", data="disjoint", start="random"),
    SurrogateKind(architecture="other", data="disjoint", start="random"),
    SurrogateKind(architecture="other", data="half", start="random"),
)
"""What `threatsim classifiers surrogates` makes: one thing withheld after the other, the least favourable last."""


def kinds_named(attacks: Iterable[ImageAttack]) -> tuple[SurrogateKind, ...]:
    """Return the kinds of surrogate that some attacks name, each once."""
    kinds = (attack.named_surrogate for attack in attacks)
    return tuple(dict.fromkeys(kind for kind in kinds if kind is not None))


def with_surrogates(
    threat_model: ThreatModel,
    folder: ClassifierFolder,
    kinds: Iterable[SurrogateKind],
    *,
    device: torch.device,
    progress: Progress,
) -> ThreatModel:
    """Give the adversary surrogates of these kinds besides; one that does not lie ready is trained now.

    Args:
        folder: the victim, with synthetic cases.

    Raises:
        ThreatsimError: weights beside the classifier are absent or damaged.
    """
    surrogates = dict(threat_model.surrogates)
    for kind in kinds:
        epochs = 0 if is_ready(folder, kind, device=device) else recipe_of(folder.card, kind).epochs
        if epochs:
            progress.note(
                f"No surrogate of {folder.card.name} has been trained yet with {kind.label()}: training one, which "
                "takes minutes."
            )
        with progress.stage(f"Surrogate {kind.name}", epochs) as advance:

            def on_epoch(epoch: Epoch) -> None:
                advance(1)

            network, digest = surrogate_of(folder, kind, device=device, on_epoch=on_epoch)
        surrogates[kind] = NamedSurrogate(Target(network, device), digest, _training(folder, kind))
    return replace(threat_model, surrogates=surrogates)


def make_as_requested(
    name: str, out: Path, *, device: torch.device, command: str, progress: Progress
) -> tuple[SurrogateRecord, ...]:
    """Train the chosen surrogates of a classifier and write them, with their records, into `out`.

    Args:
        name: of the shipped classifier.
        out: folder to write to.
        device: where they are trained.
        command: recorded as the command that was run.
        progress: told of each epoch.

    Raises:
        ThreatsimError: there is no such classifier.
    """
    folder = shipped(name)
    lacking = [kind for kind in CHOSEN if not in_cache(folder.card, kind, device=device)]
    epochs = sum(recipe_of(folder.card, kind).epochs for kind in lacking)
    with progress.stage(f"Surrogates of {folder.card.name}", epochs) as advance:
        return make_surrogates(folder, CHOSEN, out, device=device, command=command, on_epoch=lambda epoch: advance(1))


def _training(folder: ClassifierFolder, kind: SurrogateKind) -> TrainingImages:
    def draw(count: int) -> torch.Tensor:
        return surrogate_cases(folder.card, kind, "train").images[:count]

    return TrainingImages(f"surrogate {folder.card.data.model_dump_json()} {kind.name}", draw)
