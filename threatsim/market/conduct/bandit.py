"""The bandit rule: a provider that believes nothing of payers, and does what has paid best.

Each provider keeps the mean of what every option has brought a week beside honest billing: what was paid on false
claims, less care, the cost of attacks, recoupment, penalties and its own reluctance, in the weeks in which it used the
option. Recoupment and penalties that arrive later are laid to what it does then, as they are felt. An option never
tried counts as what it was expected to bring before the first week, as one trial. With the chance `exploration` any
option is taken instead (epsilon-greedy; Sutton and Barto 2018, Reinforcement Learning, section 2.2).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from threatsim.market.conduct.rule import Chosen, Utility
from threatsim.market.providers.utility import Floats, with_honesty
from threatsim.scenario.schema import Conduct


class Bandit:
    """What P providers have learnt of O options, honest billing first.

    Args:
        conduct: has the exploration: the chance of a random option.
    """

    def __init__(self, conduct: Conduct) -> None:
        self._exploration = float(conduct.exploration)
        self._prior: Floats | None = None

    def learn(self, gained: Callable[[], Floats], weeks: int) -> None:
        """Take in what the option in use has brought each provider since the last choice."""
        if not weeks:
            return
        at = (np.arange(self._used.size), self._used)
        self._weeks[at] += weeks
        self._mean[at] += (gained() - self._mean[at]) * weeks / self._weeks[at]
        self._mean[:, 0] = 0.0  # honest billing is what the others are measured against

    def choose(self, utility: Utility, generator: np.random.Generator) -> Chosen:
        """Take the option that has paid best, or now and then any; the first time go by the utility expected."""
        if self._prior is None:
            self._prior = with_honesty(utility())
            self._mean = self._prior.copy()
            self._weeks = np.ones_like(self._mean)
            self._used = np.zeros(len(self._mean), np.int64)
        uniform = generator.random((2, self._used.size))
        best = self._mean.argmax(axis=1)
        possible = np.isfinite(self._prior)
        count = possible.sum(axis=1)
        place = (uniform[1] * count).astype(np.int64)
        random = (possible.cumsum(axis=1) > place[:, None]).argmax(axis=1)
        self._used = np.where(uniform[0] < self._exploration, random, best).astype(np.int64)
        return Chosen(self._mean, self._used)

    def forget(self, rows: NDArray[np.int64], utility: Utility) -> None:
        """Give some rows (N,) to newcomers, who go by the utility that they expect."""
        if self._prior is None:
            return
        self._prior[rows] = with_honesty(utility())[rows]
        self._mean[rows] = self._prior[rows]
        self._weeks[rows], self._used[rows] = 1.0, 0
