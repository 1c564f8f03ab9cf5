"""Operating points, signatures, readers and payment."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from threatsim.common.errors import ThreatsimError
from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.model import Market
from threatsim.market.payers.payer_agent import first_in_line, operating_threshold
from threatsim.market.simulation import simulate
from threatsim.scenario.schema import OperatingPoint, Scenario

if TYPE_CHECKING:
    from tests.market.conftest import Build

Tables = dict[str, OutcomeTable]


def every_claim(tables: Tables, scenario: Scenario) -> dict[str, np.ndarray]:
    result = simulate(scenario, tables, arm="baseline", replicate=0, seed=1, sample_rate=1.0)
    return dict(result.sample)


@given(
    scores=st.lists(st.integers(0, 12), min_size=1, max_size=40),
    rate=st.sampled_from([0.0, 0.1, 0.5, 0.85, 0.999, 1.0]),
    which=st.sampled_from(["sensitivity", "specificity"]),
)
def test_threshold_is_the_best_that_reaches_its_rate(scores: list[int], rate: float, which: str) -> None:
    values = np.array(scores, np.float32) / 12
    label = int(which == "sensitivity")
    table = OutcomeTable(
        modality="fundoscopy",
        labels=np.zeros(0, np.int8),
        patients=np.zeros(0, np.int64),
        clean=np.zeros(0, np.float32),
        attacked={},
        calibration_scores=np.concatenate([values, values]),
        calibration_labels=np.repeat(np.array([label, 1 - label], np.int8), values.size),
    )
    threshold = operating_threshold(table, OperatingPoint.model_validate({which: rate}))

    def reached(at: float) -> float:
        approved = float((values >= np.float32(at)).mean())
        return approved if label else 1 - approved

    assert reached(threshold) >= rate - 1e-9
    step = 1e-6 if label else -1e-6  # a stricter sensitivity threshold, or a laxer specificity threshold, fails
    beyond = threshold + step
    if 0 < beyond < 1 and not (values.min() > beyond or values.max() < beyond):
        tied = reached(threshold) > rate + 1e-9 and reached(beyond) >= rate - 1e-9
        assert not tied


def test_threshold_needs_cases_of_its_label(tables: Tables) -> None:
    table = replace(tables["fundoscopy"], calibration_labels=np.ones(400, np.int8))
    with pytest.raises(ThreatsimError, match="no calibration case has label 0"):
        operating_threshold(table, OperatingPoint.model_validate({"specificity": 0.9}))


def test_claims_at_or_above_the_threshold_are_paid_and_others_read_or_paid_by_overflow(
    tables: Tables, build: Build
) -> None:
    scenario = build(fixed=True, tactics=["patch_natural"])
    market = Market(scenario, tables, sample_rate=1.0)
    for _ in range(4):
        market.step()
    thresholds = market.payers[0].triage_model.thresholds
    claims = market.sample.columns()
    modality = market.table.modality[claims["provider"]]
    above = claims["billed"] & (claims["score"] >= thresholds[modality])
    false = claims["tactic"] == "patch_natural"
    assert (above & false).sum() > 100
    assert (above == claims["approved"]).all()
    paid = claims["paid_usd"] == market.table.fee_positive[claims["provider"]] / 100
    assert paid[above].all()
    assert (claims["pended"] == (claims["billed"] & ~above)).all()
    assert not paid[~claims["billed"]].any()


@given(numbers=st.lists(st.integers(0, 6), min_size=1, max_size=40), data=st.data())
def test_equal_numbers_are_read_in_the_order_of_the_claims(numbers: list[int], data: st.DataObject) -> None:
    order, count = np.array(numbers, np.float32), data.draw(st.integers(0, len(numbers) - 1))
    expected = np.sort(np.argsort(order, kind="stable")[:count])
    np.testing.assert_array_equal(np.flatnonzero(first_in_line(order, count)), expected)


@pytest.mark.parametrize("overflow", ["pay", "deny"])
def test_without_readers_the_overflow_rule_decides(tables: Tables, build: Build, overflow: str) -> None:
    claims = every_claim(tables, build({"payers.*.readers.capacity": 0, "payers.*.readers.overflow": overflow}))
    fees = {36.5: False, 412.25: True, 33.0: False, 800.0: True}
    paid = np.array([fees[fee] for fee in claims["paid_usd"]])
    assert claims["pended"].sum() > 50
    assert not claims["read"].any()
    assert (paid[claims["pended"]] == (overflow == "pay")).all()


def test_a_fractional_capacity_is_made_up_over_the_weeks(tables: Tables, build: Build) -> None:
    claims = every_claim(tables, build({"payers.*.readers.capacity": 2.5}, fixed=True))
    for payer in ("public", "private"):
        read = claims["read"] & (claims["payer"] == payer)
        per_week = np.bincount(claims["week"][read], minlength=26)
        assert set(per_week) == {2, 3}
        assert per_week.sum() == 65


def test_below_deny_leaves_nothing_to_the_readers(tables: Tables, build: Build) -> None:
    claims = every_claim(tables, build({"payers.*.triage.below": "deny"}))
    assert not claims["pended"].any()
    assert not claims["read"].any()
    denied = claims["billed"] & ~claims["approved"]
    assert denied.any()
    assert np.isin(claims["paid_usd"][denied], [36.5, 33.0]).all()


@pytest.mark.parametrize("tactic", ["patch_natural", "pgd_white_box"])
def test_a_signature_catches_every_altered_file(tables: Tables, build: Build, tactic: str) -> None:
    signed = {"payers.*.integrity.hash_at_capture": True, "payers.*.integrity.announced": False}  # else nobody tries
    claims = every_claim(tables, build(signed, fixed=True, tactics=[tactic]))
    false = claims["tactic"] == tactic
    assert false.sum() > 100
    assert claims["flagged"][false].all()
    assert claims["found"][false].all()
    assert np.isin(claims["paid_usd"][false], [36.5, 33.0]).all()
    assert not claims["flagged"][~false].any()


def test_a_second_look_reads_approved_claims_and_sees_what_the_model_did_not(tables: Tables, build: Build) -> None:
    looks = {"payers.*.readers.second_look": 0.4, "payers.*.readers.capacity": 1e6, "payers.*.triage.below": "deny"}
    claims = every_claim(tables, build(looks, fixed=True, tactics=["pgd_white_box"]))
    approved, false = claims["approved"], claims["tactic"] != ""
    assert claims["read"][approved].mean() == pytest.approx(0.4, abs=0.03)
    assert not claims["read"][~approved].any()
    paid = np.isin(claims["paid_usd"], [412.25, 800.0])
    assert paid[approved & ~claims["read"]].all()
    assert paid[approved & false & claims["read"]].mean() == pytest.approx(1 - 0.95, abs=0.03)  # specificity 0.95
    assert paid[claims["truth"] & claims["read"]].mean() == pytest.approx(0.9, abs=0.03)  # sensitivity 0.9


def test_claims_drawn_for_a_second_look_are_paid_where_nobody_has_time(tables: Tables, build: Build) -> None:
    looks = {"payers.*.readers.second_look": 1, "payers.*.readers.capacity": 0, "payers.*.readers.overflow": "deny"}
    claims = every_claim(tables, build(looks))
    paid = np.isin(claims["paid_usd"], [412.25, 800.0])
    assert not claims["read"].any()
    np.testing.assert_array_equal(paid, claims["approved"])


def test_a_signature_does_not_see_a_false_code(tables: Tables, build: Build) -> None:
    plain = every_claim(tables, build(fixed=True, tactics=["code_only"]))
    signed = every_claim(tables, build({"payers.*.integrity.hash_at_capture": True}, fixed=True, tactics=["code_only"]))
    for name, column in plain.items():
        np.testing.assert_array_equal(signed[name], column, err_msg=name)


def test_false_alarms_go_to_the_readers(tables: Tables, build: Build) -> None:
    changes = {
        "payers.*.integrity": {"hash_at_capture": True, "false_alarm": 0.2},
        "payers.*.readers.capacity": 1e6,
        "payers.*.readers.sensitivity": 1,
        "conduct.reluctance_median": 1e6,
    }
    claims = every_claim(tables, build(changes))
    assert claims["flagged"][claims["billed"]].mean() == pytest.approx(0.2, abs=0.02)
    assert claims["read"][claims["flagged"]].all()
    assert not claims["read"][claims["approved"] & ~claims["flagged"]].any()
    recognised = claims["found"] & ~claims["audited"]
    assert not recognised.any()
    true = claims["flagged"] & claims["truth"]
    assert np.isin(claims["paid_usd"][true], [412.25, 800.0]).all()


def test_readers_reach_their_sensitivity_and_specificity(tables: Tables, build: Build) -> None:
    changes = {
        "payers.*.readers.capacity": 1e6,
        "payers.*.readers.sensitivity": 0.7,
        "payers.*.readers.specificity": 0.6,
        "payers.*.triage.operating_point": {"specificity": 1.0},
    }
    claims = every_claim(tables, build(changes, fixed=True, tactics=["code_only"]))
    confirmed = np.isin(claims["paid_usd"], [412.25, 800.0])
    for truth, share in ((True, 0.7), (False, 0.4)):
        read = claims["read"] & (claims["truth"] == truth)
        error = np.sqrt(share * (1 - share) / read.sum())
        assert read.sum() > 1000
        assert confirmed[read].mean() == pytest.approx(share, abs=4 * error)
    denied = claims["read"] & ~confirmed
    assert not claims["found"][denied].any()  # a denial as unsupported is no finding


def test_a_reader_sees_a_patch_and_not_a_perturbation(tables: Tables, build: Build) -> None:
    never = {
        "payers.*.readers.capacity": 1e6,
        "payers.*.readers.patch_seen": 0.8,
        "payers.*.triage.operating_point": {"specificity": 1.0},
        "payers.*.audit.random": 0,
        "payers.*.audit.targeted": 0,
    }
    failing = {
        name: replace(table, attacked=dict.fromkeys(table.attacked, table.clean * 0)) for name, table in tables.items()
    }
    for tactic, seen in (("patch_natural", 0.8), ("pgd_white_box", 0.0)):
        claims = every_claim(failing, build(never, fixed=True, tactics=[tactic]))
        false = (claims["tactic"] == tactic) & claims["read"]
        error = np.sqrt(0.16 / false.sum())
        assert claims["found"][false].mean() == pytest.approx(seen, abs=4 * error)
        assert not claims["found"][~false].any()
