"""What a conduct rule is: it chooses among options, learns what they brought, and forgets who has left."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from threatsim.catalogue.conduct_rules import CONDUCT_RULES
from threatsim.market.providers.utility import Floats
from threatsim.scenario.schema import Conduct

Utility = Callable[[], Floats]
"""Gives (P, T x G, S) USD a week that each tactic, target and share is expected to bring by a provider's beliefs; -inf
for what it cannot choose. It is reckoned when it is called."""


class Chosen(NamedTuple):
    """The options of each provider, honest billing first (`with_honesty`), and the one that it takes.

    Attributes:
        expected_gain: (P, O) USD a week that each option is thought to bring.
        option: (P,) column of the one chosen.
    """

    expected_gain: Floats
    option: NDArray[np.int64]


class ConductRule(Protocol):
    """Every `decision_interval` weeks it learns and then chooses, for all P providers of a market at once."""

    def learn(self, gained: Callable[[], Floats], weeks: int) -> None:
        """Take in what came of the last choice.

        Args:
            gained: gives (P,) USD a week that each provider has gained by it beside honest billing, less its qualms.
            weeks: since then; 0 before the first choice.
        """
        ...

    def choose(self, utility: Utility, generator: np.random.Generator) -> Chosen:
        """Choose; the stream is that of this decision in this week."""
        ...

    def forget(self, rows: NDArray[np.int64], utility: Utility) -> None:
        """Give some rows (N,) to newcomers."""
        ...


def rule_of(conduct: Conduct) -> ConductRule:
    """Return the rule by which providers choose in a scenario.

    Raises:
        PluginError: it is a plug-in's, and cannot be imported.
    """
    made: ConductRule = CONDUCT_RULES[conduct.rule].resolve()(conduct)
    return made


def has_beliefs(conduct: Conduct) -> bool:
    """Whether what a provider believes of payers plays a part in what it chooses."""
    return CONDUCT_RULES[conduct.rule].learns != "payoff"


def learns_in_public(conduct: Conduct) -> bool:
    """Whether providers learn from how payers treat everybody, and not from their own claims and neighbours."""
    return conduct.public or CONDUCT_RULES[conduct.rule].learns == "public"
