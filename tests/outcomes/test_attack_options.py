"""Options become attacks; what does not fit together is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from threatsim.attacks.families.apgd import APGD
from threatsim.attacks.families.external import External
from threatsim.attacks.families.patch import Patch
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.families.rotation import Rotation
from threatsim.catalogue.attacks import ATTACKS, attacks_named_in
from threatsim.common.errors import InputError
from threatsim.outcomes.lab.attack_options import attack_from, budget_from
from threatsim.outcomes.published.finlayson import EPSILON, PATCH_SCALE, STEPS
from threatsim.outcomes.published.finlayson_attacks import PAPER_BUDGET


def test_the_defaults_are_the_paper_s() -> None:
    spec = attack_from("pgd", {})
    assert isinstance(spec, PGD)
    assert (spec.access, spec.budget.epsilon, spec.budget.low, spec.budget.high) == ("white_box", 0.02, -1, 1)
    assert (spec.step, spec.steps, spec.goal.stop) == (0.01, 20, "turned")
    patch = attack_from("patch", {})
    assert isinstance(patch, Patch)
    assert patch.scale == 0.4


@pytest.mark.parametrize(
    ("epsilon", "pixel_range", "levels"),
    [("4/255", None, 4), ("4/255", "0,1", 4), ("0.02", None, 2.55), ("0.02", "0,1", 5.1), ("4", "0,255", 4)],
)
def test_a_budget_is_read_on_its_scale(epsilon: str, pixel_range: str | None, levels: float) -> None:
    assert budget_from(epsilon, pixel_range).radius * 255 == pytest.approx(levels)


def test_a_step_in_grey_levels_fits_a_budget_on_another_scale() -> None:
    spec = attack_from("pgd", {"epsilon": "0.02", "step": "1/255"})
    assert isinstance(spec, PGD)
    assert spec.budget.on_unit_scale(spec.step) == pytest.approx(1 / 255)
    both = attack_from("pgd", {"epsilon": "4/255", "step": "1/255"})
    assert isinstance(both, PGD)
    assert both.budget.on_unit_scale(both.step) == pytest.approx(1 / 255)


def test_options_reach_the_attack() -> None:
    spec = attack_from("apgd", {"access": "black_box", "steps": 7, "restarts": 3, "goal": "never", "norm": "l2"})
    assert isinstance(spec, APGD)
    assert (spec.access, spec.steps, spec.restarts) == ("black_box", 7, 3)
    assert (spec.goal.stop, spec.budget.norm) == ("never", "l2")
    rotation = attack_from("rotation", {"access": "queries", "angle": 12})
    assert isinstance(rotation, Rotation)
    assert rotation.greatest == 12
    lens = attack_from("lens_patch", {"access": "black_box"})
    assert isinstance(lens, Patch)
    assert lens.trained_patch == "lens_black_box"


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("pdg", {}, ("pdg", "Did you mean 'pgd'?")),
        ("torchattacks:PGD", {}, ("torchattacks", "foolbox")),
        ("pgd", {"access": "whitebox"}, ("whitebox", "white_box")),
        ("pgd", {"access": "queries"}, ("allowed for this attack", "black_box")),
        ("pgd", {"queries": 5}, ("--queries does not apply to pgd",)),
        ("patch", {"epsilon": "0.02"}, ("--epsilon does not apply to patch", "--scale")),
        ("substitution", {"steps": 5}, ("--steps does not apply",)),
        ("pgd", {"epsilon": "0"}, ("--epsilon is 0",)),
        ("pgd", {"epsilon": "-0.02"}, ("above 0",)),
        ("pgd", {"epsilon": "0.5/255"}, ("0.5/255", "least budget")),
        ("pgd", {"epsilon": "big"}, ("'big'", "4/255")),
        ("pgd", {"epsilon": "4/256"}, ("4/256",)),
        ("pgd", {"epsilon": "nan"}, ("finite",)),
        ("pgd", {"step": "0"}, ("--step is 0",)),
        ("pgd", {"pixel_range": "1,0"}, ("--pixel-range",)),
        ("pgd", {"pixel_range": "wide"}, ("--pixel-range=-1,1",)),
        ("pgd", {"norm": "l3"}, ("l3", "linf")),
        ("patch", {"scale": 3}, ("scale", "3")),
        ("captures", {"captures": 1}, ("count", "2")),
    ],
)
def test_mistakes_are_named(name: str, given: dict[str, Any], expected: tuple[str, ...]) -> None:
    with pytest.raises(InputError) as error:
        attack_from(name, given)
    for text in expected:
        assert text in str(error.value)


def test_every_attack_runs_without_options() -> None:
    for name in attacks_named_in("command"):
        if not ATTACKS[name].library:
            assert attack_from(name, {}).row_name == name


def test_an_attack_of_another_library_is_asked_for_by_its_name_there() -> None:
    spec = attack_from("art:FastGradientMethod", {"epsilon": "4/255"})
    assert isinstance(spec, External)
    assert (spec.library, spec.name, spec.access) == ("art", "FastGradientMethod", "white_box")


def test_the_paper_s_numbers_are_the_defaults() -> None:
    assert {one.name: one.default for one in ATTACKS["pgd"].parameters}["epsilon"] == EPSILON
    assert (PGD(budget=PAPER_BUDGET).steps, PGD(budget=PAPER_BUDGET).step) == (STEPS, EPSILON / 2)
    assert Patch().scale == PATCH_SCALE
