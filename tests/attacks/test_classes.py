"""Two, three and four classes, and several labels at once, run the same attacks: one margin serves them all."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from tests.attacks.conftest import CPU, cases_of, small_network, solved
from threatsim.attacks.base import ImageAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.families.apgd import APGD
from threatsim.attacks.families.external import External
from threatsim.attacks.families.fgsm import FGSM
from threatsim.attacks.families.hopskipjump import HopSkipJump
from threatsim.attacks.families.minimal_norm import MinimalNorm
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.families.square import Square
from threatsim.attacks.search.target import Target
from threatsim.attacks.search.target_decision import TargetDecision

WIDE = PixelBudget.grey_levels(40)
SPECS: list[ImageAttack] = [
    FGSM(budget=WIDE),
    PGD(access="white_box", budget=WIDE, step=10, steps=10),
    APGD(budget=WIDE, steps=20),
    APGD(budget=WIDE, steps=20, loss="cross_entropy"),
    MinimalNorm(steps=40),
    Square(budget=WIDE, queries=150),
    HopSkipJump(budget=WIDE, queries=200, initial_evaluations=20),
    External(library="foolbox", name="LinfPGD", arguments={"steps": 10}, budget=WIDE),
]


def name(spec: ImageAttack) -> str:
    return f"{spec.family}-{getattr(spec, 'loss', '')}"


def untargeted(logits: torch.Tensor) -> TargetDecision:
    return TargetDecision.leave(logits.argmax(1))


def targeted(logits: torch.Tensor) -> TargetDecision:
    return TargetDecision.reach(logits.argsort(1)[:, -2])


def switched(logits: torch.Tensor) -> TargetDecision:
    return TargetDecision.switch(1, (logits[:, 1] < 0).long())


@pytest.mark.parametrize("spec", SPECS, ids=name)
@pytest.mark.parametrize("classes", [2, 3, 4])
@pytest.mark.parametrize("aim_of", [untargeted, targeted, switched])
def test_every_attack_runs_and_its_verdicts_are_the_model_s(aim_of: type, classes: int, spec: ImageAttack) -> None:
    target = Target(small_network(1, classes), CPU)
    images = cases_of(8).images
    clean = target.verdict(images)
    target_decision = aim_of(clean)
    assert not bool(target_decision.is_success(clean).any())
    found = solved(target, images, target_decision, spec)
    logits = target.verdict(found.images)
    assert found.logits.shape == (8, classes)
    assert torch.equal(target_decision.is_success(logits), found.success)
    if aim_of is untargeted:
        assert torch.equal(found.success, logits.argmax(1) != clean.argmax(1))
    if aim_of is targeted:
        assert torch.equal(found.success, logits.argmax(1) == target_decision.index)
    if aim_of is switched:
        assert torch.equal(found.success, (logits[:, 1].sigmoid() >= 0.5) != (clean[:, 1].sigmoid() >= 0.5))
    if spec.access == "white_box":
        assert float(found.success.float().mean()) >= 0.75
        assert float((target_decision.margin(logits) - target_decision.margin(clean)).min()) >= 0


@pytest.mark.parametrize("classes", [3, 4])
def test_leaving_a_class_is_no_harder_than_reaching_a_given_one(classes: int) -> None:
    target = Target(small_network(2, classes), CPU)
    images = cases_of(12).images
    now = target.verdict(images).argmax(1)
    spec = APGD(budget=PixelBudget.grey_levels(14), steps=30)
    left = solved(target, images, TargetDecision.leave(now), spec).success
    for other in range(1, classes):
        reached = solved(target, images, TargetDecision.reach((now + other) % classes), spec).success
        assert not bool((reached & ~left).any())


def test_the_margin_is_above_zero_where_the_decision_is_the_wanted_one() -> None:
    logits = torch.tensor([[2.0, 1.0, 0.5], [0.0, 3.0, 2.5]])
    assert TargetDecision.reach(torch.tensor([0, 2])).margin(logits).tolist() == pytest.approx([1.0, -0.5])
    assert TargetDecision.leave(torch.tensor([0, 2])).margin(logits).tolist() == pytest.approx([-1.0, 0.5])
    assert TargetDecision.switch(2, torch.tensor([1, 0])).margin(logits).tolist() == pytest.approx([0.5, -2.5])
    two = logits[:, :2]
    moved = TargetDecision.finding(torch.tensor([1, 0]), threshold=0.8)
    offset = float(torch.logit(torch.tensor(0.8)))
    assert moved.margin(two).tolist() == pytest.approx([-1 - offset, -3 + offset], abs=1e-6)


@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.93])
def test_turned_is_the_payer_s_rule_at_the_operating_point(threshold: float) -> None:
    logits = 3 * torch.randn(200, 2, generator=torch.Generator().manual_seed(0))
    wanted = torch.arange(200) % 2
    target_decision = TargetDecision.finding(wanted, threshold=threshold)
    decided = (logits.softmax(1)[:, 1] >= threshold).long()
    assert torch.equal(target_decision.is_success(logits), decided == wanted)
    assert torch.equal(target_decision.is_success(logits), target_decision.margin(logits) > 0)


def test_a_score_of_exactly_the_threshold_counts_as_the_finding() -> None:
    logits = torch.zeros(2, 2)
    assert TargetDecision.finding(torch.tensor([1, 0])).is_success(logits).tolist() == [True, False]


@pytest.mark.parametrize("kind", ["cross_entropy", "margin"])
@pytest.mark.parametrize("aim_of", [untargeted, targeted, switched])
def test_both_losses_rise_toward_what_is_wanted(aim_of: type, kind: str) -> None:
    logits = torch.randn(20, 4, generator=torch.Generator().manual_seed(1))
    target_decision = aim_of(logits)
    leaf = logits.clone().requires_grad_(True)
    gradient = torch.autograd.grad(target_decision.loss(leaf, kind).sum(), leaf)[0]
    assert bool(
        (target_decision.margin(logits + 1e-3 * F.normalize(gradient, dim=1)) > target_decision.margin(logits)).all()
    )


def test_losses_worth_trying() -> None:
    index = torch.zeros(1, dtype=torch.int64)
    assert TargetDecision.leave(index).losses(2) == ("margin",)
    assert TargetDecision.leave(index).losses(3) == ("cross_entropy", "margin")
    assert TargetDecision.switch(0, index).losses(14) == ("margin",)
