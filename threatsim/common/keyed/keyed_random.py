"""Random numbers of an attack on one case, from a key: never global, never dependent on the batch or the device."""

from __future__ import annotations

import numpy as np
import torch

from threatsim.common.keyed.keyed_generator import keyed_generator


def keyed_uniform(keys: list[str], shape: tuple[int, ...]) -> torch.Tensor:
    """Return (N, *shape) float32 in [0, 1) of N keys; row i is a pure function of keys[i]."""
    rows = np.empty((len(keys), *shape), dtype=np.float32)
    for row, key in zip(rows, keys, strict=True):
        keyed_generator(key).random(dtype=np.float32, out=row)
    return torch.from_numpy(rows)
