"""What reading approvals brings and costs at fixed conduct: the closed form of docs/explanation/approve-alone.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.result import ReplicateResult
from threatsim.market.simulation import simulate

if TYPE_CHECKING:
    from tests.market.conftest import Build

SENSITIVITY, SPECIFICITY, COST = 0.9, 0.95, 20
FILED, WON, WON_UNDUE = 0.4, 0.75, 0.25


def test_a_reading_is_worth_what_the_closed_form_says(build: Build, tables: dict[str, OutcomeTable]) -> None:
    """Of false approvals read a part is stopped, of due ones a part denied; each but for appeals that succeed."""
    changes: dict[str, Any] = {
        "weeks": 26,
        "payers.*.readers.capacity": 1_000_000,
        "payers.*.audit.random": 0,
        "payers.*.audit.targeted": 0,
        "payers.*.readers.appeals": {
            "filed": FILED,
            "overturned_supported": WON,
            "overturned_unsupported": WON_UNDUE,
            "cost": 0,
        },
    }

    def run(share: float) -> ReplicateResult:
        scenario = build(changes | {"payers.*.readers.second_look": share}, fixed=True, tactics=["pgd_white_box"])
        return simulate(scenario, tables, arm="baseline", replicate=0, seed=4, sample_rate=1.0)

    none, all_read = run(0), run(1)
    claims = dict(none.sample)
    approved = claims["approved"]
    added = np.where(claims["provider"] < 60, 412.25 - 36.5, 800 - 33)
    false, due = approved & (claims["tactic"] != ""), approved & claims["truth"]
    stopped = SPECIFICITY * (1 - FILED * WON_UNDUE)
    denied = (1 - SENSITIVITY) * (1 - FILED * WON)

    def change(figure: str) -> float:
        return (all_read.outcomes[figure] - none.outcomes[figure]) / 2  # 26 weeks of 52

    for part, rate, found in (
        (false, stopped, -change("payer_loss")),
        (due, denied, change("denied_value")),
    ):
        mean, error = rate * added[part].sum(), np.sqrt(rate * (1 - rate) * (added[part] ** 2).sum())
        assert abs(found - mean) < 4 * error
        assert mean > 8 * error
    assert round(change("control_cost")) == COST * int(approved.sum())
