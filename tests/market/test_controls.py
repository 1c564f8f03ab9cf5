"""Audit budgets, audits along the network, tips, appeals, extrapolation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import stats

from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.foresight.lower_limit import lower_limit
from threatsim.market.model import Market

if TYPE_CHECKING:
    from tests.market.conftest import Build

Tables = dict[str, OutcomeTable]


def market_of(build: Build, tables: Tables, changes: dict[str, Any], weeks: int, *, fixed: bool = True) -> Market:
    tactics = ["code_only"] if fixed else []
    market = Market(build({"weeks": 52} | changes, fixed=fixed, tactics=tactics), tables, sample_rate=1)
    for _ in range(weeks):
        market.step()
    return market


def test_a_budget_is_kept_and_random_audits_are_dropped_first(build: Build, tables: Tables) -> None:
    audits = {"payers.*.audit.random": 0.1, "payers.*.audit.targeted": 0.1, "payers.*.audit.outlier_score": 0.5}
    free, capped = (market_of(build, tables, audits | more, 10) for more in ({}, {"payers.*.audit.budget": 7.5}))
    claims = capped.sample.columns()
    for name in ("public", "private"):
        drawn = [
            np.count_nonzero(claims["audited"] & (claims["payer"] == name) & (claims["week"] == week))
            for week in range(10)
        ]
        assert set(drawn) == {7, 8}
    everything = free.sample.columns()
    assert everything["audited"].sum() > 10 * claims["audited"].sum()
    # Whoever is audited within the budget is a target: there are more of those than the budget reaches.
    rate = np.zeros(len(capped.table))
    seen = claims["week"] < 9
    np.add.at(rate, claims["provider"][seen], claims["billed"][seen])
    late = claims["audited"] & (claims["week"] == 9)
    targets = np.zeros(len(capped.table), bool)
    for investigator in capped.investigators:
        targets |= investigator.targets()
    assert targets[claims["provider"][late]].mean() > 0.9


def test_network_audits_fall_on_neighbours_of_the_accused(build: Build, tables: Tables) -> None:
    changes = {"payers.*.audit.random": 0, "payers.*.audit.targeted": 0, "payers.*.audit.network": 0.2}
    market = market_of(build, tables, changes, 5)
    assert not market.sample.columns()["audited"].any()  # nobody was accused, so there is nobody to follow up
    market.table.last_accused[17] = 5
    for _ in range(3):
        market.step()
    claims = market.sample.columns()
    audited = set(claims["provider"][claims["audited"]].tolist())
    assert audited
    assert audited <= set(market.network[17])


def test_accusations_are_forgotten_after_the_window(build: Build, tables: Tables) -> None:
    changes = {"payers.*.audit.random": 0, "payers.*.audit.targeted": 0, "payers.*.audit.network": 0.2}
    market = market_of(build, tables, changes | {"payers.*.audit.window": 4}, 20)
    market.table.last_accused[17] = 15
    assert not market.investigators[0].linked().any()
    market.table.last_accused[17] = 16
    assert np.flatnonzero(market.investigators[0].linked()).tolist() == sorted(market.network[17])


def test_after_a_tip_as_many_claims_are_audited_as_a_probe_has(build: Build, tables: Tables) -> None:
    tips = {"law.tips": {"fraud": 0, "honest": 0, "probe": 30}}
    none = {"payers.*.audit.random": 0, "payers.*.audit.targeted": 0}
    market = market_of(build, tables, none | tips, 3)
    assert not market.sample.columns()["audited"].any()
    for investigator in market.investigators:
        investigator.tip(np.array([4, 71]))
    for _ in range(30):
        market.step()
    claims = market.sample.columns()
    for name in ("public", "private"):
        drawn = np.bincount(claims["provider"][claims["audited"] & (claims["payer"] == name)], minlength=100)
        assert drawn[[4, 71]].tolist() == [30, 30]
        assert drawn.sum() == 60
    first = claims["week"][claims["audited"]].min()
    assert first == 3


def test_tips_come_at_their_rate_and_to_those_who_cheat(build: Build, tables: Tables) -> None:
    market = market_of(build, tables, {"law.tips": {"fraud": 2, "honest": 0.1, "probe": 1}}, 0)
    heard = np.zeros(100)
    for investigator in market.investigators[:1]:
        investigator.tip = lambda rows: np.add.at(heard, rows, 1)  # type: ignore[method-assign, misc]
    market.table.tactic[:50] = 0
    market.table.tactic[50:] = -1
    for week in range(520):
        market.week = week
        market.tell()
    for rows, rate in ((slice(0, 50), 2.0), (slice(50, 100), 0.1)):
        expected = 500 * 52 / 52 * 52 * (1 - np.exp(-rate / 52))
        assert heard[rows].sum() == pytest.approx(expected, abs=4 * np.sqrt(expected))


def test_appeals_spare_the_supported_and_cost_those_who_file(build: Build, tables: Tables) -> None:
    changes: dict[str, Any] = {
        "payers.*.audit.random": 1,
        "payers.*.audit.targeted": 0,
        "payers.*.audit.specificity": 0.5,
        "payers.*.audit.sensitivity": 1,
        "payers.*.audit.lag": 0,
    }
    appeals = {"filed": 0.5, "overturned_supported": 0.8, "overturned_unsupported": 0.1, "cost": 10}
    without = market_of(build, tables, changes, 12).sample.columns()
    market = market_of(build, tables, changes | {"law.appeals": appeals}, 12)
    claims = market.sample.columns()
    for truth, overturned in ((True, 0.8), (False, 0.1)):
        kind = (claims["truth"] == truth) & claims["audited"] & without["found"]
        n = kind.sum()
        error = np.sqrt(0.5 * overturned / n)
        assert claims["found"][kind].mean() == pytest.approx(1 - 0.5 * overturned, abs=4 * error)
    filed = market.ledger.totals["appeals"] / 1000
    found = without["found"].sum()
    assert filed == pytest.approx(found / 2, abs=4 * np.sqrt(found / 4))
    assert not (claims["found"] & ~without["found"]).any()


def test_the_lower_limit_is_wilsons() -> None:
    for found, audited in ((0, 10), (3, 10), (10, 10), (40, 400)):
        interval = stats.binomtest(found, audited).proportion_ci(0.8, method="wilson")  # one-sided 90 %
        limit = lower_limit(np.array([found]), np.array([audited]))[0]
        assert limit == pytest.approx(interval.low, abs=1e-12)
    assert lower_limit(np.array([0]), np.array([0]))[0] == 0


def test_extrapolation_takes_back_more_than_audits_and_no_more_than_was_paid(build: Build, tables: Tables) -> None:
    changes: dict[str, Any] = {
        "law.findings_to_accuse": None,
        "law.probe": {"after_findings": 5, "window": 52, "claims": 30, "tolerated_rate": 0.1, "lag": 1},
        "law.damages": 1,
        "law.per_claim_penalty": 0,
        "payers.*.audit.random": 0.1,
        "payers.*.audit.lag": 2,
    }
    plain, extrapolated = (market_of(build, tables, changes | {"law.extrapolate": flag}, 20) for flag in (False, True))
    assert extrapolated.ledger.totals["recoupment"] > 1.1 * plain.ledger.totals["recoupment"]
    claims = extrapolated.sample.columns()
    table, provider = extrapolated.table, claims["provider"]
    beyond = np.rint(claims["paid_usd"] * 100) - table.fee_negative[provider]
    recouped = extrapolated.run_counts.recouped.sum(axis=0)
    assert (recouped <= np.bincount(provider, weights=beyond, minlength=len(table))).all()
    assert recouped.sum() == extrapolated.ledger.totals["recoupment"]
    assert extrapolated.ledger.balance.sum() == 0


def test_a_tip_is_kept_until_the_budget_reaches_it(build: Build, tables: Tables) -> None:
    tips = {"law.tips": {"fraud": 0, "honest": 0, "probe": 12}, "payers.*.audit.budget": 2}
    none = {"payers.*.audit.random": 0, "payers.*.audit.targeted": 0}
    market = market_of(build, tables, none | tips, 1)
    market.investigators[0].tip(np.array([71]))
    for _ in range(9):
        market.step()
    claims = market.sample.columns()
    drawn = np.bincount(claims["week"][claims["audited"]], minlength=10)
    assert drawn.sum() == 12
    assert drawn.max() == 2


def test_a_newcomer_is_not_probed_for_its_predecessor(build: Build, tables: Tables) -> None:
    tips = {"law.tips": {"fraud": 0, "honest": 0, "probe": 30}, "providers.*.vacancy": 0}
    none = {"payers.*.audit.random": 0, "payers.*.audit.targeted": 0}
    market = market_of(build, tables, none | tips, 3)
    for investigator in market.investigators:
        investigator.tip(np.array([4]))
    market.enforcement.dockets[0].barred[4] = True
    market.table.barred[:, 4], market.table.excluded[4], market.table.excluded_week[4] = True, True, 2
    for _ in range(4):
        market.step()
    assert market.table.entered_week[4] == 3
    assert not market.sample.columns()["audited"].any()
    assert market.investigators[0]._billing[0, 4] > 0
