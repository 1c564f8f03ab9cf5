"""Integrity at capture: the device signs each picture, and the payer checks that it received that very picture.

Finlayson et al. (arXiv 1804.05296, section 4.2) ask for a hash stored at capture; Levy et al. (arXiv 2201.08661) for
digital signatures in DICOM. The control does not depend on how a picture was altered, and says nothing about what was
before the lens: a patch on it or a rotated camera is signed like anything else.
"""

from __future__ import annotations

import hmac
from io import BytesIO
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from threatsim.common.errors import ThreatsimError

Pixels = NDArray[np.uint8]
"""(H, W, 3) pixels of one picture."""
Covers = Literal["file", "pixels"]


def png_file(pixels: Pixels, *, level: int = 6) -> bytes:
    """Write a PNG file of the picture, lossless at every compression level (0 to 9)."""
    return _file(pixels, format="PNG", compress_level=level)


def jpeg_file(pixels: Pixels, *, quality: int) -> bytes:
    """Write a JPEG file of the picture, of quality 1 to 95: lossy."""
    return _file(pixels, format="JPEG", quality=quality)


def pixels_of(file: bytes) -> Pixels:
    """Read the picture in an image file.

    Raises:
        ThreatsimError: it is no image.
    """
    try:
        with Image.open(BytesIO(file)) as image:
            return np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError) as error:
        raise ThreatsimError(f"the submitted file is no image: {error}") from error


class CaptureRegister:
    """Signatures of captured pictures, and their verification: HMAC-SHA256 under a key that providers do not have.

    Args:
        key: secret of the device and the payer, of 16 bytes at least.
        covers: the file as it was saved, or the pixels in it. Over pixels a lossless change of format is no
            alarm; over the file every rewriting is one.

    Raises:
        ThreatsimError: the key is too short.
    """

    def __init__(self, key: bytes, *, covers: Covers = "pixels") -> None:
        if len(key) < 16:
            raise ThreatsimError(f"the device's key has {len(key)} bytes; at least 16 are needed")
        self._key = key
        self._covers = covers

    def sign(self, file: bytes, *, examination: str) -> bytes:
        """Sign as the device does at capture: 32 bytes.

        Args:
            examination: names patient and examination. It is signed too, so that a picture taken of one patient
                cannot be submitted for another.
        """
        name = examination.encode()
        return hmac.digest(self._key, len(name).to_bytes(8) + name + self._signed(file), "sha256")

    def verify(self, file: bytes, signature: bytes, *, examination: str) -> bool:
        """Return whether this is the very picture that was captured in this examination."""
        return hmac.compare_digest(self.sign(file, examination=examination), signature)

    def _signed(self, file: bytes) -> bytes:
        if self._covers == "file":
            return file
        pixels = pixels_of(file)
        return str(pixels.shape).encode() + pixels.tobytes()


def _file(pixels: Pixels, **options: str | int) -> bytes:
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, **options)  # type: ignore[arg-type]
    return buffer.getvalue()
