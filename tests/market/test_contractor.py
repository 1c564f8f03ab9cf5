"""Readers who work for a firm that is paid by what they save, and denials that fall on appeal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.model import Market
from threatsim.market.payers.contractor import contingency_fees, gains_by_denying
from threatsim.market.result import ReplicateResult
from threatsim.market.simulation import simulate
from threatsim.scenario.schema import Contractor, Readers, Scenario

if TYPE_CHECKING:
    from tests.market.conftest import Build

Tables = dict[str, OutcomeTable]
ALL_READ = {"weeks": 4, "payers.*.readers.capacity": 1_000_000, "payers.*.readers.second_look": 0.3}
"""Every claim that the machine does not approve is read, and three in ten of the others."""


def appeals(filed: float, supported: float, unsupported: float, cost: float = 10) -> dict[str, float]:
    return {
        "filed": filed,
        "overturned_supported": supported,
        "overturned_unsupported": unsupported,
        "cost": cost,
    }


def run(scenario: Scenario, tables: Tables) -> ReplicateResult:
    return simulate(scenario, tables, arm="baseline", replicate=0, seed=3, sample_rate=1.0)


EYE = 60
"""Rows before this one are ophthalmologists, the others read chest films."""


def paid(claims: dict[str, Any]) -> np.ndarray:
    """Which claims were paid with the finding."""
    return claims["paid_usd"] == np.where(claims["provider"] < EYE, 412.25, 800)


def denied_by_readers(claims: dict[str, Any]) -> np.ndarray:
    return claims["read"] & ~paid(claims)


def test_the_firm_is_paid_to_the_cent_and_money_is_conserved(build: Build, tables: Tables) -> None:
    """Without appeals: its account is its share of what the denied claims would have cost, less the readings."""
    terms = {"share": 0.137, "clawback": 0}
    changes = ALL_READ | {"payers.*.readers.contractor": terms, "payers.*.share_of_allowed": 0.8}
    result = run(build(changes, fixed=True), tables)
    claims = dict(result.sample)
    eye = claims["provider"][denied_by_readers(claims)] < EYE
    saved = {True: 0.8 * 41225 - 0.8 * 3650, False: 0.8 * 80000 - 0.8 * 3300}
    fees = sum(round(0.137 * cents) * int((eye == kind).sum()) for kind, cents in saved.items())
    assert fees > 0
    assert round(result.accounts["contractors"] * 100) == fees - 2000 * int(claims["read"].sum())
    assert sum(round(usd * 100) for usd in result.accounts.values()) == 0


def test_what_is_paid_for_a_denial_that_falls_goes_back(build: Build, tables: Tables) -> None:
    """All denials are appealed and fall: the firm has its readings to pay, and nothing for them."""
    changes = ALL_READ | {
        "payers.*.readers.patch_seen": 0,
        "payers.*.readers.appeals": appeals(1, 1, 1, cost=0),
        "payers.*.readers.contractor": {"share": 0.2},
    }
    result = run(build(changes, fixed=True, tactics=["code_only"]), tables)
    claims = dict(result.sample)
    assert not denied_by_readers(claims).any()
    assert round(result.accounts["contractors"] * 100) == -2000 * int(claims["read"].sum())


def test_a_firm_without_discretion_decides_as_a_salaried_reader_does(build: Build, tables: Tables) -> None:
    salaried = build(ALL_READ | {"payers.*.readers.appeals": appeals(0.5, 0.8, 0.1)})
    paid_by_savings = build(
        ALL_READ | {"payers.*.readers.appeals": appeals(0.5, 0.8, 0.1), "payers.*.readers.contractor": {"share": 0.15}}
    )
    first, second = run(salaried, tables), run(paid_by_savings, tables)
    for name, column in first.sample.items():
        np.testing.assert_array_equal(column, second.sample[name], err_msg=name)
    assert "contractors" not in first.accounts
    for account in ("providers", "patients", "suppliers", "treasury", "reviewers"):
        assert first.accounts[account] == second.accounts[account]
    moved = second.accounts["payers"] + second.accounts["contractors"]
    assert moved == pytest.approx(first.accounts["payers"], abs=0.005)


def test_the_cost_of_control_is_what_the_payer_pays_the_firm(build: Build, tables: Tables) -> None:
    changes = ALL_READ | {
        "weeks": 13,
        "payers.*.audit.cost": 0,
        "payers.*.readers.cost": 0,
        "payers.*.readers.appeals": appeals(0.5, 0.8, 0.1),
        "payers.*.readers.contractor": {"share": 0.15},
    }
    result = run(build(changes, fixed=True), tables)
    assert result.outcomes["control_cost"] / 4 == pytest.approx(result.accounts["contractors"], abs=0.005)
    of_payers = sum(figures["control_cost"] for figures in result.payers.values())
    assert of_payers / 4 == pytest.approx(result.accounts["contractors"], abs=0.005)


@pytest.mark.parametrize(("clawback", "denies"), [(0, True), (1, True), (2.4, True), (2.5, False), (4, False)])
def test_discretion_is_used_where_a_denial_leaves_something(
    build: Build, tables: Tables, clawback: float, denies: bool
) -> None:
    """Half of the denials are appealed and four in five of those fall: at 1 / 0.4 nothing is left of the fee."""
    terms = {"share": 0.15, "clawback": clawback, "discretion": 0.25}
    heard = ALL_READ | {"payers.*.readers.appeals": appeals(0.5, 0.8, 0.1)}
    strict = build(heard | {"payers.*.readers.contractor": terms}, fixed=True)
    assert gains_by_denying(strict.payers[0].readers) == denies
    fair = run(build(heard, fixed=True), tables)
    found = run(strict, tables)
    more = found.outcomes["denied_value"] - fair.outcomes["denied_value"]
    assert (more > 0) == denies
    if not denies:
        assert more == 0


def test_appeals_pay_the_share_of_denials_that_they_say(build: Build, tables: Tables) -> None:
    """Of supported claims that readers deny, a share filed x overturned is paid after all, of the others none."""
    changes = ALL_READ | {"weeks": 26, "payers.*.readers.sensitivity": 0.5, "payers.*.readers.patch_seen": 0}
    final = dict(run(build(changes, fixed=True, tactics=["code_only"]), tables).sample)
    heard = build(changes | {"payers.*.readers.appeals": appeals(0.6, 0.5, 0)}, fixed=True, tactics=["code_only"])
    appealed = dict(run(heard, tables).sample)
    true = final["truth"]
    denied = denied_by_readers(final)
    after_all = denied & paid(appealed)
    share, count = after_all[true].sum() / denied[true].sum(), denied[true].sum()
    assert abs(share - 0.3) < 4 * np.sqrt(0.3 * 0.7 / count)
    assert not after_all[~true].any()
    assert not (paid(final) & ~paid(appealed)).any()


def test_fees_are_rounded_denial_by_denial() -> None:
    terms = Contractor.model_validate({"share": 0.15, "clawback": 2})
    averted = np.array([37575, 37575, 10], np.int64)  # 5,636.25 and 1.5 cents
    assert contingency_fees(terms, averted, np.array([False, True, True])) == (5636 + 5636 + 2, 2 * 5636 + 2 * 2)


def test_a_salaried_reader_gains_by_no_denial(build: Build) -> None:
    readers: Readers = build().payers[0].readers
    assert not gains_by_denying(readers)


def test_the_appeal_of_a_denial_costs_the_provider(build: Build, tables: Tables) -> None:
    free = build(ALL_READ | {"payers.*.readers.appeals": appeals(1, 0, 0, cost=0)}, fixed=True, tactics=["code_only"])
    dear = build(
        ALL_READ | {"payers.*.readers.appeals": appeals(1, 0, 0, cost=12.5)}, fixed=True, tactics=["code_only"]
    )
    first, second = run(free, tables), run(dear, tables)
    filed = int(denied_by_readers(dict(first.sample)).sum())
    lost = first.accounts["providers"] - second.accounts["providers"]
    assert round(lost * 100) == 1250 * filed


def test_the_books_of_a_market_with_firms_sum_to_zero_every_week(build: Build, tables: Tables) -> None:
    terms = {"share": 0.15, "discretion": 0.1}
    market = Market(
        build(ALL_READ | {"payers.1.readers.appeals": appeals(0.3, 0.8, 0.2), "payers.1.readers.contractor": terms}),
        tables,
        seed=5,
    )
    for _ in range(4):
        market.step()
        assert int(market.ledger.balance.sum()) == 0
        assert market.ledger.balance[market.ledger.contractor(0)] == 0
    assert market.ledger.balance[market.ledger.contractor(1)] != 0
    returned = market.ledger.returned[1]
    assert 0 < returned == market.ledger.totals["clawback"] < market.ledger.totals["contingency fees"]
