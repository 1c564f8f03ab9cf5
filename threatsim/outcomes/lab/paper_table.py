"""The paper's table on the classifiers at hand: accuracy, AUROC and confidence on clean and attacked images."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from threatsim.attacks.base import ImageAttack
from threatsim.cases.image_set import CaseSet
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.bank.filling import compute_outcomes, missing
from threatsim.outcomes.making.attacker import AttackedClassifier
from threatsim.outcomes.published.finlayson import TABLE_1
from threatsim.outcomes.published.ordering import OrderingClaim, ordering
from threatsim.statistics.bootstrap import auroc_over_patients
from threatsim.statistics.discrimination import mean_confidence, proportion
from threatsim.statistics.estimate import Estimate


class PaperFigures(BaseModel):
    """What the paper prints for a cell; shares on [0, 1], no intervals."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    accuracy: float = Field(description="Accuracy at 0.5.")
    auroc: float = Field(description="Area under the ROC curve.")
    confidence: float = Field(description="Mean of the larger class probability.")


class TableSubject(BaseModel):
    """The classifier of a table, and the cases that it was measured on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    classifier: str = Field(description="Name of the classifier.")
    modality: str = Field(description="The classifier's modality.")
    task: str = Field(description="What it decides, in a line.")
    real: bool = Field(description="Whether the cases are photographs.")
    source: str = Field(description="Where the cases come from.")
    n: int = Field(description="Test cases.")
    findings: int = Field(description="Test cases with the finding.")
    pixels: tuple[int, int] = Field(description="Height and width of an image.")
    threshold: float = Field(description="Operating point on p(finding).")
    parameters: int = Field(description="Trainable parameters of the network.")
    start: str = Field(description="Where training started.")

    @classmethod
    def of(cls, subject: AttackedClassifier) -> TableSubject:
        """Describe the classifier and the cases of an attack."""
        card, cases, figures = subject.folder.card, subject.cases, subject.folder.figures
        return cls(
            classifier=card.name,
            modality=cases.modality,
            task=card.task,
            real=subject.real,
            source=cases.source,
            n=len(cases),
            findings=int((cases.labels == 1).sum()),
            pixels=cases.size,
            threshold=subject.threat_model.threshold,
            parameters=figures.parameters,
            start=figures.initial,
        )


class TableRow(BaseModel):
    """One input of one classifier."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    modality: str = Field(description="The classifier's modality.")
    input: str = Field(description="clean, or the attack's name.")
    n: int = Field(description="Test images, of both classes; every one is pushed towards its wrong class.")
    accuracy: Estimate = Field(description="Share rightly classified at 0.5, with Wilson's interval.")
    auroc: Estimate = Field(description="Area under the ROC curve, with the bootstrap interval over patients.")
    confidence: Estimate = Field(description="Mean of the larger class probability, with a t interval.")
    one_directional_success: Estimate = Field(
        description="Of the images without the finding that are below the operating point when clean, the share that "
        "is lifted over it; undefined for clean images."
    )
    paper: PaperFigures | None = Field(description="The paper's cell; null for an input that it does not have.")

    def flat(self, subject: TableSubject) -> dict[str, object]:
        """Write the row for a machine: estimates as [value, low, high].

        Args:
            subject: of the table that it stands in.
        """
        row: dict[str, object] = {
            "classifier": subject.classifier,
            "cases": "real" if subject.real else "synthetic",
            "modality": self.modality,
            "input": self.input,
            "n": self.n,
        }
        for name in ("accuracy", "auroc", "confidence", "one_directional_success"):
            estimate: Estimate = getattr(self, name)
            row[name] = [estimate.value, estimate.low, estimate.high]
        row["paper"] = None if self.paper is None else self.paper.model_dump()
        return row


class ClassifierTable(BaseModel):
    """The table of one classifier."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subject: TableSubject = Field(description="The classifier and its cases.")
    rows: tuple[TableRow, ...] = Field(description="Clean first, then the attacks in their order.")

    def comparisons(self, figure: str) -> list[OrderingClaim]:
        """Return the claims of the paper's ordering on `accuracy` or `auroc`."""
        return ordering({row.input: getattr(row, figure) for row in self.rows})

    @property
    def eligible(self) -> int:
        """Cases that the one-directional success is a share of."""
        return max(row.one_directional_success.n for row in self.rows)


def outstanding(subject: AttackedClassifier, attacks: Mapping[str, ImageAttack], bank: OutcomeBank) -> int:
    """Count the attacks on images that `classifier_table` would have to run."""
    return sum(missing(bank, subject.threat_model, subject.cases, spec) for spec in attacks.values())


def classifier_table(
    subject: AttackedClassifier,
    attacks: Mapping[str, ImageAttack],
    bank: OutcomeBank,
    *,
    known: Mapping[str, TableRow] | None = None,
    on_cases: Callable[[int], None] | None = None,
) -> ClassifierTable:
    """Attack every case of a classifier with every attack, and measure as the paper does.

    Args:
        subject: the classifier with its test cases.
        attacks: name -> attack, in the paper's order.
        bank: where outcomes are looked up and kept.
        known: input -> its row, where it has been measured before; its attack is not run.
        on_cases: called with the number of cases attacked, after each batch.
    """
    known = known or {}
    cases, threat_model = subject.cases, subject.threat_model
    clean = compute_outcomes(bank, threat_model, cases, None)
    scores = {"clean": clean} | {
        name: compute_outcomes(bank, threat_model, cases, spec, on_cases=on_cases)
        for name, spec in attacks.items()
        if name not in known
    }
    measured = {name: _row(name, found, clean, cases, threat_model.threshold) for name, found in scores.items()}
    rows = tuple((measured | dict(known))[name] for name in ("clean", *attacks))
    return ClassifierTable(subject=TableSubject.of(subject), rows=rows)


def _row(
    name: str, scores: NDArray[np.float32], clean: NDArray[np.float32], cases: CaseSet, threshold: float
) -> TableRow:
    patients, positive = np.array(cases.patient_ids), cases.labels == 1
    eligible = ~positive & (clean < threshold)
    if name == "clean":
        eligible = np.zeros_like(eligible)  # nobody pushes them
    paper = TABLE_1[cases.modality].get(name)
    return TableRow(
        modality=cases.modality,
        input=name,
        n=len(cases),
        accuracy=proportion((scores >= 0.5) == positive, patients),
        auroc=auroc_over_patients(scores, cases.labels, patients),
        confidence=mean_confidence(scores, patients),
        one_directional_success=proportion(scores[eligible] >= threshold, patients[eligible]),
        paper=PaperFigures(accuracy=paper.accuracy, auroc=paper.auroc, confidence=paper.confidence) if paper else None,
    )
