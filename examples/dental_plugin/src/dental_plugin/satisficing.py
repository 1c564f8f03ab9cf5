"""Satisficing (Simon 1955, Quarterly Journal of Economics 69:99): the first option that is good enough is taken.

A provider looks through its options in the order of the scenario, the tactic written first and the smallest share of
its cases first, and takes the first that it expects to pay better than honest billing, though another may pay more.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from threatsim.market.conduct.rule import Chosen, Utility
from threatsim.market.providers.options import Floats, with_honesty
from threatsim.scenario.schema import Conduct


class Satisficing:
    """The first option that is expected to pay more than honest billing; honesty if there is none.

    Args:
        conduct: has no parameter of it.
    """

    def __init__(self, conduct: Conduct) -> None:
        self.conduct = conduct

    def enter(self, rows: NDArray[np.int64], utility: Utility) -> None:
        """Nothing: a newcomer's beliefs are the market's matter."""

    def learn(self, rows: NDArray[np.int64], gained: Callable[[], Floats], weeks: NDArray[np.int64]) -> None:
        """Nothing: the market's beliefs learn week by week."""

    def choose(self, rows: NDArray[np.int64], utility: Utility, generator: np.random.Generator) -> Chosen:
        """Take the first option that is good enough."""
        worth = with_honesty(utility(rows))
        return Chosen(worth, (worth > 0).argmax(axis=1))  # honesty, worth 0, is column 0 where nothing is better
