"""The bandit rule: a provider that believes nothing of payers, and does what has paid best.

Each provider keeps the mean of what every option has brought a week beside honest billing: what was paid on false
claims, less care, the cost of attacks, recoupment, penalties and its own reluctance, in the weeks in which it used the
option. Recoupment and penalties that arrive later are laid to what it does then, as they are felt. An option never
tried is worth what it was expected to bring before the first week, as one trial. With the chance `exploration` any
option is taken instead (epsilon-greedy; Sutton and Barto 2018, Reinforcement Learning, section 2.2).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from threatsim.market.providers.utility import Floats, with_honesty


class Bandit:
    """What P providers have learnt of O options, honest billing first.

    Args:
        utility: (P, T x G, S) USD a week that the options are expected to bring; -inf for what cannot be chosen.
        exploration: chance of a random option.
    """

    def __init__(self, utility: Floats, exploration: float) -> None:
        self._exploration = exploration
        self._prior = with_honesty(utility)
        self._mean = self._prior.copy()
        self._weeks = np.ones_like(self._mean)
        self._used = np.zeros(len(self._mean), np.int64)

    @property
    def worth(self) -> Floats:
        """(P, O) USD a week that each option is thought to bring."""
        return self._mean

    def learn(self, gained: Floats, weeks: int) -> None:
        """Take in (P,) USD a week that each provider gained by the option in use, over some weeks."""
        if not weeks:
            return
        at = (np.arange(self._used.size), self._used)
        self._weeks[at] += weeks
        self._mean[at] += (gained - self._mean[at]) * weeks / self._weeks[at]
        self._mean[:, 0] = 0.0  # honest billing is what the others are measured against

    def choose(self, generator: np.random.Generator) -> NDArray[np.int64]:
        """Return (P,) the column of the option that each provider takes from now on."""
        uniform = generator.random((2, self._used.size))
        best = self._mean.argmax(axis=1)
        possible = np.isfinite(self._prior)
        count = possible.sum(axis=1)
        place = (uniform[1] * count).astype(np.int64)
        random = (possible.cumsum(axis=1) > place[:, None]).argmax(axis=1)
        self._used = np.where(uniform[0] < self._exploration, random, best).astype(np.int64)
        return self._used

    def forget(self, rows: NDArray[np.int64], utility: Floats) -> None:
        """Give some rows to newcomers, who expect (P, T x G, S) `utility`."""
        self._prior[rows] = with_honesty(utility)[rows]
        self._mean[rows] = self._prior[rows]
        self._weeks[rows], self._used[rows] = 1.0, 0
