"""Classifiers and surrogates as rows: what each is and decides, its figures, and what may be said of attacks on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threatsim.classifiers.card import Card
from threatsim.classifiers.codes.claim_card import ClaimCard
from threatsim.classifiers.codes.claim_store import ClaimFolder, claim_classifier_names, find_claim_classifier
from threatsim.classifiers.store import ClassifierFolder, added_names, shipped, shipped_names
from threatsim.classifiers.surrogate_shelf import SHELF, SurrogateRecord, surrogate_records
from threatsim.classifiers.training_figures import TrainingFigures
from threatsim.classifiers.weights import file_hash
from threatsim.outcomes.audit.audit_file import audit_label
from threatsim.outcomes.making.measuring_again import cases_label
from threatsim.statistics.estimate import Estimate


@dataclass(frozen=True)
class ClassifierRow:
    """A classifier, of images or of the codes of claims.

    Attributes:
        path: its folder.
        card: what it is for and how it is made.
        figures: those measured at training.
        audit: the audit of attacks on it, in words.
    """

    path: Path
    card: Card | ClaimCard
    figures: TrainingFigures
    audit: str

    @classmethod
    def of(cls, folder: ClassifierFolder | ClaimFolder) -> ClassifierRow:
        """Return the row of a classifier's folder."""
        figures = folder.figures
        # An audit speaks of weights, so it is theirs that are asked, and not what the figures say they are.
        weights = folder.path / "victim.safetensors"
        digest = file_hash(weights) if weights.is_file() else figures.victim.weights
        return cls(folder.path, folder.card, figures, audit_label(folder.path, digest))

    @property
    def network(self) -> str:
        """Its network in words."""
        if isinstance(self.card, Card):
            read = f"; reads {self.card.resize_label} of the pictures submitted" if self.card.reads else ""
            return f"{self.card.network.label}, normalisation inside{read}"
        return f"a perceptron with hidden layers of {', '.join(str(width) for width in self.card.recipe.hidden)}"

    @property
    def cases(self) -> str:
        """What it was trained and measured on, in words."""
        return cases_label(self.figures.images)

    def listed(self) -> dict[str, Any]:
        """Return what the list of classifiers has of it, as JSON."""
        return {
            "name": self.card.name,
            "task": self.card.task,
            "path": str(self.path),
            "audit": self.audit,
            "figures": self.figures.model_dump(mode="json"),
        }

    def shown(self) -> dict[str, Any]:
        """Return its card and figures, as JSON."""
        card, figures = self.card.model_dump(mode="json"), self.figures.model_dump(mode="json")
        return {"path": str(self.path), "audit": self.audit, "card": card, "figures": figures}


@dataclass(frozen=True)
class Retrained:
    """The AUROC of a network that was trained anew, beside that recorded before on the same images."""

    role: str
    auroc: Estimate
    recorded: Estimate

    @property
    def within(self) -> bool:
        """Whether it lies within the recorded interval."""
        return (self.recorded.low or 0) <= (self.auroc.value or 0) <= (self.recorded.high or 1)


@dataclass(frozen=True)
class SurrogateRow:
    """A surrogate that shares less with the victim than the victim's own.

    Attributes:
        architecture, data, start: what it shares with the victim.
        train: training cases.
        auroc: its own on clean test cases.
        weights: their hash.
    """

    architecture: str
    data: str
    start: str
    train: int
    auroc: Estimate
    weights: str


def classifier_rows() -> list[ClassifierRow]:
    """List the classifiers that come with threatsim, by name."""
    claims = [find_claim_classifier(name) for name in claim_classifier_names()]
    folders: list[ClassifierFolder | ClaimFolder] = [
        *(shipped(name) for name in (*shipped_names(), *added_names())),
        *(folder for folder in claims if folder),
    ]
    return sorted((ClassifierRow.of(folder) for folder in folders), key=lambda row: row.card.name)


def find_classifier(name: str) -> ClassifierRow:
    """Find the classifier of this name, or the one in the folder `name`.

    Raises:
        ThreatsimError: there is none.
    """
    return ClassifierRow.of(find_claim_classifier(name) or shipped(name))


def retrained(made: ClassifierRow, before: TrainingFigures | None) -> list[Retrained]:
    """Set victim and surrogate beside what was recorded before; nothing if that was on other images."""
    if before is None or before.images != made.figures.images:
        return []
    return [
        Retrained(role, getattr(made.figures, role).auroc, getattr(before, role).auroc)
        for role in ("victim", "surrogate")
    ]


def surrogates_of(name: str) -> tuple[Path, tuple[SurrogateRecord, ...]]:
    """Return the folder of the surrogates that lie ready beside a classifier, and how each was trained.

    Raises:
        ThreatsimError: there is no such classifier, or the records are damaged.
    """
    folder = shipped(name)
    return folder.path / SHELF, surrogate_records(folder)


def surrogate_rows(records: Sequence[SurrogateRecord]) -> list[SurrogateRow]:
    """List some surrogates as rows."""
    return [
        SurrogateRow(
            architecture=record.kind.architecture,
            data=record.kind.data,
            start=record.kind.start,
            train=record.train,
            auroc=record.auroc,
            weights=record.weights,
        )
        for record in records
    ]
