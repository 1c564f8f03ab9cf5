"""Options become attacks; what does not fit together is refused by name."""

from __future__ import annotations

import pytest

from threatsim.attacks.families.apgd import APGD
from threatsim.attacks.families.patch import Patch
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.families.rotation import Rotation
from threatsim.common.errors import ThreatsimError
from threatsim.outcomes.lab.attack_options import ATTACKS, AttackOptions, attack_from, budget_from


def test_the_defaults_are_the_paper_s() -> None:
    spec = attack_from(AttackOptions("pgd"))
    assert isinstance(spec, PGD)
    assert (spec.access, spec.budget.epsilon, spec.budget.low, spec.budget.high) == ("white_box", 0.02, -1, 1)
    assert (spec.step, spec.steps, spec.goal.stop) == (0.01, 20, "turned")
    patch = attack_from(AttackOptions("patch"))
    assert isinstance(patch, Patch)
    assert patch.scale == 0.4


@pytest.mark.parametrize(
    ("epsilon", "pixel_range", "levels"),
    [("4/255", None, 4), ("4/255", "0,1", 4), ("0.02", None, 2.55), ("0.02", "0,1", 5.1), ("4", "0,255", 4)],
)
def test_a_budget_is_read_on_its_scale(epsilon: str, pixel_range: str | None, levels: float) -> None:
    assert budget_from(epsilon, pixel_range).radius * 255 == pytest.approx(levels)


def test_a_step_in_grey_levels_fits_a_budget_on_another_scale() -> None:
    spec = attack_from(AttackOptions("pgd", epsilon="0.02", step="1/255"))
    assert isinstance(spec, PGD)
    assert spec.budget.on_unit_scale(spec.step) == pytest.approx(1 / 255)
    both = attack_from(AttackOptions("pgd", epsilon="4/255", step="1/255"))
    assert isinstance(both, PGD)
    assert both.budget.on_unit_scale(both.step) == pytest.approx(1 / 255)


def test_options_reach_the_attack() -> None:
    spec = attack_from(AttackOptions("apgd", access="black_box", steps=7, restarts=3, goal="never", norm="l2"))
    assert isinstance(spec, APGD)
    assert (spec.access, spec.steps, spec.restarts) == ("black_box", 7, 3)
    assert (spec.goal.stop, spec.budget.norm) == ("never", "l2")
    turned = attack_from(AttackOptions("rotation", access="queries", angle=12))
    assert isinstance(turned, Rotation)
    assert turned.greatest == 12
    lens = attack_from(AttackOptions("lens_patch", access="black_box"))
    assert isinstance(lens, Patch)
    assert lens.artefact == "lens_black_box"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (AttackOptions("pdg"), ("pdg", "Did you mean 'pgd'?")),
        (AttackOptions("torchattacks:PGD"), ("torchattacks", "foolbox")),
        (AttackOptions("pgd", access="whitebox"), ("whitebox", "white_box")),
        (AttackOptions("pgd", access="queries"), ("allowed for this attack", "black_box")),
        (AttackOptions("pgd", queries=5), ("--queries does not apply to pgd",)),
        (AttackOptions("patch", epsilon="0.02"), ("--epsilon does not apply to patch", "--scale")),
        (AttackOptions("substitution", steps=5), ("--steps does not apply",)),
        (AttackOptions("pgd", epsilon="0"), ("--epsilon is 0",)),
        (AttackOptions("pgd", epsilon="-0.02"), ("above 0",)),
        (AttackOptions("pgd", epsilon="0.5/255"), ("0.5/255", "least budget")),
        (AttackOptions("pgd", epsilon="big"), ("'big'", "4/255")),
        (AttackOptions("pgd", epsilon="4/256"), ("4/256",)),
        (AttackOptions("pgd", epsilon="nan"), ("finite",)),
        (AttackOptions("pgd", step="0"), ("--step is 0",)),
        (AttackOptions("pgd", pixel_range="1,0"), ("--pixel-range",)),
        (AttackOptions("pgd", pixel_range="wide"), ("--pixel-range=-1,1",)),
        (AttackOptions("pgd", norm="l3"), ("l3", "linf")),
        (AttackOptions("patch", scale=3), ("scale", "3")),
        (AttackOptions("captures", captures=1), ("count", "2")),
    ],
)
def test_mistakes_are_named(options: AttackOptions, said: tuple[str, ...]) -> None:
    with pytest.raises(ThreatsimError) as error:
        attack_from(options)
    for text in said:
        assert text in str(error.value)


def test_every_attack_runs_without_options() -> None:
    for name in ATTACKS:
        assert attack_from(AttackOptions(name)).words()
