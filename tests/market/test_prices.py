"""What checks of images cost the payers that make them, and what an arm is worth once that is taken off."""

from __future__ import annotations

import numpy as np
import pytest

from threatsim.market.exact_tables import exact_tables
from threatsim.market.measures.replicate_result import replicate_result
from threatsim.market.model import Market
from threatsim.market.money import payment
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.sections.picture_controls import Price


def market(**prices: object) -> Market:
    overrides = {
        "payers.*.integrity.hash_at_capture": True,
        "weeks": 6,
        "burn_in": 0,
        **{f"payers.*.integrity.price.{name}": prices.get(name, 0) for name in ("per_device", "per_claim")},
    }
    scenario = load_scenario("insurance_upcoding", overrides=overrides).scenario
    built = Market(scenario, exact_tables(scenario), seed=5)
    built.run()
    return built


def test_a_year_of_devices_costs_their_yearly_price_to_the_cent() -> None:
    price = Price(per_device=100.0)
    weeks = [payment.checks([price], 0, 0.46 * 300, week) for week in range(52)]
    assert sum(weeks) == round(0.46 * 300 * 100 * 100)
    assert max(weeks) - min(weeks) <= 1


def test_each_claim_with_the_finding_is_paid_for_by_the_payer_that_checks_it() -> None:
    free, priced = market(), market(per_claim=0.25)
    claims = int(free.run_counts.with_finding.sum())
    assert priced.ledger.totals["checking"] == 25 * claims
    assert free.ledger.totals["checking"] == 0
    difference = free.ledger.balance - priced.ledger.balance
    assert int(difference.sum()) == 0
    assert int(difference[free.ledger.payers].sum()) == 25 * claims


def test_net_benefit_is_loss_control_and_unpaid_claims_together() -> None:
    free, priced = (replicate_result(market(per_device=value)).outcomes for value in (0, 520))
    for outcomes in (free, priced):
        parts = [outcomes[name] for name in ("payer_loss", "control_cost", "denied_value")]
        assert outcomes["net_benefit"] == pytest.approx(-sum(parts), abs=1e-6)
    assert priced["control_cost"] - free["control_cost"] == pytest.approx(520 * 300, rel=1e-3)
    assert priced["net_benefit"] - free["net_benefit"] == pytest.approx(-520 * 300, rel=1e-3)
    assert np.isclose(priced["payer_loss"], free["payer_loss"])
