"""Nested budgets, the shuffled control, and measures over stated denominators, on networks small enough to know."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.attacks.conftest import CPU, Linear, cases_of
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.engine import attack, clean_scores
from threatsim.attacks.families.minimal_norm import MinimalNorm
from threatsim.attacks.families.patch import Patch
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.families.square import Square
from threatsim.attacks.families.substitution import Substitution
from threatsim.attacks.families.universal import Universal
from threatsim.attacks.goal import UNTIL_SUCCESS
from threatsim.attacks.search.target import Target
from threatsim.attacks.threat_model import ThreatModel
from threatsim.cases.image_set import CaseSet
from threatsim.outcomes.lab.attack_measures import (
    AttackVerdicts,
    curve_of_nested,
    curve_of_values,
    distance_of,
    effort_of,
    success_of,
)
from threatsim.outcomes.lab.budget_curve import budget_grid, nested_curve, shuffled_success

CASES = cases_of(24)
TOWARDS = torch.from_numpy(1 - CASES.labels.astype("int64"))


@pytest.fixture(scope="module")
def linear() -> ThreatModel:
    target = Target(Linear(), CPU)
    return ThreatModel(target, target, {}, {"victim": "v", "surrogate": "v"})


def pgd(levels: float) -> PGD:
    budget = PixelBudget.grey_levels(levels)
    return PGD(access="white_box", budget=budget, step=levels, steps=4, goal=UNTIL_SUCCESS)


def attacked_cases(threat_model: ThreatModel) -> AttackVerdicts:
    found = attack(threat_model, CASES, pgd(4), towards=TOWARDS)
    return AttackVerdicts(
        CASES, clean_scores(threat_model, CASES).numpy(), found.success.numpy(), threat_model.threshold
    )


def test_what_falls_at_a_small_budget_counts_at_every_larger_one(linear: ThreatModel) -> None:
    grid, unit = budget_grid(pgd(2))
    assert unit == "grey levels"
    assert [grid_point.budget for grid_point in grid] == [1, 2, 3, 4, 6, 8, 12, 16]
    ascent = nested_curve(linear, CASES, TOWARDS, grid)
    shares = [(ascent.success_at <= budget).mean() for budget in ascent.budgets]
    assert shares == sorted(shares)
    assert shares[0] < shares[-1]
    for number, grid_point in enumerate(grid):  # a linear victim falls exactly where its closed form says
        alone = attack(linear, CASES, grid_point.spec, towards=TOWARDS).success.numpy()
        assert np.array_equal(alone, ascent.success_at <= ascent.budgets[number])


def test_shuffled_changes_keep_their_size_and_lose_their_effect(linear: ThreatModel) -> None:
    spec = pgd(12)
    found = attack(linear, CASES, spec, towards=TOWARDS)
    success = shuffled_success(linear, CASES, found.images, TOWARDS, spec)
    already = (clean_scores(linear, CASES).numpy() >= 0.5) == (TOWARDS.numpy() == 1)
    assert found.success.float().mean() > already.mean() + 0.3
    assert abs(success.mean() - already.mean()) < 0.15
    assert np.array_equal(success, shuffled_success(linear, CASES, found.images, TOWARDS, spec))
    assert np.array_equal(shuffled_success(linear, CASES, CASES.images, TOWARDS, spec), already)


def test_a_grid_has_the_requested_budget_in_the_attack_s_own_unit() -> None:
    scales, unit = budget_grid(Patch(access="white_box", scale=0.35))
    assert 0.35 in [grid_point.budget for grid_point in scales]
    assert unit.startswith("diameter")
    l2, unit = budget_grid(PGD(access="white_box", budget=PixelBudget(epsilon=1, norm="l2"), step=0.5, steps=2))
    assert 0.5 in [grid_point.budget for grid_point in l2]  # 1 on [-1, 1] is 0.5 on [0, 1]
    assert "L2" in unit
    universal, _ = budget_grid(Universal(budget=PixelBudget.grey_levels(8)))
    assert len(universal) <= 5
    assert budget_grid(Substitution())[0] == []
    assert budget_grid(Square(budget=PixelBudget(epsilon=0.02))) == ([], "queries")


def test_success_is_over_its_denominator(linear: ThreatModel) -> None:
    verdicts = attacked_cases(linear)
    found = success_of(verdicts, None)
    right = (verdicts.clean >= 0.5) == (CASES.labels == 1)
    assert found.all.n == 24
    assert found.initially_correct.n == right.sum()
    assert found.lifted.n + found.hidden.n == right.sum()
    assert found.lifted.value == pytest.approx(verdicts.success[right & (CASES.labels == 0)].mean())
    assert found.initially_correct.value == pytest.approx(verdicts.success[right].mean())
    assert found.control is None


def test_effort_censors_failures_and_distance_is_of_the_successes(linear: ThreatModel) -> None:
    spec = pgd(2)
    found = attack(linear, CASES, spec, towards=TOWARDS)
    verdicts = AttackVerdicts(CASES, clean_scores(linear, CASES).numpy(), found.success.numpy(), 0.5)
    effort = effort_of(verdicts, found)
    assert effort is not None
    assert effort.unit == "gradients"
    assert effort.median_of_successes.n == (verdicts.success & verdicts.correct).sum()
    assert effort.median_with_failures.n == verdicts.correct.sum()
    if verdicts.success[verdicts.correct].mean() < 0.5:
        assert effort.median_with_failures.value is None
    distance = distance_of(verdicts, found)
    assert distance.grey_levels is not None
    assert distance.grey_levels <= 2


def test_the_distances_of_a_minimal_norm_attack_are_a_curve(linear: ThreatModel) -> None:
    found = attack(linear, CASES, MinimalNorm(steps=20), towards=TOWARDS)
    verdicts = AttackVerdicts(CASES, clean_scores(linear, CASES).numpy(), found.success.numpy(), 0.5)
    levels = ((found.images - CASES.images).flatten(1).abs().amax(1) * 255).round().numpy().astype(float)
    curve = curve_of_values(verdicts, levels, "grey levels", "distances", None, None)
    last = curve.points[-1]
    assert last.success.value == pytest.approx(verdicts.success[verdicts.correct].mean())
    values = [point.success.value for point in curve.points]
    assert values == sorted(values, key=float)  # type: ignore[arg-type]
    nested = curve_of_nested(
        verdicts, nested_curve(linear, _right(verdicts), _towards(verdicts), budget_grid(pgd(2))[0]), "grey levels", 2.0
    )
    for point in nested.points:  # fewer levels than the least change cannot be enough
        least = verdicts.correct & verdicts.success & (levels <= point.budget)
        assert (point.success.value or 0) <= least.sum() / verdicts.correct.sum() + 0.1


def test_query_counts_are_a_curve_up_to_the_limit() -> None:
    cases = cases_of(4)
    verdicts = AttackVerdicts(
        cases, np.array([0.1, 0.9, 0.2, 0.8], np.float32), np.array([True, False, True, True]), 0.5
    )
    curve = curve_of_values(verdicts, np.array([5.0, 50.0, 20.0, 30.0]), "queries", "queries", 50, None)
    shares = [(point.budget, point.success.value) for point in curve.points]
    assert shares == [(5, 0.25), (20, 0.5), (30, 0.75), (50, 0.75)]
    assert [point.lifted.value for point in curve.points] == [0.5, 1, 1, 1]


def _right(verdicts: AttackVerdicts) -> CaseSet:
    return verdicts.cases.subset(np.flatnonzero(verdicts.correct))


def _towards(verdicts: AttackVerdicts) -> torch.Tensor:
    return torch.from_numpy(1 - _right(verdicts).labels.astype("int64"))
