"""The two markets that docs/explanation/parameters.md reckons by hand: a case week by week, and an option weighed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.foresight.standing import Standing
from threatsim.market.model import Market
from threatsim.market.providers.utility import ExpectedUtility
from threatsim.scenario.schema import Scenario

PROBED: dict[str, Any] = {
    "probe": {"after_findings": 4, "window": 26, "claims": 5, "tolerated_rate": 0.2, "lag": 2},
    "extrapolate": True,
    "collected": {"offsets": 1, "extrapolated": 0.5, "penalties": 0.25},
    "resolution_lag": 2,
    "suspension": 0.5,
    "damages": 3,
    "per_claim_penalty": 100,
}
ONE_FINDING: dict[str, Any] = {
    "findings_to_accuse": 1,
    "collected": {"offsets": 1, "extrapolated": 0.5, "penalties": 0.5},
    "damages": 3,
    "per_claim_penalty": 100,
    "exclusion": 0.5,
}


def one_practice(law: dict[str, Any], *, lag: int, found: float, weight: float) -> Scenario:
    """A practice all of whose cases are eligible, and a payer that audits every claim without error."""
    readers = {"capacity": 0, "overflow": "deny", "sensitivity": 0.9, "specificity": 0.9, "patch_seen": 0, "cost": 10}
    audit = {"random": 1, "targeted": 0, "outlier_score": 3, "window": 13, "lag": lag, "cost": 30}
    modality = {"finding": "a", "service": "b", "prevalence": 0, "fee_negative": 100, "fee_positive": 300}
    practice = {"modality": "fundoscopy", "count": 1, "weekly_volume": 10, "volume_skew": 0}
    triage = {"operating_point": {"sensitivity": 0.9}, "below": "deny"}
    return Scenario.model_validate(
        {
            "schema_version": 1,
            "name": "by_hand",
            "title": "One practice",
            "question": "What is it worth?",
            "weeks": 9,
            "replicates": 2,
            "seed": 1,
            "modalities": {"fundoscopy": {**modality, "care_cost": 50}},
            "providers": {"eye": {**practice, "coding_error_up": 0, "coding_error_down": 0}},
            "tactics": {"code_only": {"attack": "none", "setup_cost": 100, "cost_per_claim": 2}},
            "conduct": {
                "rule": "best_response",
                "precision": 1,
                "decision_interval": 1,
                "horizon": 2,
                "shares": [0, 0.5],
                "reluctance_median": 20,
                "reluctance_spread": 0,
                "greed_penalty": 1,
                "white_box_share": 0,
                "black_box_share": 0,
                "belief_paid": 1,
                "belief_detected": found,
                "belief_weight": weight,
                "neighbour_weight": 0,
                "care_delivered": 0.2,
            },
            "payers": [
                {
                    "name": "payer",
                    "share": 1,
                    "share_of_allowed": 0.8,
                    "triage": triage,
                    "readers": readers,
                    "audit": {**audit, "sensitivity": 1, "specificity": 1},
                }
            ],
            "law": law,
            "referral_network": {"kind": "edge_list", "links": []},
            "arms": [{"name": "baseline", "title": "Baseline"}],
        }
    )


@pytest.fixture
def approved() -> dict[str, OutcomeTable]:
    """Images that all score above the threshold."""
    scores = np.full(20, 0.9, np.float32)
    table = OutcomeTable(
        modality="fundoscopy",
        labels=(np.arange(20) % 2).astype(np.int8),
        patients=np.arange(20),
        clean=scores,
        attacked={"code_only": scores},
        calibration_scores=np.linspace(0.1, 0.8, 10).astype(np.float32),
        calibration_labels=np.ones(10, np.int8),
    )
    return {"fundoscopy": table}


def test_a_case_week_by_week(approved: dict[str, OutcomeTable]) -> None:
    market = Market(one_practice(PROBED, lag=1, found=0, weight=1e12), approved, seed=1)
    false, count, states = [], [], []
    for _ in range(9):
        market.step()
        docket = market.enforcement.dockets[0]
        false.append(int(market.billing.false_paid[0]))
        count.append(int(docket.findings.count[0]))
        states.append((int(docket.busy[0]), bool(docket.accused[0])))
    totals = market.ledger.totals

    assert false == [3, 7, 7, 5, 6, 5, 5, 7, 3]
    assert count == [0, 3, 10, 17, 0, 6, 0, 5, 12]
    assert states[2:7] == [(4, False), (4, False), (6, True), (6, True), (-1, False)]
    assert totals["suspension"] == totals["release"] == 152_000
    assert (totals["damages"], totals["fines"]) == (143_769, 65_789)
    assert totals["auditing"] == (45 + 5) * 3_000
    net = market.run_counts.net_fraud(market.table.difference, market.care_on_false, market.cost)
    assert net.sum() == -217_158


def test_an_option_weighed(approved: dict[str, OutcomeTable]) -> None:
    scenario = one_practice(ONE_FINDING, lag=0, found=0.1, weight=20)
    market, none = Market(scenario, approved, seed=1), np.zeros(1, np.int64)
    standing = Standing(np.ones(1, np.int64), none, none.astype(np.bool_), none, none, none)
    utility = ExpectedUtility(scenario, market.table, lambda: [standing])
    assert utility(np.zeros(1, np.int64)).item() == pytest.approx(379.1, abs=0.2)
