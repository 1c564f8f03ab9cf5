"""How well two detectors off the shelf find fraud in kept claims, beside the payers' own audits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from threatsim.common.errors import InputError
from threatsim.experiment.claim_data.detectors import DETECTORS, check_detectors
from threatsim.experiment.claim_data.features import FEATURES, LabelledClaims, labelled_claims
from threatsim.statistics.discrimination import auroc, proportion
from threatsim.statistics.estimate import Estimate


class ClaimDetector(BaseModel):
    """What one detector does on the claims of a split."""

    model_config = ConfigDict(frozen=True)

    detector: str = Field(description="Name of the detector.")
    auroc: Estimate = Field(description="Area under the ROC curve, over claims, with an interval over providers.")
    precision: Estimate = Field(description="Share of fraud among as many claims as the payers audited.")


class ClaimBaseline(BaseModel):
    """Baseline figures of kept claims."""

    model_config = ConfigDict(frozen=True)

    arm: str = Field(description="Arm of the run.")
    features: tuple[str, ...] = Field(description="What the detectors read.")
    claims: dict[str, int] = Field(description="Claims billed with the finding, by split.")
    providers: dict[str, int] = Field(
        description="Providers who sent them, by split; those of replicates that share their draws are one."
    )
    fraud: Estimate = Field(description="Share of fraud among those of the test split.")
    audited: int = Field(description="Claims of the test split that payers audited: the capacity of the detectors.")
    audits: Estimate = Field(description="Share of fraud among those.")
    detectors: tuple[ClaimDetector, ...] = Field(description="The detectors, on the test split.")


def claim_baseline(report: Path, arm: str) -> ClaimBaseline:
    """Fit the detectors to the train split and measure them on the test split.

    Args:
        report: a report with kept claims.
        arm: name of the arm.

    Raises:
        InputError: the report has no claims, or the train or the test split lacks fraud or lacks other claims.
        ThreatsimError: scikit-learn is not installed.
    """
    check_detectors()
    folder = report / "claims"
    if not folder.is_dir():
        text = "the report has no claims: they are kept by `threatsim run --keep-claims`"
        raise InputError(text, given=str(report), location=str(report))
    found = labelled_claims(folder, arm)
    train, test = found.part("train"), found.part("test")
    for name, part in (("train", train), ("test", test)):
        if not part.fraud.any() or part.fraud.all():
            what = "no fraud" if not part.fraud.any() else "nothing but fraud"
            text = f"there is {what} among the {part.fraud.size:,} claims of the {name} split of arm '{arm}'"
            raise InputError(text, given=arm, location=str(folder), hint="Run more replicates, weeks or providers.")
    capacity = int(test.audited.sum())
    return ClaimBaseline(
        arm=arm,
        features=FEATURES,
        claims={name: int((found.split == name).sum()) for name in ("train", "validation", "test")},
        providers={name: len(np.unique(found.part(name).provider)) for name in ("train", "validation", "test")},
        fraud=proportion(test.fraud, test.provider),
        audited=capacity,
        audits=proportion(test.fraud[test.audited], test.provider[test.audited]),
        detectors=tuple(_measured(name, train, test, capacity) for name in DETECTORS),
    )


def _measured(name: str, train: LabelledClaims, test: LabelledClaims, capacity: int) -> ClaimDetector:
    scores = DETECTORS[name](train.features, train.fraud)(test.features)
    first = _highest(scores, capacity)
    return ClaimDetector(
        detector=name,
        auroc=auroc(scores, test.fraud, test.provider),
        precision=proportion(test.fraud[first], test.provider[first]),
    )


def _highest(scores: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Return the rows (count,) of the highest scores; of equal ones the earlier."""
    return np.argsort(-scores, kind="stable")[:count].astype(np.int64)
