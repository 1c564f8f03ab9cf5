"""DICOM files of one frame, as 8-bit pictures; read by pydicom, which is an extra."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    from pydicom import Dataset

_PREAMBLE, _MAGIC = 128, b"DICM"
_WITHOUT = "it is a DICOM file, and those are read with pydicom: pip install 'threatsim[dicom]'"


def is_dicom(data: bytes) -> bool:
    """Return whether a file's bytes begin as DICOM files do (PS3.10 7.1)."""
    return data[_PREAMBLE : _PREAMBLE + len(_MAGIC)] == _MAGIC


def dicom_size(data: bytes) -> tuple[int, int]:
    """Return width and height (pixels), without decoding.

    Raises:
        ValueError: as for `dicom_picture`, as far as the header tells.
    """
    dataset = _opened(data)
    return int(dataset.Columns), int(dataset.Rows)


def dicom_picture(data: bytes) -> Image.Image:
    """Return the picture as a viewer shows it, in 8 bits, grey or RGB.

    The file's own rescaling and its first window are applied where it has them; else all its bits are brought to 8.
    MONOCHROME1, where the least value is white, is turned.

    Raises:
        ValueError: pydicom is not installed, or the file has no pixels, many frames, or pixels that cannot be decoded.
    """
    dataset = _opened(data)
    from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut, convert_color_space

    try:
        stored = dataset.pixel_array
    except Exception as error:  # a decoder may raise whatever it likes on a damaged file
        raise ValueError(f"its pixels cannot be decoded: {' '.join(str(error).split())[:200]}") from error
    kind = str(dataset.PhotometricInterpretation)
    if stored.ndim == 3:
        return Image.fromarray(convert_color_space(stored, kind, "RGB") if kind.startswith("YBR") else stored)
    if "WindowCenter" in dataset or "VOILUTSequence" in dataset:
        shown = apply_voi_lut(apply_modality_lut(stored, dataset), dataset)
        low, high = float(shown.min()), float(shown.max())
    else:
        shown, signed = stored, int(dataset.PixelRepresentation)
        bits = int(dataset.BitsStored)
        low, high = (-(2.0 ** (bits - 1)), 2.0 ** (bits - 1) - 1) if signed else (0.0, 2.0**bits - 1)
    return Image.fromarray(_to_bytes(shown, low, high, inverted=kind == "MONOCHROME1"))


def _to_bytes(shown: NDArray[Any], low: float, high: float, *, inverted: bool) -> NDArray[np.uint8]:
    levels = np.round((shown.astype(np.float64) - low) * (255 / max(high - low, 1.0))).clip(0, 255).astype(np.uint8)
    return 255 - levels if inverted else levels


def _opened(data: bytes) -> Dataset:
    try:
        from pydicom import dcmread
    except ImportError:
        raise ValueError(_WITHOUT) from None
    try:
        dataset = dcmread(BytesIO(data))
    except Exception as error:
        raise ValueError(f"it cannot be read as DICOM: {' '.join(str(error).split())[:200]}") from error
    frames = int(dataset.get("NumberOfFrames") or 1)
    if frames > 1:
        raise ValueError(f"it is a DICOM file of {frames} frames, and a picture of one frame is wanted")
    if "PixelData" not in dataset or "Rows" not in dataset or "Columns" not in dataset:
        what = dataset.get("Modality") or "no modality"
        raise ValueError(f"it is a DICOM file without pixels ({what})")
    return dataset
