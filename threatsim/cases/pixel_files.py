"""Files of 8-bit pixels: a sheet of pictures as it ships (lossless WebP), and a tensor as the cache has it.

Beside the pixels stands what they are of, and their hash, which is checked whenever they are read.
"""

from __future__ import annotations

import hashlib
import io
import math
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from threatsim.cases.synthetic.generate import SyntheticSet
from threatsim.common.errors import ThreatsimError
from threatsim.common.files import write_bytes


class PixelRecord(BaseModel):
    """What a file of pixels holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cases: SyntheticSet = Field(description="The set that the cases are of.")
    first: int = Field(ge=0, description="Number of the first case.")
    count: int = Field(ge=0, description="Number of cases.")
    channels: int = Field(description="3, or 1 where red, green and blue are the same.")
    sha256: str = Field(description="SHA-256 of the pixels, (count, channels, size, size) bytes.")
    drawn_with: str = Field(description="Library and kind of processor that they were drawn with.")


def record_of(cases: SyntheticSet, first: int, pixels: torch.Tensor) -> PixelRecord:
    """Describe pixels (N, C, H, W) uint8 that were drawn now, `first` being the first one's number."""
    return PixelRecord(
        cases=cases,
        first=first,
        count=len(pixels),
        channels=pixels.shape[1],
        sha256=_hash(pixels),
        drawn_with=f"torch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}",
    )


def without_copies(pixels: torch.Tensor) -> torch.Tensor:
    """Return (N, 1, H, W) if the three channels of all images (N, 3, H, W) are the same, else what was given."""
    return pixels[:, :1].contiguous() if bool((pixels == pixels[:, :1]).all()) else pixels


def write_sheet(path: Path, pixels: torch.Tensor) -> None:
    """Write (N, C, H, W) uint8 as one lossless WebP picture, row after row of cases."""
    count, channels, height, width = pixels.shape
    columns, rows = _grid(count)
    sheet = np.zeros((rows * columns, channels, height, width), np.uint8)
    sheet[:count] = pixels.numpy()
    tiled = sheet.reshape(rows, columns, channels, height, width).transpose(0, 3, 1, 4, 2)
    picture = tiled.reshape(rows * height, columns * width, channels)
    file = io.BytesIO()
    Image.fromarray(np.broadcast_to(picture, (*picture.shape[:2], 3))).save(
        file, "WEBP", lossless=True, quality=100, method=6
    )
    write_bytes(path, file.getvalue())


def read_sheet(path: Path, record: PixelRecord) -> torch.Tensor:
    """Read (N, C, H, W) uint8 from a file of `write_sheet`.

    Raises:
        ThreatsimError: the file is absent or damaged, or is not the one that the record speaks of.
    """
    count, channels, size = record.count, record.channels, record.cases.size
    columns, rows = _grid(count)
    try:
        with Image.open(path) as picture:
            sheet = np.asarray(picture.convert("RGB"))[..., :channels]
        tiled = sheet.reshape(rows, size, columns, size, channels).transpose(0, 2, 4, 1, 3)
    except FileNotFoundError:
        raise ThreatsimError("the file is missing", location=str(path)) from None
    except (OSError, ValueError, SyntaxError, MemoryError, Image.DecompressionBombError) as error:
        raise ThreatsimError("the file cannot be read as a sheet of pictures", location=str(path)) from error
    pixels = np.ascontiguousarray(tiled).reshape(rows * columns, channels, size, size)[:count]
    return _checked(torch.from_numpy(pixels), record, path)


def write_pixels(path: Path, record: PixelRecord, pixels: torch.Tensor) -> None:
    """Write (N, C, H, W) uint8 with its record as safetensors; an existing file is replaced in one step."""
    write_bytes(path, save({"pixels": pixels.contiguous()}, {"record": record.model_dump_json()}))


def read_pixels(path: Path) -> tuple[torch.Tensor, PixelRecord]:
    """Read (N, C, H, W) uint8 from a file of `write_pixels`, and its record.

    Raises:
        ThreatsimError: the file is damaged.
    """
    try:
        with safe_open(path, framework="pt") as file:
            record = PixelRecord.model_validate_json((file.metadata() or {})["record"])
            pixels = file.get_tensor("pixels")
    except (OSError, SafetensorError, KeyError, ValidationError) as error:
        raise ThreatsimError("the file cannot be read as kept pixels", location=str(path)) from error
    return _checked(pixels, record, path), record


def _checked(pixels: torch.Tensor, record: PixelRecord, path: Path) -> torch.Tensor:
    expected = (record.count, record.channels, record.cases.size, record.cases.size)
    if pixels.dtype != torch.uint8 or pixels.shape != expected or _hash(pixels) != record.sha256:
        raise ThreatsimError("the pixels are not those that their hash was taken of", location=str(path))
    return pixels


def _hash(pixels: torch.Tensor) -> str:
    return hashlib.sha256(np.ascontiguousarray(pixels.numpy()).data).hexdigest()


def _grid(count: int) -> tuple[int, int]:
    """Return columns and rows of a sheet."""
    columns = math.ceil(math.sqrt(count)) or 1
    return columns, math.ceil(count / columns) or 1
