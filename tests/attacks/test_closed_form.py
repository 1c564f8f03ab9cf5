"""On a linear classifier the best attack is known, and every family must come near it."""

from __future__ import annotations

import pytest
import torch

from tests.attacks.conftest import CPU, Linear, cases_of, solved
from threatsim.attacks.base import ImageAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.families.apgd import APGD
from threatsim.attacks.families.fgsm import FGSM
from threatsim.attacks.families.hopskipjump import HopSkipJump
from threatsim.attacks.families.minimal_norm import MinimalNorm
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.families.square import Square
from threatsim.attacks.goal import NEVER, Goal
from threatsim.attacks.search.target import Target
from threatsim.attacks.search.target_decision import TargetDecision

EVERYTHING = {"linf": 1.0, "l2": 100.0}


def linear(size: int, *, n: int = 8, seed: int = 0) -> tuple[Linear, Target, torch.Tensor, TargetDecision]:
    """Images around mid grey, so that no pixel is clipped, and the decision that they do not have."""
    model = Linear(seed, size)
    images = (0.35 + 0.3 * cases_of(n, size=size, seed=seed).images).mul(255).round() / 255
    target = Target(model, CPU)
    return model, target, images, TargetDecision.finding(1 - target.verdict(images).argmax(1))


def distances(model: Linear, images: torch.Tensor, norm: str) -> torch.Tensor:
    """(N,) distance to the plane on which the decision turns."""
    margin = ((images - 0.5) * model.weight.detach()).sum((1, 2, 3)).abs()
    return margin / (model.weight.detach().abs().sum() if norm == "linf" else model.weight.detach().norm())


def length(change: torch.Tensor, norm: str) -> torch.Tensor:
    return change.flatten(1).abs().amax(1) if norm == "linf" else change.flatten(1).norm(dim=1)


@pytest.mark.parametrize("family", [FGSM, PGD, APGD])
@pytest.mark.parametrize(("norm", "epsilon"), [("linf", 4), ("l2", 200)])
def test_gradient_attacks_land_on_the_optimum(family: type, norm: str, epsilon: float) -> None:
    model, target, images, target_decision = linear(16)
    budget = PixelBudget(epsilon=epsilon, norm=norm, low=0, high=255, levels=None)
    options = {"access": "white_box", "step": epsilon / 4, "steps": 30} if family is PGD else {}
    found = solved(target, images, target_decision, family(budget=budget, goal=NEVER, **options)).images
    weight = model.weight.detach()
    steepest = weight.sign() if norm == "linf" else weight / weight.norm()
    towards = torch.where(target_decision.index == 1, 1.0, -1.0)[:, None, None, None] * steepest
    torch.testing.assert_close(found, images + budget.radius * towards, atol=2e-4, rtol=0)


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_the_prelude_turns_an_image_in_one_step_of_twice_the_distance(norm: str) -> None:
    model, _, images, target_decision = linear(16)
    target = Target(model, CPU, precision="float32")
    far = distances(model, images, norm)
    budget = PixelBudget(epsilon=3.9 * float(far.max()), norm=norm, low=0, high=1, levels=None)
    found = solved(target, images, target_decision, APGD(budget=budget, goal=Goal(stop="turned", margin=0)))
    assert bool(found.success.all())
    assert found.gradients.tolist() == [1] * len(images)
    part = budget.radius / 16
    step = (2 * far / part).ceil().clamp(min=2) * part
    torch.testing.assert_close(length(found.images - images, norm), step, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(("norm", "levels", "share"), [("linf", None, 1.02), ("l2", None, 1.02), ("l2", 4095, 1.03)])
def test_minimal_norm_finds_the_distance(norm: str, levels: int | None, share: float) -> None:
    model, target, images, target_decision = linear(16)
    found = solved(target, images, target_decision, MinimalNorm(norm=norm, levels=levels))
    assert bool(found.success.all())
    ratio = length(found.images - images, norm) / distances(model, images, norm)
    assert float(ratio.min()) > 0.999
    assert float(ratio.max()) < share


def test_minimal_norm_on_a_grid_needs_the_next_whole_level() -> None:
    model, target, images, target_decision = linear(16)
    found = solved(target, images, target_decision, MinimalNorm(norm="linf"))
    assert bool(found.success.all())
    levels = length(found.images - images, "linf") * 255
    needed = (distances(model, images, "linf") * 255).ceil()
    assert float((levels - needed).max()) < 1.01  # some pixels may be rounded the wrong way


@pytest.mark.parametrize("norm", ["linf", "l2"])
@pytest.mark.parametrize("levels", [None, 255])
def test_hopskipjump_comes_near_the_distance(norm: str, levels: int | None) -> None:
    model, target, images, target_decision = linear(5, n=24, seed=1)
    least = distances(model, images, norm)
    if levels is not None and norm == "linf":
        least = (least * levels).ceil() / levels  # a file changes a pixel by whole levels
    far = least > 3 / 255
    budget = PixelBudget(epsilon=EVERYTHING[norm], norm=norm, low=0, high=1, levels=levels)
    found = solved(target, images, target_decision, HopSkipJump(budget=budget, queries=4000, goal=NEVER))
    assert bool(found.success.all())
    assert int(far.sum()) >= 2
    ratio = (length(found.images - images, norm) / least)[far]
    assert float(ratio.min()) > 0.99
    assert float(ratio.max()) < 1.25


def test_square_needs_at_most_a_quarter_more_than_the_distance() -> None:
    model, target, images, target_decision = linear(5, n=6, seed=1)
    for row, distance in enumerate(distances(model, images, "linf")):
        budget = PixelBudget(epsilon=1.25 * float(distance), low=0, high=1, levels=None)
        one = torch.tensor([row])
        assert bool(solved(target, images[one], target_decision.take(one), Square(budget=budget, queries=2000)).success)


@pytest.mark.parametrize("family", [FGSM, PGD, APGD, Square, HopSkipJump])
def test_no_attack_does_the_impossible(family: type) -> None:
    model, target, images, target_decision = linear(6, n=4, seed=2)
    budget = PixelBudget(epsilon=0.99 * float(distances(model, images, "linf").min()), low=0, high=1, levels=None)
    options = {PGD: {"access": "white_box", "step": budget.epsilon / 4, "steps": 20}}.get(family, {})
    if family in (Square, HopSkipJump):
        options = {"queries": 200}
    spec: ImageAttack = family(budget=budget, **options)
    assert not bool(solved(target, images, target_decision, spec).success.any())
