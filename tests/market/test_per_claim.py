"""The market's columns against the same rules written a second time, with one Mesa agent a claim."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.market.conftest import SUBSTITUTION
from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.measures.replicate_result import replicate_result
from threatsim.market.model import Market

if TYPE_CHECKING:
    from tests.market.conftest import Build

Tables = dict[str, OutcomeTable]


@pytest.fixture(scope="module")
def per_claim_market() -> Any:
    sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
    try:
        from per_claim import PerClaimMarket
    finally:
        sys.path.pop(0)
    return PerClaimMarket


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"payers.*.integrity": {"hash_at_capture": True, "false_alarm": 0.1}, "payers.*.triage.below": "deny"},
        {
            "tactics.pgd_white_box": SUBSTITUTION,
            "payers.*.integrity": {
                "duplicate_search": {"false_alarm": 0.05, "on_hit": "pend", "recognised": 0.5},
                "same_patient": {"false_alarm": 0.1, "known": 0.5},
                "detector": {"kind": "gaussian", "false_alarm": 0.1, "on_hit": "mark"},
            },
            "payers.*.audit.flagged": 0.05,
            "payers.*.audit.budget": 4,
        },
        {
            "payers.*.integrity": {"hash_at_capture": True, "false_alarm": 0.05},
            "payers.*.adaptation": {
                "match_images": {
                    "after_findings": 2,
                    "duplicate_search": {"false_alarm": 0.01},
                    "same_patient": {"false_alarm": 0.05, "on_hit": "deny"},
                },
                "detect": {"after_findings": 10, "detector": {"kind": "gaussian", "false_alarm": 0.05}},
            },
        },
        {"conduct.choose_payer": True, "payers.*.readers.capacity": 10, "payers.*.readers.overflow": "deny"},
        {
            "payers.*.readers.second_look": 0.2,
            "payers.*.readers.capacity": 15,
            "payers.*.readers.overflow": "deny",
        },
    ],
)
def test_every_claim_fares_alike_in_both_writings(
    build: Build, tables_with_controls: Tables, per_claim_market: Any, changes: dict[str, Any]
) -> None:
    small = {"providers.eye.count": 12, "providers.chest.count": 8, "weeks": 12, "law.findings_to_accuse": 2}
    scenario = build(small | changes)
    results = []
    for kind in (Market, per_claim_market):
        market = kind(scenario, tables_with_controls, sample_rate=1)
        for _ in range(12):
            market.step()
        results.append(replicate_result(market))
    columns, agents = results
    np.testing.assert_equal(dict(agents.outcomes), dict(columns.outcomes))
    assert agents.accounts == columns.accounts
    for name, column in columns.sample.items():
        np.testing.assert_array_equal(agents.sample[name], column, err_msg=name)
    assert columns.weekly["false_claims"].sum() > 0
