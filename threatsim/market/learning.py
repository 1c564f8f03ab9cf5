"""What providers learn from the claims of a week: each from its own and its neighbours', or all from everybody's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from threatsim.market.conduct.rule import learns_in_public
from threatsim.market.money.payment import Billing
from threatsim.market.payers.investigator import Investigator, share_found
from threatsim.market.payers.payer_agent import PayerAgent
from threatsim.market.providers.beliefs import Beliefs
from threatsim.market.providers.table import ProviderTable
from threatsim.market.referrals import Neighbours
from threatsim.market.week import Counts, false_claims
from threatsim.scenario.schema import Conduct

FalseClaims = tuple[Counts, Counts, Counts]
"""(P,) false claims of each provider in a week, those of them paid, and those recognised (`week.false_claims`)."""


def learn_from_week(
    table: ProviderTable,
    conduct: Conduct,
    billing: Billing,
    payers: Sequence[PayerAgent],
    investigators: Sequence[Investigator],
    neighbours: Neighbours,
) -> None:
    """Take in what became of the week's claims, in beliefs that all payers share or in those of each.

    Args:
        table: the providers, whose beliefs are changed in place.
        conduct: says whether providers learn in public.
        billing: the week's claims, after payment.
        payers: with their claims of the week.
        investigators: with the week's audits, as they were drawn.
        neighbours: who hears of whom.
    """
    shared_beliefs = len(table.beliefs) == 1
    if shared_beliefs:
        blocks = [(billing.false, billing.false_paid, billing.false_recognised)]
        auditors = [list(investigators)]
    else:
        blocks = [false_claims(payer.claims_of_week, len(table)) for payer in payers]
        auditors = [[investigator] for investigator in investigators]
    for belief, counts, watching in zip(table.beliefs, blocks, auditors, strict=True):
        belief.fade()
        if not learns_in_public(conduct):
            learn_from_neighbours(belief, counts, table, neighbours)
            continue
        learn_from_everybody(belief, counts, table)
        if (share := share_found(watching)) is not None:
            belief.learn_play(share)


def learn_from_audits(
    table: ProviderTable, conduct: Conduct, audit_findings: Counts, cleared: Counts, neighbours: Neighbours
) -> None:
    """Take in the audits that closed this week; providers that learn in public have done so when they were drawn.

    Args:
        table: the providers, whose beliefs are changed in place.
        conduct: says whether providers learn in public.
        audit_findings: (B, P, T) paid false claims that audits found, by tactic.
        cleared: (B, P, T) those that no audit can find any more.
        neighbours: who hears of whom.
    """
    if learns_in_public(conduct):
        return
    for belief, found, beyond_audit in zip(table.beliefs, audit_findings, cleared, strict=True):
        belief.learn_audited(found, beyond_audit, neighbours)


def learn_from_neighbours(belief: Beliefs, false: FalseClaims, table: ProviderTable, neighbours: Neighbours) -> None:
    """Take in what became of the week's false claims: each provider of its own, and by hearsay of its neighbours'.

    Args:
        belief: the providers' beliefs; changed in place.
        false: the week's false claims, after payment.
        table: the providers.
        neighbours: who hears of whom.
    """
    billed, paid, recognised = false
    users = np.flatnonzero(billed)
    belief.learn_submitted(users, table.tactic[users], billed[users], paid[users], recognised[users], neighbours)


def learn_from_everybody(belief: Beliefs, false: FalseClaims, table: ProviderTable) -> None:
    """Take in what became of everybody's false claims of the week, tactic by tactic."""
    users = np.flatnonzero(false[0])
    tactics = table.allowed.shape[1]
    billed, paid, recognised = (
        np.bincount(table.tactic[users], weights=part[users], minlength=tactics).astype(np.float64) for part in false
    )
    belief.learn_public(billed, paid, recognised)
