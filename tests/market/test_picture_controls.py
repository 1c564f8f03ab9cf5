"""Duplicate search, same-patient matching and detectors: who is flagged, and what follows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.market.conftest import SUBSTITUTION
from threatsim.common.errors import ThreatsimError
from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.model import Market

if TYPE_CHECKING:
    from tests.market.conftest import Build

Tables = dict[str, OutcomeTable]
DUPLICATES = {"payers.*.integrity.duplicate_search": {"false_alarm": 0.02}}
NO_AUDITS: dict[str, Any] = {"payers.*.audit.random": 0, "payers.*.audit.targeted": 0}
EXCHANGED = {"tactics.pgd_white_box": SUBSTITUTION}
LOW = (36.5, 33.0)


def market_of(
    build: Build, tables: Tables, changes: dict[str, Any], *, weeks: int = 13, tactic: str = "pgd_white_box"
) -> tuple[Market, dict[str, Any]]:
    market = Market(build(changes, fixed=True, tactics=[tactic]), tables, sample_rate=1)
    for _ in range(weeks):
        market.step()
    return market, market.sample.columns()


def test_tables_of_controls_that_nobody_uses_change_nothing(
    build: Build, tables: Tables, tables_with_controls: Tables
) -> None:
    plain, with_controls = (market_of(build, some, {})[1] for some in (tables, tables_with_controls))
    for name, column in plain.items():
        np.testing.assert_array_equal(with_controls[name], column, err_msg=name)


def test_false_alarms_keep_to_the_budget_and_deny_the_honest(build: Build, tables_with_controls: Tables) -> None:
    market, claims = market_of(build, tables_with_controls, DUPLICATES | NO_AUDITS, tactic="code_only")
    honest = claims["billed"] & (claims["tactic"] == "")
    assert claims["flagged"][honest].mean() == pytest.approx(0.02, abs=0.012)  # 1,200 cases and 999 to set it on
    flagged = honest & claims["flagged"]
    assert np.isin(claims["paid_usd"][flagged], LOW).all()
    assert claims["found"][flagged].all()
    # A finding against somebody honest is a false one, and no news on how tampering fares.
    assert market.run_counts.weekly["false_findings"].sum() == flagged.sum() > 0
    for belief in market.table.beliefs:
        assert (belief.recognised.successes <= belief.recognised.trials).all()


def test_an_exchanged_picture_is_denied_and_noise_is_not(build: Build, tables_with_controls: Tables) -> None:
    changes = DUPLICATES | EXCHANGED | NO_AUDITS
    _, claims = market_of(build, tables_with_controls, changes)
    false = claims["tactic"] == "pgd_white_box"
    assert claims["found"][false].all()
    assert np.isin(claims["paid_usd"][false], LOW).all()
    unseen = {
        name: replace(
            table,
            control_statistics={
                key: replace(statistics, attacked=dict.fromkeys(statistics.attacked, statistics.clean))
                for key, statistics in table.control_statistics.items()
            },
        )
        for name, table in tables_with_controls.items()
    }
    _, claims = market_of(build, unseen, DUPLICATES | NO_AUDITS)
    false = claims["tactic"] == "pgd_white_box"
    assert claims["found"][false].mean() < 0.05


def test_a_reader_takes_an_exchanged_picture_for_the_patients_own(build: Build, tables_with_controls: Tables) -> None:
    never = {"payers.*.triage.operating_point": {"specificity": 1.0}, "payers.*.readers.capacity": 1e6}
    failing = {
        name: replace(table, attacked=dict.fromkeys(table.attacked, table.clean * 0))
        for name, table in tables_with_controls.items()
    }
    _, claims = market_of(build, failing, EXCHANGED | NO_AUDITS | never)
    false = (claims["tactic"] == "pgd_white_box") & claims["read"]
    paid = ~np.isin(claims["paid_usd"][false], LOW)
    assert paid.mean() == pytest.approx(0.9, abs=4 * np.sqrt(0.09 / false.sum()))  # the readers' sensitivity
    assert not claims["found"][false].any()


def test_a_reader_who_is_shown_the_match_recognises_the_other_patient(
    build: Build, tables_with_controls: Tables
) -> None:
    shown = {
        "payers.*.integrity.same_patient": {"false_alarm": 0.02, "recognised": 0.7, "known": 0.5},
        "payers.*.readers.capacity": 1e6,
    }
    _, claims = market_of(build, tables_with_controls, EXCHANGED | NO_AUDITS | shown)
    false = claims["tactic"] == "pgd_white_box"
    for rate, share in ((claims["flagged"][false], 0.5), (claims["found"][false & claims["flagged"]], 0.7)):
        assert rate.mean() == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / rate.size))
    assert claims["read"][claims["flagged"]].all()
    honest = claims["flagged"] & (claims["tactic"] == "")
    assert honest.any()
    assert not claims["found"][honest].any()


def test_a_mark_pays_as_before_and_is_audited_within_budget(build: Build, tables_with_controls: Tables) -> None:
    _, before = market_of(build, tables_with_controls, NO_AUDITS, tactic="patch_natural")
    marked = {
        "payers.*.integrity.detector": {"kind": "gaussian", "false_alarm": 0.02, "on_hit": "mark"},
        "payers.*.audit.flagged": 0.05,
    }
    _, claims = market_of(build, tables_with_controls, NO_AUDITS | marked, tactic="patch_natural")
    for name in ("paid_usd", "read", "approved"):
        np.testing.assert_array_equal(claims[name], before[name], err_msg=name)
    paid = claims["billed"] & ~np.isin(claims["paid_usd"], LOW)
    assert claims["audited"].any()
    assert (claims["flagged"] & paid)[claims["audited"]].all()
    expected = 0.05 * paid.sum()
    assert claims["audited"].sum() == pytest.approx(expected, abs=4 * np.sqrt(expected))
    capped = NO_AUDITS | marked | {"payers.*.audit.budget": 3}
    _, claims = market_of(build, tables_with_controls, capped, tactic="patch_natural")
    drawn = [
        np.bincount(claims["week"][claims["audited"] & (claims["payer"] == payer)]) for payer in ("public", "private")
    ]
    assert max(part.max() for part in drawn) == 3


def test_a_control_is_taken_up_after_findings(build: Build, tables_with_controls: Tables) -> None:
    takes = {"payers.0.adaptation": {"match_images": {"after_findings": 20, "duplicate_search": {"false_alarm": 0.02}}}}
    changes = EXCHANGED | takes | {"payers.*.audit.random": 0.1}
    market, claims = market_of(build, tables_with_controls, changes, weeks=20)
    flagged = claims["flagged"] & (claims["payer"] == "public")
    weekly = np.bincount(claims["week"][flagged], minlength=20)
    assert weekly[8] == 0  # the first audits close in week 8
    assert weekly[-1] > 0
    assert not (claims["flagged"] & (claims["payer"] == "private")).any()
    assert market.payers[0].findings > 20


def test_a_hardened_classifier_brings_its_own_statistics(build: Build, tables_with_controls: Tables) -> None:
    hard = {
        name: replace(
            table,
            hardened=replace(
                table,
                control_statistics={
                    key: replace(statistics, clean=statistics.clean + 99)
                    for key, statistics in table.control_statistics.items()
                },
            ),
        )
        for name, table in tables_with_controls.items()
    }
    detects = {"payers.*.integrity.detector": {"kind": "gaussian", "false_alarm": 0.02}}
    market = Market(build(detects, fixed=True, tactics=["code_only"]), hard, sample_rate=1)
    for payer in market.payers:
        payer.triage_model.harden()
    market.step()
    claims = market.sample.columns()
    assert claims["flagged"][claims["billed"] & (claims["tactic"] == "")].all()


def test_a_control_that_was_not_measured_is_refused(build: Build, tables: Tables, tables_with_controls: Tables) -> None:
    with pytest.raises(ThreatsimError, match="lacks the control duplicate_search"):
        market_of(build, tables, DUPLICATES)
    tight = {"payers.*.integrity.duplicate_search": {"false_alarm": 0.0001}}
    with pytest.raises(ThreatsimError, match="at least 9999"):
        market_of(build, tables_with_controls, tight)
