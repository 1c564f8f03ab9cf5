"""Which split a provider is in: all its claims, of every arm and replicate, are in one, so that nothing leaks."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

SPLITS: Final = {"train": 0.6, "validation": 0.2, "test": 0.2}
"""Name of the split -> share of the providers."""


def split_of(provider: int) -> str:
    """Return the split of a provider by a hash of its number; no draw, and no claim, plays a part."""
    digest = blake2b(str(provider).encode(), digest_size=8).digest()
    place = int.from_bytes(digest, "big") / 2.0**64
    for name, share in SPLITS.items():
        place -= share
        if place < 0:
            return name
    return next(reversed(SPLITS))
