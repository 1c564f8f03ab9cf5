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
from threatsim.market.providers.options import Floats, with_honesty
from threatsim.scenario.schema import Conduct


class Bandit:
    """What P providers have learnt of O options, honest billing first.

    Args:
        conduct: has the exploration: the chance of a random option.
    """

    def __init__(self, conduct: Conduct) -> None:
        self._exploration = float(conduct.exploration)
        self._prior: Floats | None = None

    def enter(self, rows: NDArray[np.int64], utility: Utility) -> None:
        """Let newcomers go by the utility that they expect; at the start everybody is one."""
        expected = with_honesty(utility(rows))
        if self._prior is None:
            self._prior, self._mean = np.empty_like(expected), np.empty_like(expected)
            self._weeks = np.empty_like(expected)
            self._used = np.empty(len(expected), np.int64)
        self._prior[rows] = self._mean[rows] = expected
        self._weeks[rows], self._used[rows] = 1.0, 0

    def learn(self, rows: NDArray[np.int64], gained: Callable[[], Floats], weeks: NDArray[np.int64]) -> None:
        """Take in what the option in use has brought each provider since the last choice."""
        at = (rows, self._used[rows])
        self._weeks[at] += weeks
        self._mean[at] += (gained() - self._mean[at]) * weeks / self._weeks[at]
        self._mean[rows, 0] = 0.0  # honest billing is what the others are measured against

    def choose(self, rows: NDArray[np.int64], utility: Utility, generator: np.random.Generator) -> Chosen:
        """Take the option that has paid best, or now and then any."""
        assert self._prior is not None, "nobody has entered"
        uniform = generator.random((2, self._used.size))[:, rows]
        best = self._mean[rows].argmax(axis=1)
        possible = np.isfinite(self._prior[rows])
        count = possible.sum(axis=1)
        place = (uniform[1] * count).astype(np.int64)
        random = (possible.cumsum(axis=1) > place[:, None]).argmax(axis=1)
        self._used[rows] = np.where(uniform[0] < self._exploration, random, best)
        return Chosen(self._mean[rows], self._used[rows])
