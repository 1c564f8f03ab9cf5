"""One random stream a decision, so that two arms differ only where policy makes them differ.

A stream is counter-based (Philox 4x64, Salmon et al. 2011): its key is a hash of (seed, replicate, decision
name), its counter starts at the week. The numbers of a decision in a week therefore do not depend on which
other decisions are drawn, in which order, or whether they are drawn at all. They are drawn for all claims of
the week, never for a masked subset: the i-th claim of a week sees the same numbers under every policy.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray


class Streams:
    """The random streams of one replicate.

    Args:
        seed: root seed of the run.
        replicate: number of the replicate.
    """

    def __init__(self, seed: int, replicate: int) -> None:
        self._root = f"{seed}/{replicate}/"
        self._generators: dict[str, tuple[np.random.Generator, dict[str, dict[str, NDArray[np.uint64]]]]] = {}

    def generator(self, decision: str, week: int = 0, row: int = 0) -> np.random.Generator:
        """Return the generator of `decision`, wound to the start of `week` (0 for what is decided once).

        Where few providers need numbers, each has its own, from those of its `row`.
        """
        if decision not in self._generators:
            digest = blake2b((self._root + decision).encode(), digest_size=16).digest()
            bits = np.random.Philox(key=np.frombuffer(digest, dtype=np.uint64))
            self._generators[decision] = (np.random.Generator(bits), bits.state)  # type: ignore[assignment]
        generator, start = self._generators[decision]
        # Word 0 counts the blocks of a row and a week, so 2**64 blocks lie between two rows.
        start["state"]["counter"] = np.array([0, row, week, 0], dtype=np.uint64)
        generator.bit_generator.state = start
        return generator

    def week(self, week: int, size: int) -> WeekDraws:
        """Return the draws of `week`, in which there are `size` claims."""
        return WeekDraws(self, week, size)


def replicate_streams(seed: int, replicate: int) -> Streams:
    """Return all streams of a replicate but that of its cases: replicates 2k and 2k + 1 share them."""
    return Streams(seed, replicate // 2)


def resampling_streams(seed: int, replicate: int) -> Streams:
    """Return the stream that resamples a replicate's cases: replicates 4k and 4k + 2 share it, 4k + 1 and 4k + 3 too.

    Four replicates in turn are then two sets of streams crossed with two resamples, which tells the chance of the test
    set from the market's and from the interplay of both (`statistics.over_replicates.resampled_mean_interval`).
    """
    return Streams(seed, replicate - replicate % 4 + replicate % 2)


class WeekDraws:
    """Uniform numbers of one week, one for each claim and decision, drawn when first needed."""

    def __init__(self, streams: Streams, week: int, size: int) -> None:
        self._streams, self._week, self._size = streams, week, size
        self._columns: dict[str, NDArray[np.float32]] = {}

    def __call__(self, decision: str) -> NDArray[np.float32]:
        """Return (claims,) float32 numbers in [0, 1), the same at every call."""
        if decision not in self._columns:
            generator = self._streams.generator(decision, self._week)
            self._columns[decision] = generator.random(self._size, dtype=np.float32)
        return self._columns[decision]
