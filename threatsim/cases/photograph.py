"""A photograph in a file, as the pixels that a classifier reads: a square of three channels in 8 bits."""

from __future__ import annotations

import warnings
from io import BytesIO
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from threatsim.common.errors import InputError
from threatsim.common.files import read_foreign

MAX_SIZE = 128
"""Images are brought to this width (pixels) if they are wider and no size is given."""
Squared = Literal["squeezed", "padded"]
"""How a picture became a square: its aspect lost, or kept with black at two sides."""
FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP")
"""Formats that are read: of the forty that Pillow knows, those in which such archives come."""
MAX_PIXELS = 50_000_000
"""Most pixels of one picture, asked before it is decoded; a fundus camera's largest have 12 million."""
# The bound above is lower than the one at which Pillow begins to warn.
warnings.simplefilter("ignore", Image.DecompressionBombWarning)
_BAR, _BLACK = 0.03, 12
"""Width of a bar (share of the picture) and the greatest grey level of its pixels that tell a padded picture."""


def check_squared(path: Path, pixels: list[NDArray[np.uint8]], squared: Squared) -> None:
    """Refuse pictures whose shape is not that which a classifier has learnt: padding shows as black bars.

    Args:
        path: the archive's folder.
        pixels: (3, H, W) each.

    Raises:
        InputError: most of them were made square in the other way.
    """
    padded = float(np.mean([_has_bars(image) for image in pixels]))
    if (padded > 0.5) != (squared == "padded"):
        other = "padded" if squared == "squeezed" else "squeezed"
        raise InputError(
            f"the classifier reads {squared} pictures, and these look {other}: "
            f"{padded:.0%} have black bars at two opposite sides",
            given=str(path),
            location=str(path / "images"),
            hint="Make them square in the other way, or train on them with a card that says how they are.",
        )


def _has_bars(image: NDArray[np.uint8]) -> bool:
    """Return whether a (3, H, W) picture is black along two opposite sides."""
    dark = image.max(axis=0) <= _BLACK
    bar = max(1, round(_BAR * dark.shape[1]))
    return any(bool(side[:bar].all() and side[-bar:].all()) for side in (dark, dark.T))


def read_photograph(path: Path, size: int | None, squared: Squared | None) -> NDArray[np.uint8]:
    """Read an image file as (3, H, W) uint8, which becomes a square.

    Args:
        size: its width (pixels); its own up to `MAX_SIZE` if None.
        squared: how an image that is no square becomes one; squeezed if None.

    Raises:
        FileNotFoundError: it is not there.
        InputError: it is no image of 8 or 16 bits in one of `FORMATS`, has too many pixels, or is damaged.
    """
    data = read_foreign(path, "picture", within=path.parent)
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as file:
            if file.width * file.height > MAX_PIXELS:
                raise ValueError(
                    f"it has {file.width} x {file.height} pixels, and at most {MAX_PIXELS:,} are read of a picture"
                )
            image = _eight_bits(file).convert("RGB")
    except UnidentifiedImageError:
        text = f"the image cannot be read: it is none of {', '.join(FORMATS)}, or its beginning is damaged"
        raise InputError(text, given=str(path), location=str(path)) from None
    except Exception as error:  # a decoder may raise whatever it likes on a damaged file
        raise InputError(f"the image cannot be read: {error}", given=str(path), location=str(path)) from error
    width = min(image.width, MAX_SIZE) if size is None else size
    if squared == "padded":
        image = ImageOps.pad(image, (max(image.size),) * 2, Image.Resampling.LANCZOS)
    if image.size != (width, width):
        image = image.resize((width, width), Image.Resampling.LANCZOS)
    return np.asarray(image).transpose(2, 0, 1).copy()


def _eight_bits(image: Image.Image) -> Image.Image:
    """Bring an image of more than 8 bits to 8: Pillow's own conversion cuts everything above 255 off."""
    if not image.mode.startswith(("I", "F")):
        return image
    pixels = np.asarray(image, dtype=np.float64)
    if image.mode == "F":
        raise ValueError("its pixels are floating-point numbers of unknown range; save it with 8 or 16 bits")
    if pixels.min() < 0 or pixels.max() > 65535:
        raise ValueError("its pixels do not fit into 16 bits; save it with 8 or 16 bits")
    bits = max(8, int(pixels.max()).bit_length())  # 12-bit films are stored in 16 bits and fill only part of them
    return Image.fromarray(np.round(pixels * (255 / (2**bits - 1))).astype(np.uint8))
