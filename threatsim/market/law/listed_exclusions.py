"""Exclusions by a list, such as the LEIE, that a file of providers came with: they rest on no finding of the market."""

from __future__ import annotations

from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from threatsim.scenario.schema import Scenario


class ListedExclusions:
    """Who is excluded and reinstated in which week of the market, by a list that a file of providers came with.

    Args:
        scenario: whose record begins after the burn-in, with week 0 of the list.
    """

    def __init__(self, scenario: Scenario) -> None:
        self._begins: dict[int, list[int]] = {}
        self._ends: dict[int, list[int]] = {}
        if scenario.population is None:
            return
        firsts = accumulate((group.count for group in scenario.providers.values()), initial=0)
        for name, first in zip(scenario.providers, firsts, strict=False):
            for listed in scenario.population.practices[name].excluded:
                row = first + listed.practice
                self._begins.setdefault(scenario.burn_in + listed.week, []).append(row)
                if listed.until is not None:
                    self._ends.setdefault(scenario.burn_in + listed.until, []).append(row)

    def beginning(self, week: int) -> NDArray[np.int64]:
        """Return the rows (N,) of the practices that may not bill from a week on."""
        return np.array(self._begins.get(week, []), np.int64)

    def ending(self, week: int) -> NDArray[np.int64]:
        """Return the rows (N,) of the practices that may bill again from a week on."""
        return np.array(self._ends.get(week, []), np.int64)
