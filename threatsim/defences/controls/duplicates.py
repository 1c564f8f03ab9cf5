"""Duplicate search: has this picture, or nearly this one, been submitted before?

Two 64-bit perceptual hashes: pHash (signs of low DCT frequencies; Zauner, Implementation and Benchmarking of Perceptual
Image Hash Functions, 2010) and dHash (signs of horizontal differences; Krawetz 2013). Pictures are compared by the
number of bits in which their hashes differ.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.fft import dctn

from threatsim.cases.image_set import CaseSet
from threatsim.cases.known_cases import AnyCases
from threatsim.common.errors import ThreatsimError
from threatsim.defences.reference import Ground

Hashes = NDArray[np.uint64]
Hashing = Callable[[torch.Tensor], Hashes]
BITS = 64
_CHUNK = 1 << 22
"""Pairs of hashes compared at a time: bounds memory."""
_AT_ONCE = 1024
"""Pictures hashed at a time."""


def phash(images: torch.Tensor) -> Hashes:
    """Return (N,) uint64 pHash of images (N, 3, H, W).

    Its bits say which of the 8 x 8 lowest frequencies of a 32 x 32 version lie above their median. The mean brightness
    has no frequency and takes no part in the median.
    """
    low = dctn(grey(images, 32, 32), axes=(1, 2), norm="ortho")[:, :8, :8].reshape(len(images), BITS)
    return _pack(low > np.median(low[:, 1:], axis=1, keepdims=True))


def dhash(images: torch.Tensor) -> Hashes:
    """Return (N,) uint64 dHash of images (N, 3, H, W): where an 8 x 9 version grows brighter from left to right."""
    small = grey(images, 8, 9)
    return _pack((small[:, :, 1:] > small[:, :, :-1]).reshape(len(images), BITS))


HASHINGS: dict[str, Hashing] = {"phash": phash, "dhash": dhash}


class DuplicateIndex:
    """The hashes of all previous submissions.

    Args:
        hashing: images to hashes.
    """

    def __init__(self, hashing: Hashing) -> None:
        self._hashing = hashing
        self._hashes: Hashes = np.empty(0, dtype=np.uint64)

    def __len__(self) -> int:
        return len(self._hashes)

    def add(self, images: torch.Tensor) -> None:
        """Register submissions (N, 3, H, W)."""
        self._hashes = np.concatenate([self._hashes, self._hashing(images)])

    def nearest(self, images: torch.Tensor) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
        """Find the nearest previous submission to each of images (N, 3, H, W).

        Returns:
            (N,) bits in which its hash differs, 0 to 64, and (N,) its number in order of submission; the earliest
            of several.

        Raises:
            ThreatsimError: nothing has been submitted before.
        """
        if not len(self):
            raise ThreatsimError("there is no previous submission to search")
        hashes = self._hashing(images)
        distances, rows = np.empty(len(hashes), dtype=np.uint8), np.empty(len(hashes), dtype=np.intp)
        step = max(1, _CHUNK // len(self))
        for start in range(0, len(hashes), step):
            apart = hamming(hashes[start : start + step, None], self._hashes)
            rows[start : start + step] = apart.argmin(1)
            distances[start : start + step] = apart.min(1)
        return distances, rows


def hamming(left: Hashes, right: Hashes) -> NDArray[np.uint8]:
    """Count the bits in which hashes (N,) and (M, 1) or the like differ: uint8, elementwise with broadcasting."""
    differing: Hashes = np.bitwise_xor(left, right)
    if hasattr(np, "bitwise_count"):  # from numpy 2 on, by the processor's own instruction
        counted: NDArray[np.uint8] = np.bitwise_count(differing)
        return counted
    halves = np.ascontiguousarray(differing)[..., None].view(np.uint16)
    summed: NDArray[np.uint8] = _ONES[halves].sum(-1, dtype=np.uint8)
    return summed


_ONES = np.array([value.bit_count() for value in range(1 << 16)], dtype=np.uint8)


def grey(images: torch.Tensor, height: int, width: int) -> NDArray[np.float64]:
    """Return (N, height, width) luminance (ITU-R BT.601) of images (N, 3, H, W), area-averaged."""
    weights = torch.tensor([0.299, 0.587, 0.114], device=images.device)[:, None, None]
    grey = (images * weights).sum(1, keepdim=True)
    shrunk: NDArray[np.float64] = F.interpolate(grey, (height, width), mode="area")[:, 0].double().cpu().numpy()
    return shrunk


def _pack(bits: NDArray[np.bool_]) -> Hashes:
    """Pack (N, 64) bits, the first the most significant, as (N,) uint64."""
    return np.packbits(bits, axis=1).view(">u8")[:, 0].astype(np.uint64)


class DuplicateControl:
    """How near, by pHash, the nearest earlier submission of another patient is: minus the number of differing bits.

    The index holds a picture of every case of the pool, which is where substitution takes its pictures from: all of
    them were billed before. A picture taken from elsewhere would not be found. Cases are drawn again and again to stand
    for new patients, so that a case's own picture counts as new.

    Args:
        index: the earlier submissions.
    """

    def __init__(self, index: AnyCases) -> None:
        self._patients = np.array(index.patient_ids)
        self._index = index
        named = json.dumps(list(zip(index.fingerprints, index.patient_ids, strict=True)))
        self.fingerprint = f"pHash {_digest(named)}"

    @cached_property
    def _hashes(self) -> NDArray[np.uint64]:
        images = self._index.with_pictures().images
        starts = range(0, len(images), _AT_ONCE)
        return np.concatenate([phash(images[start : start + _AT_ONCE]) for start in starts])

    def statistic(self, cases: CaseSet, submitted: torch.Tensor) -> NDArray[np.float32]:
        """Return (N,) minus the differing bits, -64 to 0."""
        found = np.empty(len(cases), np.float32)
        for row, (hashed, patient) in enumerate(zip(phash(submitted), cases.patient_ids, strict=True)):
            apart = np.where(self._patients == patient, BITS, hamming(np.array([hashed]), self._hashes))
            found[row] = -float(apart.min())
        return found


def made(ground: Ground) -> DuplicateControl:
    """Make the search among a pool."""
    return DuplicateControl(ground.index)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
