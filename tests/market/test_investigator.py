"""Audits: who is drawn, what is found, and when it arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.simulation import simulate

if TYPE_CHECKING:
    from tests.market.conftest import Build

Tables = dict[str, OutcomeTable]


def claims_of(build: Build, tables: Tables, changes: dict[str, object]) -> dict[str, np.ndarray]:
    scenario = build(changes, fixed=True, tactics=["code_only"])
    result = simulate(scenario, tables, arm="baseline", replicate=0, seed=2, sample_rate=1)
    return dict(result.sample)


def test_random_audits_draw_their_share_of_paid_claims(build: Build, tables: Tables) -> None:
    claims = claims_of(build, tables, {"payers.*.audit.random": 0.1, "payers.*.audit.targeted": 0})
    paid = np.isin(claims["paid_usd"], [412.25, 800.0])
    assert not claims["audited"][~paid].any()
    error = np.sqrt(0.09 / paid.sum())
    assert claims["audited"][paid].mean() == pytest.approx(0.1, abs=4 * error)


def test_audits_reach_their_sensitivity_and_specificity(build: Build, tables: Tables) -> None:
    changes: dict[str, object] = {
        "payers.*.audit.random": 1,
        "payers.*.audit.targeted": 0,
        "payers.*.audit.sensitivity": 0.7,
        "payers.*.audit.specificity": 0.9,
        "payers.*.audit.lag": 0,
    }
    claims = claims_of(build, tables, changes)
    for truth, share in ((False, 0.7), (True, 0.1)):
        audited = claims["audited"] & (claims["truth"] == truth)
        error = np.sqrt(share * (1 - share) / audited.sum())
        assert claims["found"][audited].mean() == pytest.approx(share, abs=4 * error)
    assert (claims["found"] <= claims["audited"]).all()


def test_an_audit_that_closes_after_the_end_finds_nothing(build: Build, tables: Tables) -> None:
    every = {"payers.*.audit.random": 1, "payers.*.audit.targeted": 0}
    claims = claims_of(build, tables, every | {"payers.*.audit.lag": 9.5})
    assert claims["audited"].any()
    assert claims["found"][claims["week"] < 16].any()
    assert not claims["found"][claims["week"] >= 16].any()  # 16 + 10 weeks is past week 25


def test_targeted_audits_spend_their_budget_on_outliers(build: Build, tables: Tables) -> None:
    """One specialty, a few providers with access to the only tactic: they are the outliers."""
    changes: dict[str, object] = {
        "payers.*.audit.random": 0,
        "payers.*.audit.targeted": 0.02,
        "payers.*.audit.outlier_score": 5,
        "payers.*.readers.capacity": 0,
        "conduct.white_box_share": 0.1,
        "conduct.shares": [0, 0.9],
        "providers.eye.volume_skew": 0,
        "providers.eye.weekly_volume": 200,
        "providers.chest.count": 1,
    }
    scenario = build(changes, fixed=True, tactics=["pgd_white_box"])
    result = simulate(scenario, tables, arm="baseline", replicate=0, seed=2, sample_rate=1)
    claims, cheats = result.sample, ~result.providers["honest"]
    assert 0 < cheats.sum() < 15
    audited = claims["audited"]
    assert cheats[claims["provider"][audited]].all()
    paid = np.isin(claims["paid_usd"], [412.25, 800.0])
    budget = 0.02 * paid.sum()
    assert audited.sum() == pytest.approx(budget, abs=4 * np.sqrt(budget))


def test_an_unspent_budget_is_not_spent_elsewhere(build: Build, tables: Tables) -> None:
    changes: dict[str, object] = {
        "payers.*.audit.random": 0,
        "payers.*.audit.targeted": 0.5,
        "payers.*.audit.outlier_score": 1e9,
    }
    assert not claims_of(build, tables, changes)["audited"].any()


def test_more_audits_change_nothing_before_the_first_lag(build: Build, tables: Tables) -> None:
    more = {"payers.*.audit.random": 0.3, "payers.*.audit.targeted": 0.2}
    few, many = (simulate(build(changes), tables, arm="a", replicate=0, seed=3).weekly for changes in ({}, more))
    for name in few:
        np.testing.assert_array_equal(few[name][:8], many[name][:8], err_msg=name)
    assert (few["findings"][8:] < many["findings"][8:]).sum() > 10
    assert (few["false_claims"] != many["false_claims"]).any()
