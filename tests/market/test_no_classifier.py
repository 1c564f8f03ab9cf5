"""A payer without a classifier: readers look at what they can, and the rest is paid."""

from __future__ import annotations

import numpy as np

from threatsim.market.exact_tables import exact_tables
from threatsim.market.model import Market
from threatsim.scenario.reading.reader import load_scenario


def market(capacity: int, overflow: str) -> Market:
    overrides = {
        "payers.*.triage.classifier": False,
        "payers.*.triage.below": "deny",
        "payers.*.readers.capacity": capacity,
        "payers.*.readers.overflow": overflow,
        "payers.*.readers.second_look": 0,
        "payers.*.integrity.false_alarm": 0,
        "weeks": 2,
    }
    scenario = load_scenario("insurance_upcoding", overrides=overrides).scenario
    built = Market(scenario, exact_tables(scenario), seed=3)
    built.step()
    return built


def test_without_readers_every_claim_is_paid_whatever_is_done_with_the_unread() -> None:
    for overflow in ("pay", "deny"):
        for payer in market(0, overflow).payers:
            claims = payer.claims_of_week
            assert not claims.approved.any()
            assert not claims.read.any()
            assert np.array_equal(claims.paid, ~claims.recognised)


def test_with_readers_enough_every_claim_is_read() -> None:
    for payer in market(1_000_000, "deny").payers:
        claims = payer.claims_of_week
        assert claims.read.all()  # what readers recognise as altered is read as well
        assert not claims.paid[claims.recognised].any()
