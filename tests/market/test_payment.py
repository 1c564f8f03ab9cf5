"""Fees, readings, care and attacks: what is booked for a week is what its claims come to one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.case_pool import submitted
from threatsim.market.conventions import HONEST
from threatsim.market.model import Market

if TYPE_CHECKING:
    from tests.market.conftest import Build

Tables = dict[str, OutcomeTable]
SQUARE: dict[str, Any] = {
    "attack": "square",
    "access": "queries",
    "epsilon": 0.02,
    "queries": 100,
    "setup_cost": 0,
    "cost_per_claim": 0.5,
}


def test_a_week_is_paid_claim_by_claim(build: Build, tables: Tables) -> None:
    scenario = build({"tactics.pgd_white_box": SQUARE}, fixed=True, tactics=["pgd_white_box"])
    with_queries = {
        name: replace(table, queries={"pgd_white_box": np.arange(table.labels.size) % 7})
        for name, table in tables.items()
    }
    market = Market(scenario, with_queries)
    for name in market.week_steps[: market.week_steps.index("pay")]:
        getattr(market, name)()
    before = market.ledger.balance.copy()
    market.pay()

    table, claims, expected = market.table, market.claims, np.zeros_like(before)
    totals = dict.fromkeys(("fees", "reading", "care", "attacks"), 0)

    def move(purpose: str, source: int, target: int, amount: int) -> None:
        expected[source] -= amount
        expected[target] += amount
        totals[purpose] += amount

    ledger, size = market.ledger, len(table)
    for provider, payer in zip(market.demand.provider, market.demand.payer, strict=True):
        move("fees", ledger.payer(int(payer)), int(provider), int(table.fee_negative[provider]))
    edges = np.cumsum([0, *(payer.claims_of_week.row.size for payer in market.payers)])
    for row in range(claims.row.size):
        payer = int(np.searchsorted(edges, row, side="right")) - 1
        provider, tactic = int(claims.provider[row]), int(claims.tactic[row])
        if claims.read[row]:
            move("reading", ledger.payer(payer), ledger.reviewers, 2000)
        if claims.paid[row]:
            move("fees", ledger.payer(payer), provider, int(table.difference[provider]))
            cost = table.care_cost if tactic == HONEST else market.care_on_false
            move("care", provider, ledger.suppliers, int(cost[provider]))
        if tactic != HONEST:
            modality = int(table.modality[provider])
            case = int(claims.case[row] - market.pool.first[modality])
            move("attacks", provider, ledger.suppliers, 50 * (1 + case % 7))
    np.testing.assert_array_equal(ledger.balance - before, expected)
    assert {purpose: ledger.totals[purpose] for purpose in totals} == totals
    assert min(totals.values()) > 0
    assert expected[:size].any()


def test_an_honest_claim_sends_the_untouched_image_in_every_table() -> None:
    scores = np.array([[0.1, 0.2, 0.3], [1.1, 1.2, 1.3], [2.1, 2.2, 2.3]], np.float32)
    queries = np.array([[0, 0, 0], [10, 20, 30], [40, 50, 60]])
    case, tactic = np.array([2, 0, 1, 1]), np.array([HONEST, 0, 1, HONEST], np.int8)
    assert submitted(scores, case, tactic).tolist() == scores[[0, 1, 2, 0], [2, 0, 1, 1]].tolist()
    assert submitted(queries, case, tactic).tolist() == [0, 10, 50, 0]


class WithoutAudits(Market):
    week_steps = tuple(name for name in Market.week_steps if name != "audit")


def test_the_steps_of_a_week_are_what_happens_in_it(build: Build, tables: Tables) -> None:
    """A market without the step in which audits are drawn has none, and all else goes on."""
    usual, without = (kind(build(), tables) for kind in (Market, WithoutAudits))
    for market in (usual, without):
        for _ in range(12):
            market.step()
        assert market.week == 12
    assert usual.ledger.totals["auditing"] > 0
    assert without.ledger.totals["auditing"] == 0
    assert without.run_counts.weekly["claims"].sum() > 0


def test_every_step_is_told_in_a_sentence() -> None:
    assert len(set(Market.week_steps)) == len(Market.week_steps)
    for name in Market.week_steps:
        sentence = (getattr(Market, name).__doc__ or "").split("\n\n")[0].strip()
        head, _, rest = sentence.partition(": ")
        assert head.isalpha()
        assert head[0].isupper()
        assert rest.endswith(".")
