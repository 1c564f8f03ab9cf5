"""Closed examples of the ordering, and the paper's own table, which keeps it but for one pair."""

from __future__ import annotations

import pytest

from threatsim.outcomes.published.finlayson import TABLE_1, TEST_IMAGES
from threatsim.outcomes.published.finlayson_attacks import control_attacks, paper_attacks
from threatsim.outcomes.published.ordering import CLAIMS, ordering, verdict_of
from threatsim.statistics.estimate import Estimate

KEPT = {
    "clean": 0.91,
    "patch_natural": 0.70,
    "patch_black_box": 0.20,
    "pgd_black_box": 0.30,
    "pgd_white_box": 0.0,
    "patch_white_box": 0.05,
}


def estimates(values: dict[str, float], half: float = 0.01) -> dict[str, Estimate]:
    return {name: Estimate(value=v, low=v - half, high=v + half, n=100) for name, v in values.items()}


def test_it_holds_where_every_step_falls() -> None:
    compared = ordering(estimates(KEPT))
    assert [(c.above, c.below) for c in compared] == list(CLAIMS)
    assert {c.verdict for c in compared} == {"holds"}
    assert all(c.apart for c in compared)
    assert verdict_of(compared) == "holds"


@pytest.mark.parametrize(
    ("name", "value", "broken"),
    [
        ("patch_natural", 0.95, {("clean", "patch_natural")}),
        ("pgd_black_box", 0.80, {("patch_natural", "pgd_black_box")}),
        ("patch_white_box", 0.25, {("patch_black_box", "patch_white_box")}),
        ("patch_black_box", 0.02, {("patch_black_box", "patch_white_box")}),
    ],
)
def test_one_figure_out_of_place_breaks_its_own_claims_only(
    name: str, value: float, broken: set[tuple[str, str]]
) -> None:
    compared = ordering(estimates(KEPT | {name: value}))
    assert {(c.above, c.below) for c in compared if c.verdict == "breaks"} == broken
    assert verdict_of(compared) == "breaks"


def test_equal_figures_are_level_and_close_ones_are_not_told_apart() -> None:
    compared = ordering(estimates({"pgd_black_box": 0.0, "pgd_white_box": 0.0, "patch_white_box": 0.01}))
    assert [(c.below, c.verdict, c.apart) for c in compared] == [
        ("pgd_white_box", "level", False),
        ("patch_white_box", "breaks", False),
    ]
    assert verdict_of(compared[:1]) == "level"


def test_the_paper_s_own_table_breaks_in_one_pair_of_fundoscopy() -> None:
    for modality, cells in TABLE_1.items():
        accuracy = {
            name: Estimate(value=c.accuracy, low=c.accuracy_interval[0], high=c.accuracy_interval[1], n=c.n)
            for name, c in cells.items()
        }
        broken = [(c.above, c.below, c.apart) for c in ordering(accuracy) if c.verdict == "breaks"]
        assert broken == ([("pgd_black_box", "patch_white_box", True)] if modality == "fundoscopy" else [])


def test_the_table_is_as_printed_with_wilson_s_intervals_on_its_test_images() -> None:
    assert set(TABLE_1) == set(TEST_IMAGES)
    assert set(TABLE_1["dermoscopy"]) == {"clean", *paper_attacks()}
    cell = TABLE_1["dermoscopy"]["clean"]
    assert (cell.accuracy, cell.auroc, cell.confidence, cell.n) == (0.876, 0.858, 0.941, 533)
    assert cell.accuracy_interval == pytest.approx((0.846, 0.902), abs=0.001)
    assert TABLE_1["chest_xray"]["pgd_black_box"].accuracy_interval == pytest.approx((0.144, 0.159), abs=0.001)
    assert TABLE_1["fundoscopy"]["pgd_white_box"].accuracy_interval == pytest.approx((0, 0.0004), abs=0.0001)


def test_the_paper_s_attacks_have_the_paper_s_parameters() -> None:
    pgd = paper_attacks()["pgd_white_box"]
    assert pgd.family == "pgd"
    assert (pgd.budget.radius, pgd.budget.whole_levels) == (pytest.approx(2.55 / 255), 2)
    assert (pgd.step, pgd.steps, pgd.random_start, pgd.goal.stop) == (0.01, 20, True, "never")
    assert all(attack.family == "patch" and attack.scale == 0.4 for attack in control_attacks().values())
