"""Pictures of attacked cases: what was seen, what was changed, what was sent."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from threatsim.outcomes.preparation.gallery_item import GalleryItem

MAGNIFICATION: Final = 10
"""How many times the perturbation is magnified around mid-grey."""
_EXACT: Final = 96
_SHOWN: Final = 200  # pixels; the page shows panels about this wide, and a report is to stay below 3 MB


@dataclass(frozen=True)
class Panels:
    """The three pictures of an item as `data:` addresses."""

    original: str
    perturbation: str
    attacked: str
    grey_levels: int
    """Greatest change of a pixel value, of 255."""


def panels(item: GalleryItem) -> Panels:
    """Return original, perturbation (x 10 around grey) and attacked image; large ones made smaller for the page."""
    change = item.attacked.astype(np.int16) - item.original.astype(np.int16)
    return Panels(
        original=_address(item.original),
        perturbation=_address(magnified(item.original, item.attacked)),
        attacked=_address(item.attacked),
        grey_levels=int(np.abs(change).max(initial=0)),
    )


def magnified(original: NDArray[np.uint8], attacked: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the difference of two (3, H, W) images, times `MAGNIFICATION`, around grey (128), cut to 0..255."""
    change = attacked.astype(np.int16) - original.astype(np.int16)
    return np.clip(128 + MAGNIFICATION * change, 0, 255).astype(np.uint8)


def _address(image: NDArray[np.uint8]) -> str:
    """Return a picture as a `data:` address: as WebP, a small one exact, a large one by the page's room."""
    picture = Image.fromarray(np.ascontiguousarray(image.transpose(1, 2, 0)))
    buffer = io.BytesIO()
    shorter = min(picture.size)
    if shorter <= _EXACT:
        picture.save(buffer, format="WEBP", lossless=True, exact=True, method=6)
    else:
        share = min(1.0, _SHOWN / shorter)
        size = round(picture.width * share), round(picture.height * share)
        picture.resize(size, Image.Resampling.LANCZOS).save(buffer, format="WEBP", quality=82, method=6)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
