"""Random numbers of an attack on one case, from a key: never global, never dependent on the batch or the device."""

from __future__ import annotations

import hashlib

import numpy as np
import torch
from numpy.typing import NDArray


def keyed_uniform(keys: list[str], shape: tuple[int, ...]) -> torch.Tensor:
    """(len(keys), *shape) float32 in [0, 1); row i is a pure function of keys[i]."""
    rows = np.empty((len(keys), *shape), dtype=np.float32)
    for row, key in zip(rows, keys, strict=True):
        _stream(key).random(dtype=np.float32, out=row)
    return torch.from_numpy(rows)


def _stream(key: str) -> np.random.Generator:
    digest: NDArray[np.uint64] = np.frombuffer(hashlib.blake2b(key.encode(), digest_size=16).digest(), np.uint64)
    return np.random.Generator(np.random.Philox(key=digest))
