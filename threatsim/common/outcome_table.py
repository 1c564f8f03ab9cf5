"""What the market sees of the images: one table of scores per modality, without a tensor in sight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class ControlStatistics:
    """What one control makes of the pictures: a statistic, greater the more suspicious.

    Attributes:
        clean: (N,) float32, of the untouched image.
        attacked: tactic name -> (N,) float32, of the altered image.
        calibration: (M,) float32, of clean calibration cases; thresholds are set on them.
    """

    clean: NDArray[np.float32]
    attacked: Mapping[str, NDArray[np.float32]]
    calibration: NDArray[np.float32]


@dataclass(frozen=True)
class OutcomeTable:
    """Scores of the payer's classifier on the cases of one modality, clean and attacked.

    Where the absence of what the classifier looks for is the finding that is claimed, p(finding) is its complement
    (`for_absence`).

    Attributes:
        modality: name of the modality.
        labels: (N,) int8, 1 where the case truly has the finding.
        patients: (N,) int64, a number for each patient; cases are resampled by it.
        clean: (N,) float32, p(finding) on the untouched image.
        attacked: tactic name -> (N,) float32, p(finding) on the altered image; the untouched score for a tactic
            that only changes the code. Every case is attacked toward the wrong class, as in Finlayson et al.;
            the market reads the rows with label 0.
        calibration_scores, calibration_labels: (M,) clean scores and labels of held-out calibration cases, from
            which operating points are taken.
        hardened: the same cases before the hardened classifier, attacked anew, where some payer may change to it.
        queries: tactic name -> (N,) int64, queries that altering the image has cost, each a claim beside that with
            the image altered; only of tactics that query.
        control_statistics: control name -> what it makes of the images; of those that some payer may use.
    """

    modality: str
    labels: NDArray[np.int8]
    patients: NDArray[np.int64]
    clean: NDArray[np.float32]
    attacked: Mapping[str, NDArray[np.float32]]
    calibration_scores: NDArray[np.float32]
    calibration_labels: NDArray[np.int8]
    hardened: OutcomeTable | None = None
    queries: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    control_statistics: Mapping[str, ControlStatistics] = field(default_factory=dict)


def for_absence(table: OutcomeTable) -> OutcomeTable:
    """Return the table with the classes exchanged, of the same images where absence is the finding.

    Every case is attacked toward its wrong class, so a case that now lacks the finding has been attacked toward it:
    below the classifier's threshold.

    Args:
        table: of the classifier as it is, with p(what it looks for).

    Returns:
        Labels 1 - y and scores 1 - p, clean, attacked and of the calibration cases; the rest as it is.
    """
    return replace(
        table,
        labels=1 - table.labels,
        clean=1 - table.clean,
        attacked={tactic: 1 - scores for tactic, scores in table.attacked.items()},
        calibration_scores=1 - table.calibration_scores,
        calibration_labels=1 - table.calibration_labels,
        hardened=for_absence(table.hardened) if table.hardened else None,
    )
