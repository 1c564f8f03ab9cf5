"""Pictures of attacked cases: what was seen, what was changed, what was sent."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from threatsim.errors import ThreatsimError

MAGNIFICATION: Final = 10
"""How many times the perturbation is magnified around mid-grey."""
_SHOWN: Final = 128  # pixels; the page shows panels about this wide, and a report is to stay below 3 MB


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


@dataclass(frozen=True)
class Panels:
    """The three pictures of an item as `data:` addresses of PNG files."""

    original: str
    perturbation: str
    attacked: str
    greatest_change: float
    """Greatest change of a pixel value, as a share of the whole scale."""


def panels(item: GalleryItem) -> Panels:
    """Original, perturbation (x 10 around grey) and attacked image, enlarged to at least 128 pixels."""
    change = item.attacked.astype(np.int16) - item.original.astype(np.int16)
    return Panels(
        original=_png(item.original, Image.Resampling.LANCZOS),
        # Nearest neighbour: each pixel of the perturbation is a decision of the attack and stays a square.
        perturbation=_png(magnified(item.original, item.attacked), Image.Resampling.NEAREST),
        attacked=_png(item.attacked, Image.Resampling.LANCZOS),
        greatest_change=float(np.abs(change).max(initial=0)) / 255,
    )


def magnified(original: NDArray[np.uint8], attacked: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The difference of two (3, H, W) images, times `MAGNIFICATION`, around grey (128), cut to 0..255."""
    change = attacked.astype(np.int16) - original.astype(np.int16)
    return np.clip(128 + MAGNIFICATION * change, 0, 255).astype(np.uint8)


def _png(image: NDArray[np.uint8], resampling: Image.Resampling) -> str:
    picture = Image.fromarray(np.ascontiguousarray(image.transpose(1, 2, 0)))
    shorter = min(picture.size)
    if shorter < _SHOWN:
        # A whole factor keeps the squares of the perturbation even.
        factor = -(-_SHOWN // shorter)
        picture = picture.resize((picture.width * factor, picture.height * factor), resampling)
    elif shorter > 2 * _SHOWN:
        share = 2 * _SHOWN / shorter
        picture = picture.resize(
            (round(picture.width * share), round(picture.height * share)), Image.Resampling.LANCZOS
        )
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
