"""The figures measured at training: `figures.json`, which lies beside the weights it speaks of."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from threatsim.common.errors import ThreatsimError
from threatsim.common.files import read_foreign, write_text
from threatsim.statistics.discrimination import auroc, mean_confidence, proportion
from threatsim.statistics.estimate import Estimate


class Measured(BaseModel):
    """Figures of one network on its test cases."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weights: str = Field(description="Hash of the weights that were measured.")
    n: int = Field(description="Test cases.")
    positives: int = Field(description="Test cases with the finding.")
    threshold: float = Field(description="Threshold on p(finding) at the card's operating point.")
    auroc: Estimate = Field(description="Area under the ROC curve.")
    accuracy: Estimate = Field(description="Accuracy at 0.5.")
    confidence: Estimate = Field(description="Mean of the larger class probability.")
    sensitivity: Estimate = Field(description="Sensitivity at the threshold.")
    specificity: Estimate = Field(description="Specificity at the threshold.")


class Labelled(Protocol):
    """Cases of any kind, as far as figures need them."""

    @property
    def labels(self) -> NDArray[np.int8]:
        """(N,) 1 with what the classifier looks for."""

    @property
    def patient_ids(self) -> tuple[str, ...]:
        """(N,) the patient of each."""


def measure(scores: ArrayLike, test: Labelled, *, threshold: float, weights: str) -> Measured:
    """Measure a network by its p(finding) `scores` (N,) on `test`; accuracy at 0.5 as in Finlayson et al.

    Args:
        scores: (N,) p(finding).
        test: labels and patients of the N cases.
        threshold: on p(finding), for sensitivity and specificity.
        weights: hash of the weights, kept with the figures.
    """
    s = np.asarray(scores, dtype=np.float32)
    positive = test.labels == 1
    patients = np.array(test.patient_ids)
    called = s >= threshold
    return Measured(
        weights=weights,
        n=len(s),
        positives=int(positive.sum()),
        threshold=threshold,
        auroc=auroc(s, test.labels, patients),
        accuracy=proportion((s >= 0.5) == positive, patients),
        confidence=mean_confidence(s, patients),
        sensitivity=proportion(called[positive], patients[positive]),
        specificity=proportion(~called[~positive], patients[~positive]),
    )


class TrainingFigures(BaseModel):
    """What training produced, and how."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    command: str = Field(description="The command that trained the weights.")
    images: str = Field(description="What they were trained and tested on.")
    train: int = Field(description="Training cases.")
    calibration: int = Field(description="Calibration cases.")
    initial: str = Field(description="Where training started: random, pretrained, or the synthetic modality's weights.")
    parameters: int = Field(description="Trainable parameters of one network.")
    versions: dict[str, str] = Field(description="Versions of the libraries that the weights depend on.")
    device: str = Field(description="Kind of device.")
    victim: Measured = Field(description="Figures of the victim.")
    surrogate: Measured = Field(description="Figures of the surrogate.")
    agreement: float = Field(description="Share of test cases on which the two decide alike, each at its threshold.")


def write_figures(figures: TrainingFigures, path: Path) -> None:
    """Write `figures.json`."""
    write_text(path, figures.model_dump_json(indent=2) + "\n")


def read_figures(path: Path) -> TrainingFigures:
    """Read `figures.json`.

    Raises:
        ThreatsimError: it is absent or damaged.
    """
    try:
        return TrainingFigures.model_validate_json(read_foreign(path, "file of figures"))
    except FileNotFoundError:
        raise ThreatsimError(
            "there are no figures here: the classifier has not been trained",
            location=str(path),
            hint="`threatsim classifiers train FOLDER --out FOLDER` trains the one in a folder, and measures it.",
        ) from None
    except ValidationError as error:
        raise ThreatsimError(f"the figures are damaged: {error.errors()[0]['msg']}", location=str(path)) from error
