"""What is attacked is a file: within the budget, on the grid, and decided as it is read back."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.attacks.conftest import CPU, cases_of, small_network, solved
from threatsim.attacks.base import ImageAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.families.apgd import APGD
from threatsim.attacks.families.fgsm import FGSM
from threatsim.attacks.families.hopskipjump import HopSkipJump
from threatsim.attacks.families.minimal_norm import MinimalNorm
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.families.square import Square
from threatsim.attacks.goal import NEVER
from threatsim.attacks.search.domain import Domain, quantise
from threatsim.attacks.search.target import Target
from threatsim.attacks.search.target_decision import TargetDecision


def specs(budget: PixelBudget) -> list[ImageAttack]:
    found: list[ImageAttack] = [
        FGSM(budget=budget),
        PGD(access="white_box", budget=budget, step=max(budget.epsilon / 3, 1e-6), steps=3),
        APGD(budget=budget, steps=6),
        APGD(budget=budget, steps=6, goal=NEVER),
        HopSkipJump(budget=budget, queries=120),
    ]
    return found if budget.norm == "l2" else [*found, Square(budget=budget, queries=60)]


def read_back(image: torch.Tensor) -> torch.Tensor:
    """An image through a PNG file."""
    file = io.BytesIO()
    Image.fromarray((image * 255).round().to(torch.uint8).permute(1, 2, 0).numpy()).save(file, format="png")
    pixels = np.asarray(Image.open(io.BytesIO(file.getvalue())).convert("RGB"))
    return torch.from_numpy(pixels.astype(np.float32) / np.float32(255)).permute(2, 0, 1)


def one(epsilon: float, norm: str = "linf") -> list[ImageAttack]:
    return specs(PixelBudget(epsilon=epsilon, norm=norm, low=0, high=255))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "spec", [*one(7), *one(150, "l2"), MinimalNorm(), MinimalNorm(norm="l2")], ids=lambda spec: spec.family
)
def test_the_verdict_is_the_untouched_model_s_on_the_file(spec: ImageAttack) -> None:
    model = small_network(1).eval()
    images = cases_of(10).images
    with torch.no_grad():
        target_decision = TargetDecision.leave(model(images).argmax(1))
    found = solved(Target(model, CPU), images, target_decision, spec)
    read = torch.stack([read_back(image) for image in found.images])
    assert torch.equal(read, found.images)
    with torch.no_grad():
        assert torch.equal(target_decision.is_success(model(read)), found.success)
    assert bool(found.success.any()) or spec.access == "queries"


@settings(max_examples=40, deadline=None)
@given(
    epsilon=st.floats(0.002, 0.6),
    norm=st.sampled_from(["linf", "l2"]),
    levels=st.sampled_from([None, 1, 15, 255, 4095, 65535]),
    on_grid=st.booleans(),
    which=st.integers(0, 5),
)
def test_every_file_lies_in_the_ball_the_range_and_on_the_grid(
    epsilon: float, norm: Any, levels: int | None, on_grid: bool, which: int
) -> None:
    images = cases_of(3).images
    if not on_grid:
        images = (images * 0.997 + 0.0013).clamp(0, 1)
    elif levels is not None:
        images = quantise(images, levels)
    length = epsilon * (20 if norm == "l2" else 1)
    budget = PixelBudget(epsilon=length, norm=norm, low=0, high=1, levels=levels)
    chosen = specs(budget)
    target = Target(small_network(1), CPU)
    files = solved(target, images, TargetDecision.finding(torch.tensor([0, 1, 0])), chosen[which % len(chosen)]).images
    change = (files - images).flatten(1)
    rounding = 0.0 if on_grid or levels is None else 0.5 / levels  # the original itself may be off the grid
    if norm == "linf":
        whole = budget.radius if levels is None or not on_grid else budget.whole_levels / levels  # type: ignore[operator]
        assert float(change.abs().max()) <= max(whole, rounding) + 1e-6
    else:
        spare = rounding * change.shape[1] ** 0.5
        assert float(change.norm(dim=1).max()) <= max(budget.radius, spare) * (1 + 1e-5) + 1e-5
    assert float(files.min()) >= 0
    assert float(files.max()) <= 1
    if levels is not None:
        torch.testing.assert_close(files, quantise(files, levels), atol=1e-7, rtol=0)


@pytest.mark.parametrize(("epsilon", "levels", "whole"), [(0.02, 255, 5), (4 / 255, 255, 4), (3 / 4095, 4095, 3)])
def test_whole_levels_are_used_to_the_last(epsilon: float, levels: int, whole: int) -> None:
    images = quantise(0.3 + 0.4 * cases_of(3).images, levels)
    budget = PixelBudget(epsilon=epsilon, low=0, high=1, levels=levels)
    found = solved(
        Target(small_network(1), CPU), images, TargetDecision.finding(torch.tensor([0, 1, 0])), FGSM(budget=budget)
    )
    assert float(((found.images - images).abs() * levels).max()) == pytest.approx(whole, abs=1e-3)


@pytest.mark.parametrize("spec", [*one(7), *one(150, "l2"), MinimalNorm()], ids=lambda spec: spec.family)
def test_a_grey_film_stays_grey(spec: ImageAttack) -> None:
    images = cases_of(6).images[:, :1].expand(-1, 3, -1, -1).contiguous()
    target = Target(small_network(1), CPU)
    found = solved(target, images, TargetDecision.leave(target.verdict(images).argmax(1)), spec)
    assert torch.equal(found.images, found.images[:, :1].expand_as(found.images))
    assert not torch.equal(found.images, images) or not bool(found.success.any())


def test_rounding_towards_the_original_keeps_an_l2_file_in_the_ball() -> None:
    images = cases_of(2).images
    domain = Domain.of(images, PixelBudget(epsilon=3, norm="l2", low=0, high=255))
    moved = images + 0.4 / 255  # rounds to nothing
    assert torch.equal(domain.file(moved), quantise(images, 255))
    assert float(domain.distance(domain.file(images + 0.7 / 255)).max()) <= 3 / 255 * (1 + 1e-6)
