"""One case before and after an attack, as a report shows it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from threatsim.common.errors import ThreatsimError


@dataclass(frozen=True)
class GalleryItem:
    """One case before and after an attack.

    Attributes:
        modality: name of the modality.
        tactic: name of the tactic.
        title: what the reader should know of the case, in a few words.
        original: (3, H, W) uint8, the image as captured.
        attacked: (3, H, W) uint8, the image as submitted.
        score_before, score_after: p(finding) by the payer's classifier, clean and attacked.
        threshold: threshold of the triage model on p(finding).
        truth: whether the case truly has the finding.
        share: of the cases that the tactic is tried on, those that it brings over the threshold; None if unknown.
    """

    modality: str
    tactic: str
    title: str
    original: NDArray[np.uint8]
    attacked: NDArray[np.uint8]
    score_before: float
    score_after: float
    threshold: float
    truth: bool
    share: float | None = None

    def __post_init__(self) -> None:
        for name, image in (("original", self.original), ("attacked", self.attacked)):
            if image.dtype != np.uint8 or image.ndim != 3 or image.shape[0] != 3:
                raise ThreatsimError(
                    f"a gallery image must be uint8 of shape (3, H, W); {name} is {image.dtype} of {image.shape}"
                )
        if self.original.shape != self.attacked.shape:
            raise ThreatsimError(
                f"original {self.original.shape} and attacked {self.attacked.shape} must be of one size"
            )
