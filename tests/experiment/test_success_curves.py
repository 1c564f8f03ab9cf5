"""Success against epsilon on a run's cases: real, nested, kept in the bank, of gradient attacks only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from tests.attacks.conftest import CPU, Linear, cases_of
from threatsim.attacks.base import ImageAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.engine import clean_scores
from threatsim.attacks.families.patch import Patch
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.families.square import Square
from threatsim.attacks.search.target import Target
from threatsim.attacks.threat_model import ThreatModel
from threatsim.common.outcome_table import OutcomeTable, for_absence
from threatsim.experiment import success_curves as module
from threatsim.experiment.success_curves import attacks_with_curve, success_curves
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.bank.filling import compute_outcomes
from threatsim.outcomes.lab.budget_curve import budget_grid
from threatsim.outcomes.preparation.images import PreparedImages

CASES = cases_of(40)
SPEC = PGD(access="white_box", budget=PixelBudget.grey_levels(4), step=1.5, steps=4)
THRESHOLD = 0.5


@pytest.fixture(scope="module")
def prepared() -> PreparedImages:
    target = Target(Linear(), CPU)
    threat_model = ThreatModel(target, target, {}, {"victim": "v", "surrogate": "v"})
    clean = clean_scores(threat_model, CASES).numpy()
    table = OutcomeTable(
        modality="dermoscopy",
        labels=CASES.labels,
        patients=np.arange(len(CASES)),
        clean=clean,
        attacked={"code_only": clean},
        calibration_scores=clean,
        calibration_labels=CASES.labels,
    )
    return PreparedImages(cast(Any, None), threat_model, CASES, table)


def test_a_curve_is_what_the_attack_reaches_at_each_budget(prepared: PreparedImages, tmp_path: Path) -> None:
    bank = OutcomeBank(tmp_path)
    (curve,) = success_curves(prepared, {"pgd": SPEC}, bank, threshold=THRESHOLD)
    eligible = np.flatnonzero((CASES.labels == 0) & (prepared.table.clean < THRESHOLD))[: module.CASES]
    assert curve.cases == len(eligible) > 5
    assert curve.asked == 4
    grid, _ = budget_grid(SPEC)
    assert curve.budgets == tuple(grid_point.budget for grid_point in grid)
    fallen = np.zeros(len(eligible), np.bool_)
    for grid_point, success in zip(grid, curve.success, strict=True):
        fallen |= compute_outcomes(bank, prepared.threat_model, CASES.subset(eligible), grid_point.spec) >= THRESHOLD
        assert success.value == pytest.approx(fallen.mean())
    values = [success.value or 0.0 for success in curve.success]
    assert values == sorted(values)
    assert values[0] < values[-1]


def test_where_absence_is_claimed_the_curve_is_of_what_is_hidden(prepared: PreparedImages, tmp_path: Path) -> None:
    bank = OutcomeBank(tmp_path)
    of_absence = replace(prepared, table=for_absence(prepared.table), absence=True)
    (curve,) = success_curves(of_absence, {"pgd": SPEC}, bank, threshold=THRESHOLD)
    shown = np.flatnonzero((CASES.labels == 1) & (prepared.table.clean > 1 - THRESHOLD))[: module.CASES]
    assert curve.cases == len(shown)
    succeeded = np.zeros(len(shown), np.bool_)
    for grid_point, success in zip(budget_grid(SPEC)[0], curve.success, strict=True):
        succeeded |= (
            compute_outcomes(bank, prepared.threat_model, CASES.subset(shown), grid_point.spec) <= 1 - THRESHOLD
        )
        assert success.value == pytest.approx(succeeded.mean())
    assert (curve.success[-1].value or 0.0) > 0.5


def test_a_second_run_attacks_nothing(
    prepared: PreparedImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = success_curves(prepared, {"pgd": SPEC}, OutcomeBank(tmp_path), threshold=THRESHOLD)
    monkeypatch.setattr(
        "threatsim.outcomes.bank.filling.attack", lambda *args, **options: pytest.fail("attacked again")
    )
    assert success_curves(prepared, {"pgd": SPEC}, OutcomeBank(tmp_path), threshold=THRESHOLD) == first


def test_few_cases_stand_for_all(prepared: PreparedImages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CASES", 4)
    (curve,) = success_curves(prepared, {"pgd": SPEC}, OutcomeBank(tmp_path), threshold=THRESHOLD)
    assert curve.cases == 4
    assert {success.n for success in curve.success} == {4}


def test_only_gradient_attacks_under_a_budget_have_a_curve() -> None:
    attacks: dict[str, ImageAttack] = {
        "patch": Patch(access="white_box", scale=0.4),
        "square": Square(budget=PixelBudget.grey_levels(4), queries=10),
        "l2": PGD(access="white_box", budget=PixelBudget.grey_levels(4, norm="l2"), step=1.5, steps=4),
        "pgd": SPEC,
    }
    assert list(attacks_with_curve(attacks)) == ["pgd"]


def test_without_a_case_that_could_be_lifted_there_is_no_curve(prepared: PreparedImages, tmp_path: Path) -> None:
    assert success_curves(prepared, {"pgd": SPEC}, OutcomeBank(tmp_path), threshold=0.0) == ()
