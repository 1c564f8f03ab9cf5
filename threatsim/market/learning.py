"""What providers learn from the claims of a week: each from its own and its neighbours', or all from everybody's."""

from __future__ import annotations

import numpy as np

from threatsim.market.providers.beliefs import Beliefs
from threatsim.market.providers.table import ProviderTable
from threatsim.market.referrals import Neighbours
from threatsim.market.week import Claims, false_claims


def learn_from_neighbours(belief: Beliefs, claims: Claims, table: ProviderTable, neighbours: Neighbours) -> None:
    """Take in what became of the week's claims: each provider of its own, and by hearsay of its neighbours'.

    Args:
        belief: the providers' beliefs; changed in place.
        claims: the week's, after payment.
        table: the providers.
        neighbours: who hears of whom.
    """
    billed, paid, caught = false_claims(claims, len(table))
    users = np.flatnonzero(billed)
    belief.learn_submitted(users, table.tactic[users], billed[users], paid[users], caught[users], neighbours)


def learn_from_everybody(belief: Beliefs, claims: Claims, table: ProviderTable) -> None:
    """Take in what became of everybody's claims of the week, tactic by tactic."""
    counts = false_claims(claims, len(table))
    users = np.flatnonzero(counts[0])
    tactics = table.allowed.shape[1]
    billed, paid, caught = (
        np.bincount(table.tactic[users], weights=part[users], minlength=tactics).astype(np.float64) for part in counts
    )
    belief.learn_public(billed, paid, caught)
