"""Projected gradient descent in the L-infinity norm (Madry et al. 2018, arXiv 1706.06083)."""

from __future__ import annotations

import torch

from threatsim.attacks.randomness import keyed_uniform
from threatsim.attacks.spec import PGD
from threatsim.attacks.target import Target


def pgd(target: Target, images: torch.Tensor, wrong: torch.Tensor, spec: PGD, *, keys: list[str]) -> torch.Tensor:
    """Move images toward the class `wrong` within the budget, taking every step.

    Descends the cross-entropy to `wrong` (the targeted form that Finlayson et al. ran), from a start drawn uniformly
    in the ball from each case's key. Stopping at the first success would be cheaper and would ruin transfer.

    Args:
        target: whose gradients are followed: the victim, or the surrogate for a transfer attack.
        images: (N, 3, H, W) float32 in [0, 1] on the target's device.
        wrong: (N,) int64 class to reach.
        keys: (N,) the key of each case's random start.

    Returns:
        (N, 3, H, W) images in [0, 1], nowhere further than the budget from the originals.
    """
    epsilon = spec.budget.on_unit_scale(spec.budget.epsilon)
    step = spec.budget.on_unit_scale(spec.step)
    low, high = (images - epsilon).clamp_(min=0), (images + epsilon).clamp_(max=1)
    start = keyed_uniform(keys, tuple(images.shape[1:])).to(images.device) * 2 - 1
    moved = torch.clamp(images + epsilon * start, low, high)
    for _ in range(spec.steps):
        moved = torch.clamp(moved - step * target.loss_gradient(moved, wrong).sign(), low, high)
    return moved
