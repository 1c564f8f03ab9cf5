"""Projected gradient descent (Madry et al. 2018, arXiv 1706.06083), with momentum if wanted (Dong et al. 2018)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from pydantic import Field, model_validator

from threatsim.attacks.base import GradientAccess, TransferAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.goal import NEVER, Goal
from threatsim.attacks.search.batch import AttackedImages, Batch
from threatsim.attacks.search.domain import Domain, per_image, total
from threatsim.attacks.search.loop import State, search


class PGD(TransferAttack):
    """Projected gradient descent from a random start (Madry et al. 2018, arXiv 1706.06083).

    With `momentum` it is the momentum iterative method of Dong et al. 2018 (arXiv 1710.06081), for transfer. The
    defaults are those of Finlayson et al. 2018 (arXiv 1804.05296, their code): 20 steps of half the radius.
    """

    family: Literal["pgd"] = "pgd"
    access: GradientAccess = Field(default="white_box", description="Gradients of the victim or of the surrogate.")
    budget: PixelBudget = Field(description="Greatest change of the image.")
    step: float = Field(
        default=0.0,
        gt=0,
        allow_inf_nan=False,
        description="Step size, on the budget's scale; half of epsilon where it is not given.",
    )
    steps: int = Field(default=20, ge=1, le=10_000, description="Number of gradient steps.")
    momentum: float = Field(default=0.0, ge=0, le=10, description="Decay of the accumulated gradient; 0 for none.")
    random_start: bool = Field(default=True, description="Start anywhere in the ball instead of at the image.")
    goal: Goal = Field(default=NEVER, description="When it stops; never, as in Finlayson et al., by default.")

    @model_validator(mode="before")
    @classmethod
    def _half_of_epsilon(cls, data: Any) -> Any:
        """Fill in the step; of a budget that is wrong itself, the error is the budget's."""
        if not isinstance(data, dict) or "step" in data:
            return data
        budget = data.get("budget")
        epsilon = budget.get("epsilon") if isinstance(budget, dict) else getattr(budget, "epsilon", None)
        half = epsilon / 2 if isinstance(epsilon, (int, float)) else 0
        return {**data, "step": half} if half > 0 else data

    def describe(self) -> str:
        """Return the attack in a line."""
        name = "PGD with momentum" if self.momentum else "PGD"
        return f"{name}, {self.knowledge}, {self.steps} steps, epsilon {self.budget.label()}"

    def run(self, batch: Batch) -> AttackedImages:
        """Take all steps toward the wanted decision, or stop once it is reached, as the goal says.

        The loss is the cross-entropy, as in the paper; for two classes, where the margin has the same direction of
        ascent, it is the margin, whose gradient does not vanish once the classifier is sure.
        """
        domain = batch.domain(self.budget)
        begin = domain.start(batch.uniform("start")) if self.random_start else batch.images
        method = FixedStep(begin, self.budget.on_unit_scale(self.step), self.steps, self.momentum)
        verdicts = batch.verdicts()
        found = search(batch.objective(batch.losses()[0], self.goal), domain, method, self.goal, verdicts)
        return AttackedImages(found.files, found.steps, found.gradients, torch.zeros_like(found.steps), verdicts.logits)


@dataclass(frozen=True)
class FixedStep:
    """Steps of one length.

    Attributes:
        begin: (N, 3, H, W) first images.
        step: length of a step, on [0, 1].
        steps: number of steps.
        momentum: decay of the accumulated gradient.
    """

    begin: torch.Tensor
    step: float
    steps: int
    momentum: float = 0.0

    def start(self, domain: Domain) -> State:
        """Return the first images."""
        return State({"x": self.begin} | ({"velocity": torch.zeros_like(self.begin)} if self.momentum else {}))

    def advance(self, state: State, domain: Domain, loss: torch.Tensor, gradient: torch.Tensor, step: int) -> None:
        """Take one step along the gradient, and go back into the domain.

        Args:
            state: where the search stands; changed in place.
            domain: the images' budgets.
            loss: (M,) float32, of `state.x`.
            gradient: (M, 3, H, W) float32, of the loss there.
            step: from 0.
        """
        if self.momentum:
            size = (total(gradient) / gradient[0].numel()).clamp(min=1e-30)
            gradient = self.momentum * state.tensors["velocity"] + gradient / per_image(size)
            state.tensors["velocity"] = gradient
        state.tensors["x"] = domain.project(state.x + self.step * domain.steepest(gradient))
