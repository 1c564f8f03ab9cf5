"""Pictures of attacked cases: as captured and as submitted, and how true what is shown is to all cases."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from threatsim.outcomes.preparation.gallery_item import GalleryItem
from threatsim.report.words import numbers

_EXACT: Final = 96
"""Pixels of the shorter side up to which a picture is kept to the bit."""
_LARGEST: Final = 256
"""Pixels of the shorter side; a larger picture is made smaller, so that 30 of them leave a page below 2 MB."""


@dataclass(frozen=True)
class Panels:
    """The two pictures of an item as `data:` addresses.

    Attributes:
        original, attacked: the pictures, WebP.
        width, height: of each, in pixels.
        kept: what was done to them for the page, in words; empty if every pixel is as it was.
        grey_levels: greatest change of a pixel value, of 255.
    """

    original: str
    attacked: str
    width: int
    height: int
    kept: str
    grey_levels: int


def panels(item: GalleryItem) -> Panels:
    """Return original and attacked image, at their own resolution if that is at most 256 pixels."""
    change = item.attacked.astype(np.int16) - item.original.astype(np.int16)
    _, height, width = item.original.shape
    shorter = min(height, width)
    share = min(1.0, _LARGEST / shorter)
    size = round(width * share), round(height * share)
    kept = "" if shorter <= _EXACT else "Compressed for this page." if share == 1 else "Made smaller for this page."
    return Panels(
        original=_address(item.original, size),
        attacked=_address(item.attacked, size),
        width=size[0],
        height=size[1],
        kept=kept,
        grey_levels=int(np.abs(change).max(initial=0)),
    )


def in_order(gallery: Sequence[GalleryItem]) -> list[GalleryItem]:
    """Return the items with one of each modality first, of another tactic each: those that a page shows at once."""
    by_modality: dict[str, list[GalleryItem]] = {}
    for item in gallery:
        by_modality.setdefault(item.modality, []).append(item)
    first = [items[min(2 * i, len(items) - 1)] for i, items in enumerate(by_modality.values())]
    return first + [item for item in gallery if not any(item is one for one in first)]


def proportion(gallery: Sequence[GalleryItem]) -> str:
    """Return how many of the pictures were approved, beside how many of all cases are; empty where that is unknown."""
    shares = [item.share for item in gallery if item.share is not None]
    if not gallery or len(shares) < len(gallery):
        return ""
    approved = sum(item.score_after >= item.threshold for item in gallery)
    of_all = numbers.value(sum(shares) / len(shares), "share")
    return (
        f"Shown in the proportion of all: {numbers.count(approved)} of these {numbers.count(len(gallery))} altered "
        f"images are approved, and {of_all} of all cases under the same attacks."
    )


def _address(image: NDArray[np.uint8], size: tuple[int, int]) -> str:
    """Return a picture as a `data:` address: as WebP, a small one exact, a large one by the page's room."""
    picture = Image.fromarray(np.ascontiguousarray(image.transpose(1, 2, 0)))
    buffer = io.BytesIO()
    if min(picture.size) <= _EXACT:
        picture.save(buffer, format="WEBP", lossless=True, exact=True, method=6)
    else:
        if size != picture.size:
            picture = picture.resize(size, Image.Resampling.LANCZOS)
        picture.save(buffer, format="WEBP", quality=86, method=6)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
