"""What a week's claims cost beside the fees: readings, checks, care, attacks; by counts of claims and of providers.

A claim that is not paid with the finding is paid as one without it. Care is delivered on claims paid with the finding.
Each query for an attack is a claim with the finding that the payer's model turns down: it costs the provider what an
altered image costs, and shows in its billing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from threatsim.market.case_pool import CasePool
from threatsim.market.conventions import WEEKS_PER_YEAR, Cents, cents
from threatsim.market.providers.table import ProviderTable
from threatsim.market.week import Claims, Counts, Demand, count_claims, false_claims
from threatsim.scenario.schema import Readers
from threatsim.scenario.sections.picture_controls import Price


@dataclass(frozen=True)
class Billing:
    """A week's claims, counted.

    Attributes:
        claims: (payers, P) claims of every kind that each provider sends to each payer.
        with_finding: (payers, P) those billed with the finding.
        paid: (payers, P) those of them paid with it.
        paid_unsupported: (payers, P) those of the latter that truly lack it.
        queries: (payers, P) queries behind the false ones, each a claim of its own.
        false, false_paid, false_caught: (P,) false claims, those of them paid with the finding, and those recognised.
        users: (n,) rows of the providers with a false claim.
        queries_by_user: (n,) their queries, of all payers.
    """

    claims: Counts
    with_finding: Counts
    paid: Counts
    paid_unsupported: Counts
    queries: Counts
    false: Counts
    false_paid: Counts
    false_recognised: Counts
    users: Counts
    queries_by_user: Counts

    @property
    def images(self) -> Counts:
        """(N,) images that the users have altered, for false claims and for queries."""
        altered: Counts = self.false[self.users] + self.queries_by_user
        return altered


def count_billing(
    demand: Demand,
    claims: Claims,
    blocks: Sequence[Claims],
    hardened: Sequence[bool],
    table: ProviderTable,
    pool: CasePool,
) -> Billing:
    """Count a week's claims once it is settled which are paid.

    Args:
        demand: the week's cases.
        claims, blocks: the claims with the finding, of all payers and of each.
        hardened: whether each payer's classifier is the hardened one.
        table, pool: the providers and the cases.
    """
    size = len(table)
    billed, paid, unsupported, queries = np.zeros((4, len(blocks), size), np.int64)
    for row, (claims_of_payer, is_hardened) in enumerate(zip(blocks, hardened, strict=True)):
        billed[row] = np.bincount(claims_of_payer.provider, minlength=size)
        paid[row] = np.bincount(claims_of_payer.provider[claims_of_payer.paid], minlength=size)
        without = np.flatnonzero(claims_of_payer.paid & ~claims_of_payer.truth)
        unsupported[row] = np.bincount(claims_of_payer.provider[without], minlength=size)
        if pool.queries:
            queries_of_claim = pool.queries_for(claims_of_payer.case, claims_of_payer.tactic, is_hardened)
            queries[row] = np.bincount(claims_of_payer.provider, weights=queries_of_claim, minlength=size)
    false, false_paid, false_recognised = false_claims(claims, size)
    users = np.flatnonzero(false)
    return Billing(
        claims=count_claims(demand, table, len(blocks)),
        with_finding=billed,
        paid=paid,
        paid_unsupported=unsupported,
        queries=queries,
        false=false,
        false_paid=false_paid,
        false_recognised=false_recognised,
        users=users,
        queries_by_user=queries[:, users].sum(axis=0),
    )


def readings(claims: Claims, readers: Readers) -> int:
    """Return what a payer's readers cost for the claims that they have read (cents)."""
    return int(np.count_nonzero(claims.read)) * cents(float(readers.cost))


def checks(prices: Sequence[Price], claims: int, devices: float, week: int) -> int:
    """Return what the checks of images cost a payer in a week (cents).

    Args:
        prices: of each check that it makes.
        claims: claims with the finding that it has received.
        devices: devices of which it bears the yearly price; a part of one is made up over the weeks.
        week: number of the week, from 0.
    """
    total = 0
    for price in prices:
        a_week = devices * cents(float(price.per_device)) / WEEKS_PER_YEAR
        total += claims * cents(float(price.per_claim)) + math.floor(a_week * (week + 1)) - math.floor(a_week * week)
    return total


def care(billing: Billing, table: ProviderTable, on_false: Cents) -> Cents:
    """Return (P,) what the care delivered costs; `on_false` (P,) is what a false claim that is paid costs in care."""
    true_paid = billing.paid.sum(axis=0) - billing.false_paid
    delivered: Cents = true_paid * table.care_cost + billing.false_paid * on_false
    return delivered


def attacks(images: Counts, tactic: NDArray[np.int8], cost: Cents) -> Cents:
    """Return (n,) what altering so many `images` (n,) by a `tactic` (n,) costs; `cost` (T,) is that of one image."""
    spent: Cents = images * cost[tactic]
    return spent
