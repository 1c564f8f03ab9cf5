"""What a conduct rule is: it takes in who comes, learns what options brought, and chooses among them."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from threatsim.catalogue.conduct_rules import CONDUCT_RULES
from threatsim.market.providers.options import Floats
from threatsim.scenario.schema import Conduct

Utility = Callable[[NDArray[np.int64]], Floats]
"""Gives (N, T x G, S) USD a week that each tactic, target and share is expected to bring some rows (N,) by their
beliefs; -inf for what they cannot choose. It is reckoned when it is called."""


class Chosen(NamedTuple):
    """The options of some providers, honest billing first (`with_honesty`), and the one that each takes.

    Attributes:
        expected_gain: (N, O) USD a week that each option is thought to bring.
        option: (N,) column of the one chosen.
    """

    expected_gain: Floats
    option: NDArray[np.int64]


class ConductRule(Protocol):
    """Chooses for all providers of a market: in a week for those who decide in it, after they have learnt."""

    def enter(self, rows: NDArray[np.int64], utility: Utility) -> None:
        """Take in the people at some rows (N,): at the start everybody, from row 0 on, later newcomers."""
        ...

    def learn(self, rows: NDArray[np.int64], gained: Callable[[], Floats], weeks: NDArray[np.int64]) -> None:
        """Take in what came of the last choice of some providers.

        Args:
            rows: (N,) of those who are about to choose.
            gained: gives (N,) USD a week that each has gained by it beside honest billing, less its qualms.
            weeks: (N,) since then, or since the first week.
        """
        ...

    def choose(self, rows: NDArray[np.int64], utility: Utility, generator: np.random.Generator) -> Chosen:
        """Choose for some rows (N,); the stream is that of this decision in this week."""
        ...


def rule_of(conduct: Conduct) -> ConductRule:
    """Return the rule by which providers choose in a scenario.

    Raises:
        PluginError: it is a plug-in's, and cannot be imported.
    """
    made: ConductRule = CONDUCT_RULES[conduct.rule].resolve()(conduct)
    return made


def has_beliefs(conduct: Conduct) -> bool:
    """Return whether what a provider believes of payers plays a part in what it chooses."""
    return CONDUCT_RULES[conduct.rule].learns != "payoff"


def learns_in_public(conduct: Conduct) -> bool:
    """Return whether providers learn from how payers treat everybody, and not from their own claims and neighbours."""
    return conduct.public or CONDUCT_RULES[conduct.rule].learns == "public"


def weighs_losses(conduct: Conduct) -> bool:
    """Return whether the rule of a conduct asks for the utility of options that lose, and not only for the best one."""
    return CONDUCT_RULES[conduct.rule].weighs_losses
