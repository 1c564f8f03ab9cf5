"""The nearest image with another decision, after the fast minimum-norm attack (Pintor et al. 2021, arXiv 2102.12827).

Each image has a radius of its own: it shrinks while the attack succeeds and grows while it does not, by less and
less; until the first success it is what the linearised margin asks for.
"""

from __future__ import annotations

import math
from typing import Literal

import torch
from pydantic import Field

from threatsim.attacks.base import GradientAccess, ImageAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.goal import NEVER, Goal
from threatsim.attacks.search.batch import AttackedImages, Batch
from threatsim.attacks.search.domain import Domain, per_image, shortened, total
from threatsim.attacks.search.loop import State, search


class MinimalNorm(ImageAttack):
    """The nearest image with another decision: fast minimum-norm attack (Pintor et al. 2021, arXiv 2102.12827)."""

    family: Literal["minimal_norm"] = "minimal_norm"
    access: GradientAccess = Field(default="white_box", description="Gradients of the victim or of the surrogate.")
    norm: Literal["linf", "l2"] = Field(default="linf", description="The norm that is made small.")
    steps: int = Field(default=100, ge=2, le=10_000, description="Number of gradient steps.")
    levels: int | None = Field(default=255, ge=1, description="Steps between black and white in the file; null: none.")
    goal: Goal = Field(default=NEVER, description="It always takes all steps.")

    def describe(self) -> str:
        """Return the attack in a line."""
        return f"Minimal-norm attack ({self.norm}), {self.knowledge}, {self.steps} steps"

    def file_levels(self, default: int | None) -> int | None:
        """Return steps between black and white in the file."""
        return self.levels

    def run(self, batch: Batch) -> AttackedImages:
        """Find the nearest image with the wanted decision; where saving undoes that, stretch the change a little."""
        pixels = batch.images[0].numel()
        everywhere = 1.0 if self.norm == "linf" else math.sqrt(pixels)
        domain = batch.domain(PixelBudget(epsilon=everywhere, norm=self.norm, low=0, high=1, levels=self.levels))
        objective = batch.objective("margin", NEVER)
        method = ShrinkingBall(self.steps)
        exact = Domain(domain.images, domain.low, domain.high, domain.radius, domain.norm, None, domain.grey)
        found = search(objective, exact, method, NEVER, batch.verdicts())
        files, settled = domain.images.clone(), torch.zeros_like(found.success)
        rows = torch.arange(len(domain), device=batch.images.device)
        for stretch in _STRETCHES:
            tried = domain.file(domain.images + stretch * (found.files - domain.images))
            good = batch.verdicts()(tried, rows) & ~settled
            files[good], settled = tried[good], settled | good
            if bool(settled.all()):
                break
        return AttackedImages(files, found.steps, found.gradients, torch.zeros_like(found.steps))


_RADIUS_CHANGE = 0.1  # first relative change of the radius
_STRETCHES = (1.0, 1.02, 1.05, 1.1, 1.2, 1.5, 2.0)


class ShrinkingBall:
    """Ascent of the margin inside a ball whose radius seeks the decision boundary.

    Args:
        steps: number of steps.
    """

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def start(self, domain: Domain) -> State:
        """Return the images themselves."""
        far = torch.full((len(domain),), torch.inf, device=domain.images.device)
        return State({"x": domain.images, "best": domain.images, "distance": far, "radius": torch.zeros_like(far)})

    def advance(self, state: State, domain: Domain, loss: torch.Tensor, gradient: torch.Tensor, step: int) -> None:
        """Adapt the radius to whether the margin is above zero, step, and project onto the ball.

        Args:
            state: where the search stands; changed in place.
            domain: the images' budgets.
            loss: (M,) float32, the margin of `state.x`.
            gradient: (M, 3, H, W) float32, of the loss there.
            step: from 0; radius and step shrink with it.
        """
        t = state.tensors
        cosine = 0.5 * (1 + math.cos(math.pi * step / self.steps))
        distance = domain.distance(t["x"])
        success = loss > 0
        nearer = success & (distance < t["distance"])
        t["best"] = torch.where(per_image(nearer), t["x"], t["best"])
        t["distance"] = torch.where(nearer, distance, t["distance"])
        change = _RADIUS_CHANGE * cosine + 0.001
        steepness = total(gradient) if domain.norm == "linf" else gradient.flatten(1).norm(dim=1)
        steepness = steepness.clamp(min=1e-12)
        linear = (distance - loss / steepness) * (1 + change)  # a little past the boundary: on it there is no success
        found = torch.isfinite(t["distance"])
        outside = torch.where(found, t["radius"] * (1 + change), torch.minimum(linear, distance + 0.25 * domain.radius))
        t["radius"] = torch.where(success, torch.minimum(t["radius"], t["distance"]) * (1 - change), outside)
        length = (0.01 + 0.99 * cosine) * t["radius"]
        moved = t["x"] + per_image(length) * domain.steepest(gradient)
        t["x"] = (domain.images + shortened(moved - domain.images, t["radius"], domain.norm)).clamp(0, 1)
