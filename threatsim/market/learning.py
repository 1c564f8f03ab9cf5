"""What providers learn from the claims of a week: each from its own and its neighbours', or all from everybody's."""

from __future__ import annotations

import numpy as np

from threatsim.market.providers.beliefs import Beliefs
from threatsim.market.providers.table import ProviderTable
from threatsim.market.referrals import Neighbours
from threatsim.market.week import Counts

FalseClaims = tuple[Counts, Counts, Counts]
"""(P,) false claims of each provider in a week, those of them paid, and those recognised (`week.false_claims`)."""


def learn_from_neighbours(belief: Beliefs, false: FalseClaims, table: ProviderTable, neighbours: Neighbours) -> None:
    """Take in what became of the week's false claims: each provider of its own, and by hearsay of its neighbours'.

    Args:
        belief: the providers' beliefs; changed in place.
        false: the week's false claims, after payment.
        table: the providers.
        neighbours: who hears of whom.
    """
    billed, paid, caught = false
    users = np.flatnonzero(billed)
    belief.learn_submitted(users, table.tactic[users], billed[users], paid[users], caught[users], neighbours)


def learn_from_everybody(belief: Beliefs, false: FalseClaims, table: ProviderTable) -> None:
    """Take in what became of everybody's false claims of the week, tactic by tactic."""
    users = np.flatnonzero(false[0])
    tactics = table.allowed.shape[1]
    billed, paid, caught = (
        np.bincount(table.tactic[users], weights=part[users], minlength=tactics).astype(np.float64) for part in false
    )
    belief.learn_public(billed, paid, caught)
