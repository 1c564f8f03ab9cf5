"""Attacks that ask the payer: each query is a claim, which costs and leaves a trace."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.market.standings import utility_of
from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.model import Market

if TYPE_CHECKING:
    from tests.market.conftest import Build

Tables = dict[str, OutcomeTable]
SQUARE: dict[str, Any] = {
    "tactics.pgd_white_box": {
        "attack": "square",
        "access": "queries",
        "epsilon": 0.02,
        "queries": 100,
        "setup_cost": 0,
        "cost_per_claim": 0.5,
    }
}


def with_queries(tables: Tables, count: int) -> Tables:
    return {
        name: replace(table, queries={"pgd_white_box": np.full(table.labels.size, count, np.int64)})
        for name, table in tables.items()
    }


def run(build: Build, tables: Tables, count: int) -> Market:
    market = Market(build(SQUARE, fixed=True, tactics=["pgd_white_box"]), with_queries(tables, count))
    for _ in range(8):
        market.step()
    return market


def test_every_query_is_paid_for(build: Build, tables: Tables) -> None:
    none, many = run(build, tables, 0), run(build, tables, 40)
    false = many.run_counts.false_claims.sum()
    assert many.run_counts.queries.sum() == 40 * false
    assert none.run_counts.false_claims.sum() == false
    extra = many.ledger.totals["attacks"] - none.ledger.totals["attacks"]
    assert extra == 40 * 50 * false
    assert many.ledger.balance.sum() == 0


def test_queries_show_in_what_a_provider_bills(build: Build, tables: Tables) -> None:
    none, many = run(build, tables, 0), run(build, tables, 40)
    queries = np.zeros(100, np.int64)
    for one, other in zip(none.investigators, many.investigators, strict=True):
        claims, with_finding = other._billing - one._billing
        np.testing.assert_array_equal(claims, with_finding)
        queries += claims
    np.testing.assert_array_equal(queries, many.run_counts.queries.sum(axis=0))
    assert queries.sum() > 0


def test_providers_reckon_with_the_queries(build: Build, tables: Tables) -> None:
    scenario = build(SQUARE | {"law.exclusion": False, "law.findings_to_accuse": 1000})
    few, many = (Market(scenario, with_queries(tables, count)) for count in (0, 40))
    made = [utility_of(scenario, market.table)[:, 2] for market in (few, many)]
    eligible = few.table.volume * (1 - few.table.prevalence.astype(float))
    for column, share in enumerate((0.1, 0.3)):
        assert made[0][:, column] - made[1][:, column] == pytest.approx(eligible * share * 0.5 * 40, rel=1e-9)
