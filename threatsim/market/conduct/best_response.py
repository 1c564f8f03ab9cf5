"""Best response: the option of greatest expected utility. By beliefs of everybody's claims it is fictitious play."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from threatsim.market.conduct.rule import Chosen, Utility
from threatsim.market.providers.options import Floats, with_honesty
from threatsim.scenario.schema import Conduct


class BestResponse:
    """Of options of equal utility honesty is taken first, then the order of the scenario.

    Args:
        conduct: has no parameter of it.
    """

    def __init__(self, conduct: Conduct) -> None:
        self.conduct = conduct

    def enter(self, rows: NDArray[np.int64], utility: Utility) -> None:
        """Do nothing: a newcomer's beliefs are the market's matter."""

    def learn(self, rows: NDArray[np.int64], gained: Callable[[], Floats], weeks: NDArray[np.int64]) -> None:
        """Do nothing: the market's beliefs learn week by week."""

    def choose(self, rows: NDArray[np.int64], utility: Utility, generator: np.random.Generator) -> Chosen:
        """Take the greatest utility."""
        options = with_honesty(utility(rows))
        return Chosen(options, options.argmax(axis=1))
