"""What a fresh sample of a practice's claims is expected to come to, given how many of them would not stand."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from threatsim.market.foresight.lower_limit import lower_limit

Floats = NDArray[np.float64]

_STEPS = 256  # of the error rate, from 0 to 1


class SampleOdds:
    """The chance that a sample accuses, and the error rate that it then proves: exact binomials, tabulated by rate.

    Every claim of a sample fails with the same chance, independently of the others, so that their number is binomial.
    Between two of the table's rates, which lie 1 / 256 apart, both figures are interpolated.

    Args:
        claims: largest size of a sample.
        tolerated: error rate of a sample above which it accuses.

    Attributes:
        accuses: (claims + 1, rates) chance that a sample of 0, 1, 2, ... claims accuses.
        proven: (claims + 1, rates) mean of its rate's lower limit (`lower_limit`), taken as 0 where it accuses not.
    """

    def __init__(self, claims: int, tolerated: float) -> None:
        rate = np.arange(_STEPS + 1) / _STEPS
        self.accuses, self.proven = np.zeros((2, claims + 1, rate.size))
        chance = np.zeros((claims + 1, rate.size))  # of 0, 1, 2, ... failures among the claims so far
        chance[0] = 1.0
        for size in range(1, claims + 1):
            failed = chance[:size] * rate
            chance[:size] *= 1 - rate
            chance[1 : size + 1] += failed
            failures = np.arange(size + 1)
            above = failures / size > tolerated
            limit = lower_limit(failures, np.full(size + 1, size))
            self.accuses[size] = chance[: size + 1][above].sum(axis=0)
            self.proven[size] = (chance[: size + 1][above] * limit[above, None]).sum(axis=0)
        self._tables = np.stack([self.accuses, self.proven], axis=-1).reshape(-1, 2)

    def at(self, size: NDArray[np.int64], rate: Floats) -> tuple[Floats, Floats]:
        """Return `accuses` and `proven` of samples of some sizes (N,) at some error rates (N,)."""
        scaled = rate * _STEPS
        below = np.minimum(scaled.astype(np.int64), _STEPS - 1)
        share = (scaled - below)[:, None]
        place = size * (_STEPS + 1) + below
        low, high = self._tables[place], self._tables[place + 1]
        both = low + share * (high - low)
        return both[:, 0], both[:, 1]


@lru_cache(maxsize=32)
def sample_odds(claims: int, tolerated: float) -> SampleOdds:
    """Return the table of one law, which is made once."""
    return SampleOdds(claims, tolerated)
