"""Payers that change their controls, and providers that answer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from threatsim.common.errors import ThreatsimError
from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.model import Market
from threatsim.market.payers.payer_agent import operating_threshold
from threatsim.scenario.schema import OperatingPoint

if TYPE_CHECKING:
    from tests.market.conftest import Build

Tables = dict[str, OutcomeTable]
PGD = {"tactics.pgd_white_box.setup_cost": 0}
SIGNS = {"sign_images": {"after_findings": 20}}


def run(build: Build, tables: Tables, changes: dict[str, Any], weeks: int = 26, *, fixed: bool = True) -> Market:
    tactics = ["pgd_white_box"] if fixed else []
    market = Market(build(PGD | changes, fixed=fixed, tactics=tactics), tables, sample_rate=1)
    for _ in range(weeks):
        market.step()
    return market


def test_images_are_signed_once_enough_is_found(build: Build, tables: Tables) -> None:
    market = run(build, tables, {"payers.*.adaptation": SIGNS})
    claims = market.sample.columns()
    weekly = [claims["flagged"][claims["week"] == week].sum() for week in range(26)]
    assert all(payer.signed for payer in market.payers)
    assert weekly[8] == 0  # the first audits close in week 8
    assert weekly[-1] > 0
    late = (claims["week"] == 25) & (claims["tactic"] == "pgd_white_box")
    assert claims["found"][late].all()


def test_what_one_payer_finds_moves_that_payer_only(build: Build, tables: Tables) -> None:
    market = run(build, tables, {"payers.0.adaptation": SIGNS})
    assert [payer.signed for payer in market.payers] == [True, False]


def test_the_threshold_moves_to_the_point_named(build: Build, tables: Tables) -> None:
    point = {"specificity": 0.99}
    moves = {"move_threshold": {"after_findings": 5, "operating_point": point}}
    market = run(build, tables, {"payers.*.adaptation": moves})
    for row, name in enumerate(market.spec.modalities):
        before = operating_threshold(tables[name], market.spec.payers[0].triage.operating_point)
        after = operating_threshold(tables[name], OperatingPoint.model_validate(point))
        assert market.payers[0].triage_model.thresholds[row] == pytest.approx(after)
        assert after > before


def test_the_hardened_classifier_decides_from_then_on(build: Build, tables: Tables) -> None:
    """Before it, PGD passes; the hardened classifier scores the attacked as it scores the clean."""
    hardened = {
        name: replace(table, hardened=replace(table, attacked=dict.fromkeys(table.attacked, table.clean)))
        for name, table in tables.items()
    }
    changes = {"payers.*.adaptation": {"harden": {"after_findings": 20}}}
    market = run(build, hardened, changes)
    claims = market.sample.columns()
    false = claims["tactic"] == "pgd_white_box"
    early, late = false & (claims["week"] < 8), false & (claims["week"] > 20)
    assert claims["approved"][early].mean() > 0.9
    assert claims["approved"][late].mean() < 0.4
    assert {payer.triage_model.hardened for payer in market.payers} == {True}


def test_without_a_hardened_table_there_is_a_clear_refusal(build: Build, tables: Tables) -> None:
    with pytest.raises(ThreatsimError, match="hardened"):
        run(build, tables, {"payers.*.adaptation": {"harden": {"after_findings": 1}}})


def test_audits_rise_while_many_find_something(build: Build, tables: Tables) -> None:
    rule = {"raise_audits": {"above": 0.2, "factor": 3, "window": 2}}
    changes = {"payers.*.audit.targeted": 0, "payers.*.audit.random": 0.05, "payers.*.adaptation": rule}
    market = run(build, tables, changes)
    claims = market.sample.columns()
    paid = np.isin(claims["paid_usd"], [412.25, 800.0])
    early, late = (claims["audited"][paid & weeks].mean() for weeks in (claims["week"] < 8, claims["week"] > 12))
    assert late == pytest.approx(3 * early, rel=0.25)
    calm = changes | {"payers.*.adaptation.raise_audits.above": 1}
    assert {one.factor for one in run(build, tables, calm).investigators} == {1.0}


def test_the_ladder_is_climbed_when_a_rung_is_closed(build: Build, tables: Tables) -> None:
    """Signatures stop the noise in the file; those who used it go on without altering the file, or stop."""
    changes: dict[str, Any] = {
        "weeks": 52,
        "conduct.rule": "best_response",
        "conduct.white_box_share": 1,
        "conduct.black_box_share": 0,
        "tactics.pgd_white_box.belief_paid": 0.95,
        "tactics.patch_natural.attack": "lens_patch",
        "tactics.patch_natural.access": "white_box",
        "law.findings_to_accuse": 1000,
        "law.exclusion": False,
        "payers.*.audit.targeted": 0,
        "payers.*.adaptation": {"sign_images": {"after_findings": 30}},
    }
    weekly = run(build, tables, changes, 52, fixed=False).run_counts.weekly
    noise, lens = weekly["false_claims_pgd_white_box"], weekly["false_claims_patch_natural"]
    assert noise[:8].sum() > 3 * lens[:8].sum()
    assert noise[-4:].sum() < 0.1 * noise[:4].sum()
    assert lens[-4:].sum() > 2 * lens[:4].sum()
