"""A photograph in a file, as the pixels that a classifier reads: a square of three channels in 8 bits."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from threatsim.cases.dicom import dicom_picture, dicom_size, is_dicom
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
MAX_SIDE = 30_000
"""Most pixels of its longer side: to make a line of 49 million a square takes all memory."""
# The bound above is lower than the one at which Pillow begins to warn.
warnings.simplefilter("ignore", Image.DecompressionBombWarning)
_BAR, _BLACK = 0.03, 12
"""Width of a bar (share of the picture) and the greatest grey level of its pixels that tell a padded picture."""
_TAIL = 64
"""Bytes at the end of a file in which the mark of its end is looked for."""
_LIT = 0.01
"""Share of a row or column that is not black from which on it belongs to the field of view."""


@dataclass(frozen=True)
class Photograph:
    """A picture as a classifier reads it.

    Attributes:
        pixels: (3, H, W) uint8, a square.
        width, height: of the file (pixels).
    """

    pixels: NDArray[np.uint8]
    width: int
    height: int

    @property
    def is_padded(self) -> bool:
        """Whether the square is black along two opposite sides."""
        dark = self.pixels.max(axis=0) <= _BLACK
        bar = max(1, round(_BAR * dark.shape[1]))
        return any(bool(side[:bar].all() and side[-bar:].all()) for side in (dark, dark.T))


def check_squared(path: Path, padded: float, squared: Squared) -> None:
    """Refuse pictures whose shape is not that which a classifier has learnt: padding shows as black bars.

    Args:
        path: the archive's folder.
        padded: share of its pictures that came square which have such bars.

    Raises:
        InputError: most of them were made square in the other way.
    """
    if (padded > 0.5) != (squared == "padded"):
        other = "padded" if squared == "squeezed" else "squeezed"
        raise InputError(
            f"the classifier reads {squared} pictures, and these look {other}: "
            f"{padded:.0%} have black bars at two opposite sides",
            given=str(path),
            location=str(path / "images"),
            hint="Make them square in the other way, or train on them with a card that says how they are.",
        )


def read_photograph(path: Path, size: int | None, squared: Squared | None) -> Photograph:
    """Read an image file as a square of 8-bit pixels.

    Args:
        size: its width (pixels); its own up to `MAX_SIZE` if None.
        squared: how an image that is no square becomes one; squeezed if None. One that is padded is cropped before to
            what is lit, since a camera's photograph of a round field has black at two sides already.

    Raises:
        FileNotFoundError: it is not there.
        InputError: it is no image of 8 or 16 bits in one of `FORMATS` or DICOM, is one of several in its file, has too
            many pixels, or is damaged.
    """
    image = _opened(path, decode=True)
    width, height = image.size
    side = min(width, MAX_SIZE) if size is None else size
    if squared == "padded" and width != height:
        image = _field_of_view(image)
        image = ImageOps.pad(image, (max(image.size),) * 2, Image.Resampling.LANCZOS)
    if image.size != (side, side):
        image = image.resize((side, side), Image.Resampling.LANCZOS)
    return Photograph(np.asarray(image).transpose(2, 0, 1).copy(), width, height)


def photograph_size(path: Path, *, decode: bool) -> tuple[int, int]:
    """Return width and height of an image file (pixels).

    Args:
        decode: whether it is read to its end, so that damage anywhere is found; else its beginning and last bytes are.

    Raises:
        FileNotFoundError: it is not there.
        InputError: as `read_photograph`.
    """
    return _opened(path, decode=decode).size


def check_end(path: Path, data: bytes) -> None:
    """Refuse a picture that was cut short, at the cost of a look at its last bytes where it was not.

    Args:
        path: the file.
        data: its bytes.

    Raises:
        InputError: as `read_photograph`.
    """
    if not _has_end(data):
        _opened(path, decode=True)


def _has_end(data: bytes) -> bool:
    """Return whether a file ends as its format says; some that do not are whole, with other bytes after their end."""
    if data.startswith(b"\x89PNG"):
        return b"IEND" in data[-_TAIL:]
    if data.startswith(b"\xff\xd8"):  # JPEG
        return b"\xff\xd9" in data[-_TAIL:]
    if data.startswith(b"RIFF"):  # WebP
        return len(data) >= int.from_bytes(data[4:8], "little") + 8
    return True


def _opened(path: Path, *, decode: bool) -> Image.Image:
    """Open a file as an RGB image, or without its pixels if they are not to be decoded and its end is there."""
    data = read_foreign(path, "picture", within=path.parent)
    decode = decode or not _has_end(data)
    try:
        if is_dicom(data):
            _check_pixels(*dicom_size(data))
            return dicom_picture(data).convert("RGB") if decode else Image.new("1", dicom_size(data))
        with Image.open(BytesIO(data), formats=FORMATS) as file:
            _check_pixels(file.width, file.height)
            _check_pages(getattr(file, "n_frames", 1))
            return _eight_bits(file).convert("RGB") if decode else file
    except UnidentifiedImageError:
        text = f"the image cannot be read: it is none of {', '.join(FORMATS)}, or its beginning is damaged"
        raise InputError(text, given=str(path), location=str(path)) from None
    except Exception as error:  # a decoder may raise whatever it likes on a damaged file
        raise InputError(f"the image cannot be read: {error}", given=str(path), location=str(path)) from error


def _check_pixels(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise ValueError(f"it has {width} x {height} pixels, and at most {MAX_PIXELS:,} are read of a picture")
    if max(width, height) > MAX_SIDE:
        raise ValueError(f"it has {width} x {height} pixels, and at most {MAX_SIDE:,} are read of a side")


def _check_pages(pages: int) -> None:
    if pages > 1:
        raise ValueError(f"it is a file of {pages} pictures, and one is wanted")


def _field_of_view(image: Image.Image) -> Image.Image:
    """Crop to the rows and columns of which a part is lit; an image that is dark all over stays as it is."""
    lit = np.asarray(image).max(axis=2) > _BLACK
    rows, columns = (np.flatnonzero(lit.mean(axis=axis) > _LIT) for axis in (1, 0))
    if not len(rows) or not len(columns):
        return image
    return image.crop((int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1))


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
