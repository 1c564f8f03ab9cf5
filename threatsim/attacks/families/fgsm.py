"""The fast gradient sign method (Goodfellow et al. 2015, arXiv 1412.6572): one step of the whole radius."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import Field

from threatsim.attacks.base import GradientAccess, TransferAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.goal import NEVER, Goal
from threatsim.attacks.search.batch import AttackedImages, Batch
from threatsim.attacks.search.loop import LossAndGradient
from threatsim.attacks.search.objective import DecisionObjective


class FGSM(TransferAttack):
    """Fast gradient sign method (Goodfellow et al. 2015, arXiv 1412.6572): one step of the whole radius."""

    family: Literal["fgsm"] = "fgsm"
    access: GradientAccess = Field(default="white_box", description="Gradients of the victim or of the surrogate.")
    budget: PixelBudget = Field(description="Greatest change of the image.")
    goal: Goal = Field(default=NEVER, description="When it stops; a single step is always taken whole.")

    def describe(self) -> str:
        """Return the attack in a line."""
        return f"FGSM, {self.knowledge}, epsilon {self.budget.label()}"

    def run(self, batch: Batch) -> AttackedImages:
        """Take one step along the gradient from the image itself."""
        domain = batch.domain(self.budget)
        model = batch.source.search_model(batch.images, confirmed=False)
        rows = torch.arange(len(domain), device=batch.images.device)
        seen = LossAndGradient(
            DecisionObjective(model, batch.target_decision, "margin"), batch.images, rows, gradient=True
        )
        files = domain.file(batch.images + domain.radius * domain.steepest(seen.gradient()))
        one = torch.ones_like(rows)
        return AttackedImages(files, one, one, 0 * one)
