"""Every check passes on a model that is as it should be, and flags one that is not."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.families.captures import Captures
from threatsim.attacks.families.fgsm import FGSM
from threatsim.attacks.families.pgd import PGD
from threatsim.outcomes.audit.all_checks import Check
from threatsim.outcomes.audit.checks.binarised import binarised
from threatsim.outcomes.audit.checks.black_box import black_box, noise, worst_case
from threatsim.outcomes.audit.checks.broken import DropoutLeftOn, Wrapped, normalised_twice
from threatsim.outcomes.audit.checks.budgets import budget_large, budget_monotone, budget_zero
from threatsim.outcomes.audit.checks.closed_forms import few_classes, oracle
from threatsim.outcomes.audit.checks.denominators import denominators
from threatsim.outcomes.audit.checks.effort import iterations, restarts, targeted
from threatsim.outcomes.audit.checks.gradients import finite_difference, gradients, outputs
from threatsim.outcomes.audit.checks.patches import patch_controls
from threatsim.outcomes.audit.checks.query_counts import queries
from threatsim.outcomes.audit.checks.replay import replay
from threatsim.outcomes.audit.checks.saved_files import constraints, fresh_verdict
from threatsim.outcomes.audit.checks.scale import scale
from threatsim.outcomes.audit.checks.surrogate import surrogate
from threatsim.outcomes.audit.subject import AuditedModel
from threatsim.outcomes.published.finlayson_attacks import PAPER_BUDGET

from .conftest import SIZE, Sharp, images, network, subject_on

Toy = Callable[[int], AuditedModel]


class EightBits(Wrapped):
    """The same decisions on files, with a gradient of zero everywhere: pixels are rounded to grey levels."""

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.model((batch * 255).round() / 255)
        return logits


class Probe(nn.Module):
    """A margin that a test writes down: logits 0 and `margin(x)`."""

    def __init__(self, margin: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.margin = margin

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        margin = self.margin(batch)
        return torch.stack([torch.zeros_like(margin), margin], 1)


def grey_images(n: int) -> torch.Tensor:
    """Plain images, each of its own grey near the middle."""
    return ((torch.arange(n) + 100.0) / 255)[:, None, None, None].expand(n, 3, SIZE, SIZE).clone()


@pytest.fixture(scope="module")
def masked(toy: Toy) -> AuditedModel:
    """A toy whose gradients are zero; its surrogate is the same network with them."""
    whole = toy(2)
    return dataclasses.replace(whole, model=EightBits(whole.model), surrogate=whole.model)


@pytest.fixture(scope="module")
def noisy(toy: Toy) -> AuditedModel:
    """A toy that drops pixels at random."""
    whole = toy(2)
    return dataclasses.replace(whole, model=DropoutLeftOn(whole.model), surrogate=None)


@pytest.fixture
def fickle() -> AuditedModel:
    """A classifier whose decision turns by chance, so that whoever tries longer finds more."""
    torch.manual_seed(7)
    pictures = images(48)
    model = Probe(lambda batch: batch.mean((1, 2, 3)) * 0 - 1 + 0.89 * torch.randn(len(batch)))
    return AuditedModel(model, pictures, torch.zeros(48, dtype=torch.int64))


@pytest.mark.parametrize("check", [gradients, black_box, worst_case, binarised, finite_difference])
def test_masked_gradients_are_seen(check: Check, masked: AuditedModel) -> None:
    result = check(masked)
    assert result is not None
    assert not result.ok, result.found


def test_images_that_noise_finds_and_the_attack_does_not_are_seen() -> None:
    pictures = images(16)
    pictures[:, 0, 0, 0] = 128 / 255
    corner = EightBits(Probe(lambda batch: 1e3 * (batch[:, 0, 0, 0] - 128.5 / 255)))
    result = noise(AuditedModel(corner, pictures, torch.zeros(16, dtype=torch.int64)))
    assert not result.ok, result.found


@pytest.mark.parametrize("check", [budget_zero, fresh_verdict, replay])
def test_a_random_forward_is_seen(check: Check, noisy: AuditedModel) -> None:
    torch.manual_seed(0)
    result = check(noisy)
    assert result is not None
    assert not result.ok, result.found


@pytest.mark.parametrize("check", [iterations, restarts])
def test_success_by_trying_longer_is_seen(check: Check, fickle: AuditedModel) -> None:
    result = check(fickle)
    assert result is not None
    assert not result.ok, result.found


def test_a_model_that_nothing_turns_fails_at_a_large_budget() -> None:
    still = subject_on(Probe(lambda batch: batch.mean((1, 2, 3)) * 0.01 - 9), images(8))
    assert not budget_large(still).ok


def test_a_search_that_is_lost_in_a_large_ball_is_seen() -> None:
    """One grey level up is the only place to be, and nearly level ground before it: a long step lands where nothing
    points back."""

    def margin(batch: torch.Tensor) -> torch.Tensor:
        mean = batch.mean((1, 2, 3))
        rough = (batch - mean[:, None, None, None]).abs().amax((1, 2, 3)) > 1e-4
        up = mean * 255 - 100
        rise = -1 + 0.02 * up + 1.98 * up.clamp(0, 1) ** 4
        tent = torch.where(up < 1.6, rise - 2 * (up - 1).clamp(min=0), up.detach() * 0 - 0.5)
        return torch.where(rough, tent.detach() * 0 - 5, tent)

    plain = torch.full((16, 3, SIZE, SIZE), 100 / 255)
    lost = subject_on(Probe(margin), plain)
    assert not budget_monotone(lost).ok, budget_monotone(lost).found


def test_an_untargeted_loss_that_misleads_is_seen() -> None:
    class Trap(nn.Module):
        def forward(self, batch: torch.Tensor) -> torch.Tensor:
            moved = batch.mean((1, 2, 3)) - 0.5
            flat = torch.ones_like(moved)
            lure, way = 0.9 + 0.05 * torch.tanh(1e5 * (moved + 1e-4)), -2 - 4 / 0.0025 * moved
            return 100 * torch.stack([flat + 0 * moved, lure, way], 1)

    plain = torch.full((16, 3, SIZE, SIZE), 0.5)
    result = targeted(AuditedModel(Trap(), plain, torch.zeros(16, dtype=torch.int64)))
    assert result is not None
    assert not result.ok, result.found


def test_probabilities_are_seen_among_labels_too() -> None:
    pictures = images(16)
    inner = Sharp(network(3, 3), pictures)
    model = nn.Sequential(inner, nn.Sigmoid())
    subject = AuditedModel(model, pictures, torch.ones(16, dtype=torch.int64), label=0)
    assert not outputs(subject).ok


def test_a_straight_through_gradient_is_seen(toy: Toy) -> None:
    class Through(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, batch: torch.Tensor) -> torch.Tensor:
            return (batch * 7).round() / 7

        @staticmethod
        def backward(ctx: Any, *gradients: torch.Tensor) -> torch.Tensor:
            return gradients[0]

    class Quantised(nn.Module):
        def __init__(self, model: nn.Module) -> None:
            super().__init__()
            self.model = model

        def forward(self, batch: torch.Tensor) -> torch.Tensor:
            logits: torch.Tensor = self.model(Through.apply(batch))
            return logits

    whole = toy(2)
    through = subject_on(Quantised(whole.model), whole.images)
    assert gradients(through).ok
    assert not finite_difference(through).ok


def test_the_oracle_sees_an_attack_that_goes_too_far(toy: Toy) -> None:
    whole = toy(2)
    assert oracle(whole).ok

    def far(norm: str) -> PGD:
        budget = PixelBudget.model_validate({"epsilon": 0.3, "norm": norm, "low": 0, "high": 1, "levels": None})
        return PGD(access="white_box", budget=budget, step=0.1, steps=5)

    assert not oracle(whole, attack=far).ok


def test_few_classes_sees_an_attack_that_stops_short(toy: Toy) -> None:
    whole = toy(2)
    assert few_classes(whole).ok
    assert not few_classes(whole, attack=lambda budget: FGSM(budget=budget.scaled(0.5))).ok


def test_a_budget_off_the_grid_does_not_survive_the_file(toy: Toy) -> None:
    off = dataclasses.replace(toy(2), budget=PAPER_BUDGET.model_copy(update={"levels": None}))
    result = constraints(off)
    assert not result.ok, result.found


def test_a_classifier_no_better_than_the_commonest_class_is_seen() -> None:
    constant = AuditedModel(
        Probe(lambda batch: batch.mean((1, 2, 3)) * 0 - 1), images(10), (torch.arange(10) > 6).long()
    )
    assert not denominators(constant).ok


def test_queries_that_are_not_charged_are_seen(toy: Toy) -> None:
    whole = toy(2)
    assert (result := queries(whole)) is not None
    assert result.ok, result.found
    silent = queries(whole, spec=Captures(access="queries", count=64))
    assert silent is not None
    assert not silent.ok, silent.found


def test_the_victim_is_no_surrogate(toy: Toy) -> None:
    whole = toy(2)
    same = surrogate(dataclasses.replace(whole, surrogate=whole.model))
    assert same is not None
    assert not same.ok
    assert surrogate(dataclasses.replace(whole, surrogate=None)) is None


def test_a_patch_that_is_its_own_control_is_seen(toy: Toy) -> None:
    whole = toy(2)
    plain = torch.full((2, 3, SIZE, SIZE), 0.5)
    same = patch_controls(dataclasses.replace(whole, patches={"white_box": plain, "grey": plain}))
    assert same is not None
    assert not same.ok
    assert patch_controls(whole) is None


def test_normalising_twice_is_seen_without_labels_that_tell(toy: Toy) -> None:
    pictures = images(32)
    body = nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Tanh(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 2)
    )
    with torch.no_grad():
        for _ in range(50):
            body(pictures)
    body.eval()
    assert scale(subject_on(body, pictures)).ok
    assert not scale(subject_on(normalised_twice(body), pictures)).ok


def test_a_model_made_for_another_range_is_seen() -> None:
    pictures = images(32)
    inner = Sharp(network(5), pictures)
    with torch.no_grad():
        labels = inner(pictures).argmax(1)

    class Wants255(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, batch: torch.Tensor) -> torch.Tensor:
            logits: torch.Tensor = self.inner(batch / 255)
            return logits

    result = scale(AuditedModel(Wants255(), pictures, labels))
    assert not result.ok
    assert "on [0, 255]" in result.found
