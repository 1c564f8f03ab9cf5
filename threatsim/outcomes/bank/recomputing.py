"""A bank that takes nobody's word: a sample of what it keeps is withheld, computed again, and held against it.

Whoever can write the bank's file can make its checksums anew, so that an entry is believed only as far as its folder
is. Which entries are withheld is drawn with a secret of this process, so that a forger cannot spare them.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from threatsim.outcomes.bank.bank import OutcomeBank

EQUAL = 1e-6
"""Greatest difference of an outcome computed again; its key names processor, library and device."""
_OF = 1 << 16


class RecomputingBank(OutcomeBank):
    """An outcome bank that forgets a sample of what it keeps until that is computed again.

    Args:
        folder: as for `OutcomeBank`.
        share: of the entries on disk that are computed again.

    Attributes:
        recomputed: entries that were.
        differing: those of them that were kept otherwise.
        largest: the greatest difference among these.
    """

    def __init__(self, folder: Path | None, *, share: float) -> None:
        super().__init__(folder)
        self.recomputed = self.differing = 0
        self.largest = 0.0
        self._below = round(share * _OF)
        self._secret = secrets.token_bytes(16)
        self._withheld: dict[bytes, float] = {}
        self._settled: set[bytes] = set()

    def get(self, keys: Sequence[bytes]) -> dict[bytes, float]:
        """Look up the scores that are known; those of the sample are not, before they are put."""
        found = super().get(keys)
        for key in [key for key in found if key not in self._settled and self._drawn(key)]:
            self._withheld[key] = found.pop(key)
        return found

    def put(self, scores: Mapping[bytes, float]) -> None:
        """Keep scores, held against those that were withheld."""
        for key, score in scores.items():
            kept = self._withheld.pop(key, None)
            if kept is not None:
                self.recomputed += 1
                difference = abs(kept - score)
                if not difference <= EQUAL * max(1.0, abs(score)):
                    self.differing += 1
                    self.largest = max(self.largest, difference)
        self._settled.update(scores)
        super().put(scores)

    def lay_in(self, scores: Mapping[bytes, float]) -> None:
        """Take scores of photographs that are not here, and so cannot be computed again."""
        self._settled.update(scores)
        super().lay_in(scores)

    def _drawn(self, key: bytes) -> bool:
        digest = hashlib.blake2b(key, key=self._secret, digest_size=2).digest()
        return int.from_bytes(digest, "big") < self._below
