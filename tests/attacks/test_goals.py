"""When an attack stops, what it then costs, and which attack must be at least as strong as which."""

from __future__ import annotations

import pytest
import torch

from tests.attacks.conftest import solved
from threatsim.attacks.base import ImageAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.families.apgd import APGD
from threatsim.attacks.families.fgsm import FGSM
from threatsim.attacks.families.hopskipjump import HopSkipJump
from threatsim.attacks.families.minimal_norm import MinimalNorm
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.families.square import Square
from threatsim.attacks.goal import NEVER, UNTIL_SUCCESS
from threatsim.attacks.search.target import Target
from threatsim.attacks.search.target_decision import TargetDecision

Seen = tuple[torch.Tensor, torch.Tensor]
SOME = PixelBudget.grey_levels(8)  # turns about half of the images
MOST = PixelBudget.grey_levels(20)


def pgd(budget: PixelBudget, **options: object) -> PGD:
    return PGD.model_validate(
        {"access": "white_box", "budget": budget, "step": budget.epsilon / 4, "steps": 20} | options
    )


@pytest.mark.parametrize(
    "weaker",
    [
        Square(budget=MOST, queries=300),
        HopSkipJump(budget=MOST, queries=400),
        pgd(MOST, access="black_box"),
        FGSM(budget=MOST),
    ],
    ids=lambda spec: f"{spec.family}-{spec.access}",
)
def test_white_box_turns_whatever_a_weaker_attacker_turns(
    victim: Target, surrogate: Target, seen: Seen, weaker: ImageAttack
) -> None:
    images, labels = seen[0][:24], seen[1][:24]
    white = solved(victim, images, TargetDecision.leave(labels), APGD(budget=MOST, steps=40)).success
    source = surrogate if weaker.access == "black_box" else None
    less = solved(victim, images, TargetDecision.leave(labels), weaker, source=source).success
    assert not bool((less & ~white).any())
    assert bool(less.any())


def test_more_budget_turns_no_fewer(victim: Target, seen: Seen) -> None:
    counts = [
        int(
            solved(
                victim, seen[0], TargetDecision.leave(seen[1]), APGD(budget=PixelBudget.grey_levels(k), steps=30)
            ).success.sum()
        )
        for k in (1, 4, 8, 12, 255)
    ]
    assert counts == sorted(counts)
    assert counts[0] < len(seen[0]) / 2
    assert counts[-1] == len(seen[0])


def test_apgd_is_no_weaker_than_one_step_or_plain_pgd(victim: Target, seen: Seen) -> None:
    target_decision = TargetDecision.leave(seen[1])
    success = [
        solved(victim, seen[0], target_decision, spec).success
        for spec in (APGD(budget=SOME), pgd(SOME), FGSM(budget=SOME))
    ]
    assert int(success[0].sum()) >= int(success[1].sum()) >= int(success[2].sum())
    assert not bool((success[2] & ~success[0]).any())


def test_doubling_the_steps_hardly_helps(victim: Target, seen: Seen) -> None:
    some, twice = (
        int(solved(victim, seen[0], TargetDecision.leave(seen[1]), APGD(budget=SOME, steps=n)).success.sum())
        for n in (40, 80)
    )
    assert abs(twice - some) <= 1


@pytest.mark.parametrize("spec", [pgd(SOME, goal=NEVER), APGD(budget=SOME, steps=20, goal=NEVER, loss="margin")])
def test_never_takes_all_steps(victim: Target, seen: Seen, spec: ImageAttack) -> None:
    found = solved(victim, seen[0], TargetDecision.leave(seen[1]), spec)
    assert found.gradients.tolist() == [20] * len(seen[0])
    assert found.steps.tolist() == [20] * len(seen[0])


@pytest.mark.parametrize(
    "spec", [pgd(SOME, goal=UNTIL_SUCCESS), APGD(budget=SOME, steps=20, goal=UNTIL_SUCCESS, loss="margin")]
)
def test_turned_stops_early_and_counts_what_it_took(victim: Target, seen: Seen, spec: ImageAttack) -> None:
    found = solved(victim, seen[0], TargetDecision.leave(seen[1]), spec)
    assert bool(found.success.any())
    assert not bool(found.success.all())
    assert float(found.gradients[found.success].float().mean()) < 15
    assert int(found.gradients[found.success].min()) >= 1
    assert found.gradients[~found.success].tolist() == [20] * int((~found.success).sum())
    assert bool((found.steps <= found.gradients).all())
    assert int(found.queries.sum()) == 0


def test_stopping_early_turns_as_many_and_leaves_less_confidence(victim: Target, seen: Seen) -> None:
    target_decision = TargetDecision.leave(seen[1])
    early, late = (
        solved(victim, seen[0], target_decision, APGD(budget=MOST, steps=20, goal=goal))
        for goal in (UNTIL_SUCCESS, NEVER)
    )
    assert int(early.success.sum()) >= int(late.success.sum())
    assert float(target_decision.margin(early.logits).mean()) < float(target_decision.margin(late.logits).mean())
    assert float(target_decision.margin(early.logits)[early.success].min()) > 0


def test_stopping_at_the_surrogate_s_first_success_ruins_transfer(
    victim: Target, surrogate: Target, seen: Seen
) -> None:
    target_decision = TargetDecision.leave(seen[1])
    success = [
        int(
            solved(
                victim, seen[0], target_decision, pgd(MOST, access="black_box", goal=goal), source=surrogate
            ).success.sum()
        )
        for goal in (UNTIL_SUCCESS, NEVER)
    ]
    assert success[0] < success[1]


def test_the_least_change_agrees_with_attacks_of_a_fixed_budget(victim: Target, seen: Seen) -> None:
    target_decision = TargetDecision.leave(seen[1])
    least = solved(victim, seen[0], target_decision, MinimalNorm())
    assert bool(least.success.all())
    needed = ((least.images - seen[0]).flatten(1).abs().amax(1) * 255).round()
    success = solved(victim, seen[0], target_decision, APGD(budget=SOME)).success
    assert int((success != (needed <= 8)).sum()) <= 2


def test_restarts_are_tried_only_on_what_survived(victim: Target, seen: Seen) -> None:
    target_decision = TargetDecision.leave(seen[1])
    once, thrice = (solved(victim, seen[0], target_decision, APGD(budget=SOME, steps=10, restarts=n)) for n in (1, 3))
    assert torch.equal(once.images[once.success], thrice.images[once.success])
    assert torch.equal(once.gradients[once.success], thrice.gradients[once.success])
    assert bool((thrice.gradients[~thrice.success] > 2 * once.gradients[~thrice.success]).all())
    assert int(thrice.success.sum()) >= int(once.success.sum())
