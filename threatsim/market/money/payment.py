"""Payment of a week's claims, and what providers learn from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from threatsim.market import week as weekly_claims
from threatsim.market.conventions import HONEST, cents

if TYPE_CHECKING:
    from threatsim.market.case_pool import CasePool
    from threatsim.market.model import Market
    from threatsim.market.week import Claims
    from threatsim.scenario.schema import Conduct

Counts = NDArray[np.int64]


def pay(market: Market) -> None:
    """Pay the claims; providers pay for the care that they deliver and for the attacks that they ran.

    A claim that is not paid with the finding is paid as one without it. Care is delivered on claims paid
    with the finding. Each query for an attack is a claim with the finding that the payer's model turns down: it costs
    the provider what an altered image costs, and shows in its billing.
    """
    table, ledger, tally, week = market.table, market.ledger, market.tally, market.week
    size = len(table)
    totals = weekly_claims.count_claims(market.demand, table, len(market.payers))
    paid_with_finding, queries = np.zeros(size, np.int64), np.zeros(size, np.int64)
    for row, payer in enumerate(market.payers):
        mine = payer.mine
        raised = np.bincount(mine.provider[mine.paid], minlength=size)
        fees = totals[row] * table.fee_negative + raised * table.difference
        ledger.transfer("fees", ledger.payer(row), ledger.providers, fees)
        reading = int(np.count_nonzero(mine.read)) * cents(float(payer.spec.readers.cost))
        ledger.transfer("reading", ledger.payer(row), ledger.reviewers, reading)
        with_finding = np.bincount(mine.provider, minlength=size)
        asked = _queries(market.pool, mine, payer.triage_model.version, size)
        market.investigators[row].watch(week, totals[row] + asked, with_finding + asked)
        queries += asked
        market.enforcement.paid(row, raised)
        paid_with_finding += raised
        tally.with_finding += with_finding
    tally.claims += totals.sum(axis=0)
    tally.weekly["claims"][week] = totals.sum()

    billed, paid, _ = _false(market.claims, size)
    care = (paid_with_finding - paid) * table.care_cost + paid * market.care_on_false
    ledger.transfer("care", ledger.providers, ledger.suppliers, care)
    users = np.flatnonzero(billed)
    tactic = table.tactic[users]
    ledger.transfer("attacks", users, ledger.suppliers, (billed + queries)[users] * market.cost[tactic])
    tally.queries[tactic, users] += queries[users]
    tally.false(week, users, tactic, billed[users], paid[users])


def learns_in_public(conduct: Conduct) -> bool:
    """Whether providers learn from how payers treat everybody, and not from their own claims and neighbours."""
    return conduct.public or conduct.rule == "fictitious_play"


def _false(claims: Claims, size: int) -> tuple[Counts, Counts, Counts]:
    """Return (P,) the false claims of each provider, those of them paid, and those recognised."""
    false = np.flatnonzero(claims.tactic != HONEST)
    billed = np.bincount(claims.provider[false], minlength=size)
    paid = np.bincount(claims.provider[false[claims.paid[false]]], minlength=size)
    caught = np.bincount(claims.provider[false[claims.caught[false]]], minlength=size)
    return billed, paid, caught


def _queries(pool: CasePool, claims: Claims, version: int, size: int) -> Counts:
    """Return (P,) the queries behind a payer's false claims of the week."""
    if not pool.queries:
        return np.zeros(size, np.int64)
    asked = pool.queries[version][claims.tactic, claims.case]
    return np.bincount(claims.provider, weights=asked, minlength=size).astype(np.int64)


def learn(market: Market) -> None:
    """Take what became of the week's claims into the beliefs, of all payers alike or of each apart."""
    table, beliefs = market.table, market.table.beliefs
    size = len(table)
    alike = len(beliefs) == 1
    for row, belief in enumerate(beliefs):
        mine = market.claims if alike else market.payers[row].mine
        billed, paid, caught = _false(mine, size)
        users = np.flatnonzero(billed)
        tactic = table.tactic[users]
        if learns_in_public(market.spec.conduct):
            width = len(market.spec.tactics)
            billed_by, paid_by, caught_by = (
                np.bincount(tactic, weights=part[users], minlength=width).astype(np.float64)
                for part in (billed, paid, caught)
            )
            belief.learn_public(billed_by, paid_by, caught_by)
            would_find = open_claims = 0.0
            for investigator in market.investigators if alike else [market.investigators[row]]:
                claims = investigator.payer.mine
                would_find += int(np.count_nonzero(claims.audited)) * float(investigator.spec.sensitivity)
                open_claims += int(np.count_nonzero(~claims.caught))
            if open_claims:
                belief.learn_play(would_find / open_claims)
        else:
            belief.learn_submitted(users, tactic, billed[users], paid[users], caught[users], market.neighbours)
