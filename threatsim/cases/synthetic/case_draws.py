"""Random numbers for synthetic cases, each a pure function of (seed, case, name, element).

A case must not depend on how many others are drawn with it, nor on the device, so the generator is
counter-based: the SplitMix64 finaliser (Steele, Lea and Flood, OOPSLA 2014) over integer tensors, which
gives the same bits on a CPU and on a GPU.
"""

from __future__ import annotations

import hashlib
import math

import torch

_GOLDEN = -7046029254386353131  # 0x9E3779B97F4A7C15 as a signed 64-bit integer
_MIX_1 = -4658895280553007687  # 0xBF58476D1CE4E5B9
_MIX_2 = -7723592293110705685  # 0x94D049BB133111EB


def _shift_right(x: torch.Tensor, bits: int) -> torch.Tensor:
    return (x >> bits) & ((1 << (64 - bits)) - 1)  # torch shifts int64 arithmetically


def _finalise(x: torch.Tensor) -> torch.Tensor:
    x = (x ^ _shift_right(x, 30)) * _MIX_1
    x = (x ^ _shift_right(x, 27)) * _MIX_2
    return x ^ _shift_right(x, 31)


class CaseDraws:
    """Named random numbers for the cases `indices` under `seed`.

    Args:
        seed: any integer.
        indices: (N,) int64, the number of each case; row i depends on `indices[i]` alone.
        stream: name that keeps data sets under one seed apart (a modality and split, say).
    """

    def __init__(self, seed: int, indices: torch.Tensor, *, stream: str = "") -> None:
        self.seed = seed
        self.stream = stream
        self.indices = indices.to(torch.int64)

    def __len__(self) -> int:
        return len(self.indices)

    @property
    def device(self) -> torch.device:
        """Where the numbers are drawn."""
        return self.indices.device

    def uniform(self, name: str, *shape: int, low: float = 0.0, high: float = 1.0) -> torch.Tensor:
        """Draw (N, *shape) float32, uniform in [low, high)."""
        digest = hashlib.blake2b(f"{self.seed}/{self.stream}/{name}".encode(), digest_size=8).digest()
        key = int.from_bytes(digest, "little", signed=True)
        count = math.prod(shape)
        case = _finalise(self.indices * _GOLDEN + key)
        element = torch.arange(1, count + 1, device=self.device, dtype=torch.int64) * _GOLDEN
        bits = _shift_right(_finalise(case[:, None] + element[None, :]), 40)  # 24 bits: exact in float32
        unit = bits.to(torch.float32) / 2**24
        return (low + (high - low) * unit).reshape(len(self), *shape)

    def normal(self, name: str, *shape: int) -> torch.Tensor:
        """Draw (N, *shape) float32, standard normal (Box-Muller)."""
        radius = torch.sqrt(-2 * torch.log1p(-self.uniform(f"{name}/radius", *shape)))
        return radius * torch.cos(2 * math.pi * self.uniform(f"{name}/angle", *shape))

    def choice(self, name: str, probability: float | torch.Tensor, *shape: int) -> torch.Tensor:
        """Draw (N, *shape) bool, true with `probability` (broadcast)."""
        return self.uniform(name, *shape) < probability
