"""Table 1 of Finlayson et al., Adversarial Attacks Against Medical Deep Learning Systems, arXiv 1804.05296v3.

Accuracy is at 0.5, confidence the mean of the larger class probability. All test images of both classes are pushed
towards the wrong class. The paper prints no intervals; those given here are Wilson's on its test images. It has no
one-directional success: that is in no cell of its table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from threatsim.statistics.over_replicates import wilson_interval

SOURCE: Final = "Finlayson et al., arXiv 1804.05296v3, Table 1"
TEST_IMAGES: Final[Mapping[str, int]] = {"fundoscopy": 10_644, "chest_xray": 8_383, "dermoscopy": 533}
"""Section 3.1.1; the counts are those of the authors' notebooks."""
TEST_FINDINGS: Final[Mapping[str, int]] = {"fundoscopy": 1_929, "chest_xray": 699, "dermoscopy": 135}
"""Test images with the finding."""
PIXELS: Final = 224
EPSILON: Final = 0.02
"""On [-1, 1], section 3.1.2 and the authors' code; 2.55/255."""
STEP: Final = 0.01
"""The authors' code; the paper's formula has epsilon in its place."""
STEPS: Final = 20
PATCH_SCALE: Final = 0.4


@dataclass(frozen=True)
class PaperCell:
    """One input of one classifier.

    Attributes:
        accuracy: share of test images that are rightly classified at 0.5.
        auroc: area under the ROC curve.
        confidence: mean of the larger class probability.
        n: test images.
    """

    accuracy: float
    auroc: float
    confidence: float
    n: int

    @property
    def accuracy_interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the accuracy; derived from `n`, not printed in the paper."""
        return wilson_interval(self.accuracy, self.n)


_ROWS: Final[Mapping[str, tuple[tuple[float, float, float], ...]]] = {
    # input: (accuracy in %, AUROC, average confidence in %) for fundoscopy, chest x-ray, dermoscopy
    "clean": ((91.0, 0.910, 90.4), (94.9, 0.937, 96.1), (87.6, 0.858, 94.1)),
    "pgd_white_box": ((0.00, 0.000, 100.0), (0.00, 0.000, 100.0), (0.00, 0.000, 100.0)),
    "pgd_black_box": ((0.01, 0.002, 90.9), (15.1, 0.014, 92.6), (37.9, 0.071, 92.0)),
    "patch_natural": ((78.5, 0.828, 80.8), (92.1, 0.539, 95.8), (67.5, 0.482, 85.6)),
    "patch_white_box": ((0.3, 0.000, 99.2), (0.00, 0.000, 98.8), (0.00, 0.000, 99.7)),
    "patch_black_box": ((3.9, 0.000, 97.5), (9.7, 0.004, 83.3), (1.37, 0.000, 97.6)),
}

TABLE_1: Final[Mapping[str, Mapping[str, PaperCell]]] = {
    modality: {
        name: PaperCell(round(accuracy / 100, 6), auroc, round(confidence / 100, 6), n)
        for name, (accuracy, auroc, confidence) in ((name, cells[column]) for name, cells in _ROWS.items())
    }
    for column, (modality, n) in enumerate(TEST_IMAGES.items())
}
"""Modality -> input -> what the paper prints, shares on [0, 1]."""
