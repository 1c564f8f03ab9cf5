"""The whole market against closed forms and scaling laws, within Monte-Carlo error."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.model import Market
from threatsim.market.result import ReplicateResult
from threatsim.market.simulation import simulate
from threatsim.scenario.schema import Scenario

if TYPE_CHECKING:
    from tests.market.conftest import Build

Tables = dict[str, OutcomeTable]
WORTH = {"eye": 375.75, "chest": 767.0}


def run(scenario: Scenario, tables: Tables, replicate: int = 0, seed: int = 1) -> ReplicateResult:
    return simulate(scenario, tables, arm="baseline", replicate=replicate, seed=seed, sample_rate=0)


def certain(tables: Tables) -> Tables:
    """Every attack succeeds."""
    return {
        name: replace(table, attacked=dict.fromkeys(table.attacked, np.ones_like(table.clean)))
        for name, table in tables.items()
    }


def test_closed_form_of_payoff_paid_rate_and_detection(build: Build, tables: Tables) -> None:
    """Fixed conduct, attacks that always succeed, random audits only."""
    audit, sensitivity, lag, weeks = 0.05, 0.8, 6, 26
    changes = {
        "payers.*.audit.random": audit,
        "payers.*.audit.targeted": 0,
        "payers.*.audit.sensitivity": sensitivity,
        "payers.*.audit.lag": lag,
        "providers.*.volume_skew": 0,
        "tactics.pgd_white_box.setup_cost": 260,
    }
    scenario = build(changes, fixed=True, tactics=["pgd_white_box"])
    results = [run(scenario, certain(tables), replicate) for replicate in range(8)]
    eligible = {"eye": 30 * 0.75, "chest": 50 * 0.95}
    providers = {"eye": 60, "chest": 40}
    payoff = 0.0
    for name, count in providers.items():
        care = 0.2 * (150 if name == "eye" else 300)
        kept = WORTH[name] * (1 - audit * sensitivity * (weeks - lag) / weeks)
        payoff += count / 100 * (52 * 0.3 * eligible[name] * (kept - care - 1) - 260 * 52 / weeks)
    means = {name: np.mean([result.outcomes[name] for result in results]) for name in results[0].outcomes}
    assert means["paid_rate"] == 1
    assert means["fraud_providers"] == 1
    assert means["fraud_share"] == pytest.approx(0.3, abs=0.005)
    assert means["detection_rate"] == pytest.approx(audit * sensitivity, abs=0.003)
    assert means["fraud_payoff"] == pytest.approx(payoff, rel=0.01)
    assert math.isnan(results[0].outcomes["weeks_to_detection"])
    assert math.isnan(results[0].outcomes["false_accusations"])  # there is no honest provider


def test_closed_form_of_a_false_code(build: Build, tables: Tables) -> None:
    """A code alone is paid where the classifier errs, or where the reader does."""
    changes = {"payers.*.readers.capacity": 1e6, "payers.*.readers.specificity": 0.8, "weeks": 10}
    scenario = build(changes, fixed=True, tactics=["code_only"])
    market = Market(scenario, tables)
    for _ in range(10):
        market.step()
    expected, weight = 0.0, 0.0
    for modality, volume in ((0, 60 * 30 * 0.75), (1, 40 * 50 * 0.95)):
        start, size = market.pool.start[modality, 0], market.pool.size[modality, 0]
        scores = market.pool.scores[0, market.pool.members[start : start + size]]
        approved = (scores >= market.payers[0].triage_model.thresholds[modality]).mean()
        expected += volume * (approved + (1 - approved) * 0.2)
        weight += volume
    false, paid = market.run_counts.false_claims.sum(), market.run_counts.false_paid.sum()
    assert paid / false == pytest.approx(expected / weight, abs=0.02)


def test_doubling_everything_leaves_the_rates(build: Build, tables: Tables) -> None:
    rates = ["paid_rate", "detection_rate", "honest_denied", "fraud_share"]
    base = {"payers.*.audit.targeted": 0, "payers.*.readers.capacity": 50}
    double = base | {
        "providers.eye.weekly_volume": 60,
        "providers.chest.weekly_volume": 100,
        "payers.*.readers.capacity": 100,
    }
    more = base | {"providers.eye.count": 120, "providers.chest.count": 80, "payers.*.readers.capacity": 100}
    one, two, three = (
        [run(build(changes, fixed=True), tables, replicate).outcomes for replicate in range(8)]
        for changes in (base, double, more)
    )
    for rate in rates:
        columns = [np.array([outcomes[rate] for outcomes in results]) for results in (one, two, three)]
        for other in columns[1:]:
            error = np.sqrt(columns[0].var(ddof=1) / 8 + other.var(ddof=1) / 8)
            assert columns[0].mean() == pytest.approx(other.mean(), abs=4.5 * error), rate


def test_common_streams_make_differences_of_arms_precise(build: Build, tables: Tables) -> None:
    def losses(changes: dict[str, Any], seed: int) -> np.ndarray:
        scenario = build(changes | {"weeks": 13})
        return np.array([run(scenario, tables, replicate, seed).outcomes["payer_loss"] for replicate in range(12)])

    more = {"payers.*.audit.random": 0.03}
    paired = losses(more, 1) - losses({}, 1)
    independent = losses(more, 2) - losses({}, 1)
    assert paired.var() < independent.var() / 3
