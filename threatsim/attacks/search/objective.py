"""What a search ascends, and how it knows that it is there."""

from __future__ import annotations

from typing import Protocol

import torch
from torch import nn

from threatsim.attacks.search.target_decision import Loss, TargetDecision


class Objective(Protocol):
    """The adversary's purpose, as a differentiable function of images.

    A defence that an adaptive attacker knows is one more objective: its margin is then the least of several.
    """

    def measure(self, images: torch.Tensor, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return what is ascended, and the margin by which the adversary has what it wants, (M,) each.

        Args:
            images: (M, 3, H, W) in [0, 1].
            rows: (M,) int64, which rows of the batch these are altered versions of.

        Returns:
            loss (M,), to be ascended; margin (M,), above zero where it has. Both differentiable.
        """
        ...


class DecisionObjective:
    """Turning the decision of one classifier.

    Args:
        model: images to logits.
        target_decision: the decision wanted of each row of the batch.
        loss: what is ascended.
    """

    def __init__(self, model: nn.Module, target_decision: TargetDecision, loss: Loss) -> None:
        self._model, self._target_decision, self._loss = model, target_decision, loss

    def measure(self, images: torch.Tensor, rows: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return loss (M,) and margin (M,) of the aims of images (M, 3, H, W) that are versions of these rows."""
        logits = self._model(images)
        target_decision = self._target_decision.take(rows)
        margin = target_decision.margin(logits)
        return (margin if self._loss == "margin" else target_decision.loss(logits, self._loss)), margin
