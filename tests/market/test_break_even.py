"""The search for a break-even, on markets whose break-even has a closed form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.market.test_inspection_game import FOUND, GAME, MULTIPLE, approved
from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.experiment.figures.estimates import estimate
from threatsim.market.simulation import simulate
from threatsim.questions.break_even.crossing import NARROW, crossings
from threatsim.statistics.estimate import Estimate
from threatsim.statistics.ratio import ReplicateSample

if TYPE_CHECKING:
    from tests.market.conftest import Build
    from threatsim.common.outcome_table import OutcomeTable

AUDIT = "payers.*.audit.random"
WORTH = {"eye": 375.75, "chest": 767.0}


def test_fraud_ends_at_the_audit_rate_of_the_inspection_game(build: Build, tables: dict[str, OutcomeTable]) -> None:
    """Above p* = g / (d (g + F)) nobody bills falsely (Becker 1968); providers here know the rate."""
    known: dict[str, Any] = {
        "weeks": 2,
        "burn_in": 12,
        "conduct.rule": "fictitious_play",
        "conduct.public": True,
        "conduct.shares": [0, 1.0],
        "providers.eye.weekly_volume": 100,
    }
    low, high = 0.2, 0.8

    def look(places: Sequence[float]) -> list[Estimate]:
        found = []
        for place in places:
            scenario = build(GAME | known | {AUDIT: low + (high - low) * place}, tactics=["code_only"])
            result = simulate(scenario, approved(tables), arm="baseline", replicate=0, seed=3, sample_rate=0.0)
            found.append(Estimate(value=result.outcomes["fraud_share"] - 0.5, low=None, high=None, n=1))
        return found

    # Of one replicate every interval is open, which bisection takes for chance, so the curve is told to be certain.
    ((crossing,), _) = crossings(lambda places: [certain(one) for one in look(places)])
    assert not crossing.rises
    at = low + (high - low) * crossing.at
    assert at == pytest.approx(1 / (FOUND * (1 + MULTIPLE)), abs=2 * (high - low) * NARROW)


def certain(one: Estimate) -> Estimate:
    return one.model_copy(update={"low": one.value, "high": one.value})


def test_payoff_of_fixed_conduct_is_zero_where_the_closed_form_is(
    build: Build, tables: dict[str, OutcomeTable]
) -> None:
    """What is found is paid back: setup cost over what false claims bring gives the audit rate."""
    sensitivity, lag, weeks, setup = 0.8, 6, 26, 100_000
    changes = {
        "payers.*.audit.targeted": 0,
        "payers.*.audit.sensitivity": sensitivity,
        "payers.*.audit.lag": lag,
        "providers.*.volume_skew": 0,
        "tactics.pgd_white_box.setup_cost": setup,
    }
    always = {
        name: replace(table, attacked=dict.fromkeys(table.attacked, np.ones_like(table.clean)))
        for name, table in tables.items()
    }
    row = ARM_METRICS["fraud_payoff"]

    def look(places: Sequence[float]) -> list[Estimate]:
        found = []
        for place in places:
            scenario = build({**changes, AUDIT: place}, fixed=True, tactics=["pgd_white_box"])
            values = [
                simulate(scenario, always, arm="baseline", replicate=one, seed=1, sample_rate=0.0).outcomes[row.name]
                for one in range(8)
            ]
            found.append(estimate(row, ReplicateSample(np.array(values))))
        return found

    eligible, providers = {"eye": 30 * 0.75, "chest": 50 * 0.95}, {"eye": 0.6, "chest": 0.4}
    care = {"eye": 0.2 * 150 + 1, "chest": 0.2 * 300 + 1}
    claims = {name: providers[name] * 52 * 0.3 * eligible[name] for name in WORTH}
    kept = sum(claims[name] * (WORTH[name] - care[name]) for name in WORTH) - setup * 52 / weeks
    lost = sum(claims[name] * WORTH[name] for name in WORTH) * sensitivity * (weeks - lag) / weeks
    ((crossing,), _) = crossings(look, first=3, narrow=1 / 32)
    assert crossing.low is not None
    assert crossing.high is not None
    assert crossing.low <= kept / lost <= crossing.high
    assert crossing.high - crossing.low < 0.2


@pytest.mark.parametrize(
    ("gain", "payment", "volume"),
    [
        pytest.param(44.0, 44.0, 200, id="retinal imaging, 0.3 %"),
        pytest.param(169.0, 1596.0, 100, id="injection of aflibercept, 0.9 %"),
        pytest.param(719.0, 719.0, 20, id="excision to Mohs, 4.4 %"),
        pytest.param(7000.0, 7000.0, 10, id="stay with pneumothorax, 20 %"),
    ],
)
def test_false_claims_end_to_pay_at_the_statutes_own_probability(
    build: Build, tables: dict[str, OutcomeTable], gain: float, payment: float, volume: int
) -> None:
    """Treble damages and a penalty of each false claim (31 USC 3729, of 2025: 14,308 USD): p* = g / (3 D + 14,308)."""
    penalty = 14_308
    expected = gain / (3 * payment + penalty)
    fixed: dict[str, Any] = {
        "weeks": 4,
        "modalities.fundoscopy.fee_negative": 0,
        "modalities.fundoscopy.fee_positive": payment,
        "modalities.fundoscopy.care_cost": payment - gain,
        "conduct.care_delivered": 1,
        "conduct.shares": [0, 1],
        "conduct.rule": "best_response",
        "conduct.belief_weight": 1e12,
        "conduct.belief_detected": 0,
        "law.damages": 3,
        "law.per_claim_penalty": penalty,
        "payers.*.audit.sensitivity": 1,
    }
    row = ARM_METRICS["fraud_payoff"]

    def look(places: Sequence[float]) -> list[Estimate]:
        found = []
        for place in places:
            rate = {AUDIT: expected * (0.25 + 1.5 * place), "providers.eye.weekly_volume": volume}
            scenario = build(GAME | fixed | rate, tactics=["code_only"])
            runs = [
                simulate(scenario, approved(tables), arm="baseline", replicate=one, seed=1, sample_rate=0.0)
                for one in (0, 2, 4)  # every case is paid, so that 2k + 1 would be 2k again
            ]
            values = np.repeat([run.outcomes[row.name] for run in runs], 2)
            found.append(estimate(row, ReplicateSample(values)))
        return found

    ((crossing,), _) = crossings(look, first=3, narrow=1 / 4)
    assert not crossing.rises
    low, at, high = (expected * (0.25 + 1.5 * end) for end in (crossing.low or 0.0, crossing.at, crossing.high or 1.0))
    assert low <= expected <= high
    assert at == pytest.approx(expected, rel=0.15)
