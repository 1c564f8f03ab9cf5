"""Who bears a claim: every cent of it is the payer's or the patient's, and comes back to whom it came from."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.market.test_law import WORTH, Court, limit
from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.conventions import HONEST
from threatsim.market.foresight.expectation import BilledClaims, Exposure, expected_toll
from threatsim.market.foresight.terms import terms_of
from threatsim.market.model import Market
from threatsim.market.money.cost_sharing import CostSharing
from threatsim.market.providers.table import ProviderTable, provider_table
from threatsim.market.streams import Streams

if TYPE_CHECKING:
    from tests.market.conftest import Build

Tables = dict[str, OutcomeTable]
MEDICARE = 0.784  # 80 % of the allowed amount, less the sequester of 2 % of it


def table(build: Build) -> ProviderTable:
    return provider_table(build(), Streams(0, 0))


@given(share=st.floats(0.001, 1), claims=st.integers(0, 10**6), paid=st.integers(0, 10**6))
def test_the_parts_of_a_fee_are_the_fee_to_the_cent(build: Build, share: float, claims: int, paid: int) -> None:
    providers = table(build)
    rows = np.full(len(providers), 1)
    by_payer, by_patients = CostSharing.of([1.0, share], providers).fees(1, claims * rows, paid * rows)
    allowed = claims * providers.fee_negative + paid * providers.difference
    assert (by_payer + by_patients == allowed).all()
    assert (np.abs(by_payer - share * allowed) <= 0.5 * (claims + 2 * paid) + 1e-6 * allowed).all()
    assert (by_patients >= -paid).all()  # a cent a claim at most, where both fees are rounded


@given(share=st.floats(0.001, 1))
def test_a_fee_given_back_in_full_leaves_nobody_short(build: Build, share: float) -> None:
    providers = table(build)
    sharing, rows = CostSharing.of([share], providers), np.arange(len(providers))
    assert (sharing.returned(0, rows, providers.difference) == sharing.added[0]).all()


def test_who_loses_is_told_apart_and_adds_up_to_what_providers_keep(build: Build, tables: Tables) -> None:
    market = Market(build({"payers.0.share_of_allowed": MEDICARE, "law.findings_to_accuse": 2}), tables)
    market.run()
    counts = market.run_counts
    kept = (counts.false_paid * market.table.difference - counts.recouped[:-1] - counts.damages[:-1]).sum(axis=1)
    assert (counts.payers_lost + counts.patients_lost).sum(axis=0)[:-1].tolist() == kept.tolist()
    assert counts.damages[:-1].sum() > 0
    assert counts.patients_lost[0, :-1].sum() > 0
    assert not counts.patients_lost[1].any()  # this payer pays all
    given_back = counts.recouped[HONEST].sum() + counts.damages[HONEST].sum()
    assert (counts.payers_lost + counts.patients_lost)[:, HONEST].sum() == -given_back
    ledger = market.ledger
    assert ledger.totals["cost sharing"] > ledger.totals["refund"] > 0
    assert ledger.net()["patients"] == (ledger.totals["refund"] - ledger.totals["cost sharing"]) / 100


def test_without_damages_patients_bear_their_share_of_what_providers_keep(build: Build, tables: Tables) -> None:
    whole, shared = (Market(build({"payers.*.share_of_allowed": s}, fixed=True), tables) for s in (1, 0.75))
    for market in (whole, shared):
        market.run()
    assert (whole.ledger.balance[whole.ledger.providers] == shared.ledger.balance[shared.ledger.providers]).all()
    lost = [market.run_counts.payers_lost[:, :-1].sum() for market in (whole, shared)]
    assert lost[1] == pytest.approx(0.75 * lost[0], rel=1e-4)
    assert shared.run_counts.patients_lost[:, :-1].sum() == pytest.approx(0.25 * lost[0], rel=1e-3)


def test_an_overpayment_goes_back_to_both_and_damages_to_the_payer_on_its_own_part(build: Build) -> None:
    law = {"collected": {"extrapolated": 1, "penalties": 1}, "per_claim_penalty": 0, "extrapolate": True}
    court = Court(build, {"payers.0.share_of_allowed": 0.5}, **law)
    court.bill(4, 100, 80, 24)
    court.find(4, 1)
    court.find(4, 1)
    court.run(0, 3)
    overpaid = int(np.floor(limit(24, 80) * 80 * WORTH))
    ledger = court.ledger
    assert ledger.totals["recoupment"] + ledger.totals["refund"] == overpaid
    assert ledger.totals["refund"] == pytest.approx(overpaid / 2, rel=1e-4)
    court.run(4, 200)
    assert ledger.totals["damages"] == pytest.approx((3 - 1) * overpaid / 2, rel=1e-4)
    assert ledger.totals["refund"] == pytest.approx(overpaid / 2, rel=1e-4)
    ledger.check()


def test_providers_foresee_damages_on_the_payers_part_and_recoupment_of_all(build: Build) -> None:
    law = {"law.collected": {"offsets": 0, "extrapolated": 0, "penalties": 0.5}, "law.per_claim_penalty": 0}
    scenario = build({"payers.*.share_of_allowed": 0.6, "law.exclusion": 0} | law)
    terms = terms_of(scenario.law, scenario.payers, 104)
    assert terms.borne == 0.6
    one, none = np.ones(1), np.zeros(1)
    billing = BilledClaims(paid=30 * one, wrong=3 * one, submitted=30 * one)
    exposure = Exposure(
        state=np.zeros(1, np.int64),
        findings=one,
        recouped=one,
        billing=billing,
        past=BilledClaims(none, none, none),
        worth=100 * one,
        income=1e9 * one,
        fees=none,
    )
    damages, whole = (expected_toll(each, exposure).taken for each in (terms, replace(terms, borne=1.0)))
    assert damages == pytest.approx(0.6 * whole)
    at_once = replace(terms, extrapolated=1.0, penalties=0.0)
    assert expected_toll(at_once, exposure).taken == pytest.approx(
        expected_toll(replace(at_once, borne=1.0), exposure).taken
    )
