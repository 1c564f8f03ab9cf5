"""A generator of random numbers from a key alone."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np


def keyed_generator(key: str) -> np.random.Generator:
    """Return a counter-based generator (Philox 4x64, Salmon et al. 2011): its numbers are a pure function of a key."""
    digest = np.frombuffer(blake2b(key.encode(), digest_size=16).digest(), np.uint64)
    return np.random.Generator(np.random.Philox(key=digest))
