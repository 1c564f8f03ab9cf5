"""APGD (Croce and Hein 2020, arXiv 2003.01690): projected gradient ascent that sets its own step size.

The step starts at twice the radius and is halved at checkpoints when the loss has stopped rising; each halving goes
back to the best image so far. There is no step size to tune, and doubling the steps hardly helps.

Before it, where an image may leave at its first success, come a few steps from the image itself, each twice as long as
the margin and its gradient say is needed (DeepFool's prediction, Moosavi-Dezfooli et al. 2016, arXiv 1511.04599),
halved and taken back where the margin fell: on the classifiers shipped here they succeed on nearly every undefended
image within two gradients. APGD's own first stride of twice the radius from a random start needs more, and at a large
radius it can leave an image so changed that the way back takes the whole of the steps. Images that survive go on from
the best that the prelude found, with a stride of one radius; further restarts are APGD's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Literal

import torch
from pydantic import Field

from threatsim.attacks.base import GradientAccess, TransferAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.goal import UNTIL_SUCCESS, Goal
from threatsim.attacks.search.batch import AttackedImages, Batch
from threatsim.attacks.search.domain import Domain, per_image
from threatsim.attacks.search.loop import Method, State, search
from threatsim.attacks.search.target_decision import Loss


class APGD(TransferAttack):
    """PGD that sets its own step size (Croce and Hein 2020, arXiv 2003.01690). The default attack.

    `loss` both runs cross-entropy first and the margin on what is left; with two classes the two lead the same way,
    and only the margin is run.
    """

    family: Literal["apgd"] = "apgd"
    access: GradientAccess = Field(default="white_box", description="Gradients of the victim or of the surrogate.")
    budget: PixelBudget = Field(description="Greatest change of the image.")
    steps: int = Field(default=100, ge=1, le=10_000, description="Number of gradient steps of a restart.")
    restarts: int = Field(default=1, ge=1, le=1000, description="Random starts tried on images that survived.")
    loss: Literal["cross_entropy", "margin", "both"] = Field(default="both", description="What is ascended.")
    prelude: int = Field(
        default=5,
        ge=0,
        le=100,
        description="Steps up the margin from the image itself, as long as a linear model would need and taken back "
        "where they do not help, tried first where the goal lets an image stop: most of an undefended classifier need "
        "no more. They count as steps of the first restart.",
    )
    goal: Goal = Field(default=UNTIL_SUCCESS, description="When it stops.")

    def describe(self) -> str:
        """Return the attack in a line."""
        return f"APGD, {self.knowledge}, {self.steps} steps, epsilon {self.budget.label()}"

    def run(self, batch: Batch) -> AttackedImages:
        """Run each loss from each random start, on the images that have survived so far."""
        n, device = len(batch.images), batch.images.device
        wanted: tuple[Loss, ...] = batch.losses() if self.loss == "both" else (self.loss,)
        files, logits = batch.images.clone(), None
        counts = torch.zeros(2, n, dtype=torch.int64, device=device)
        best = torch.full((n,), -torch.inf, device=device)
        left = torch.arange(n, device=device)
        prelude = min(self.prelude, self.steps - 1) if self.goal.stop != "never" else 0
        attempts: list[tuple[int, Loss]] = [(-1, "margin")] if prelude else []
        attempts += product(range(self.restarts), wanted)
        for restart, loss in attempts:
            part = batch.take(left)
            domain = part.domain(self.budget)
            if restart < 0:
                method: Method = Backtracking(part.images, self.goal.margin, prelude)
            elif restart == 0 and prelude:
                method = SelfTuning(files[left], self.steps - prelude, stride=1.0)
            else:
                method = SelfTuning(domain.start(part.uniform(f"start/{restart}")), self.steps)
            verdicts = part.verdicts()
            found = search(part.objective(loss, self.goal), domain, method, self.goal, verdicts)
            assert verdicts.logits is not None  # every image has a verdict at the end if not before
            logits = torch.empty_like(verdicts.logits) if logits is None else logits
            margin = part.target_decision.margin(verdicts.logits)
            better = found.success | (margin > best[left])
            files[left[better]], logits[left[better]] = found.files[better], verdicts.logits[better]
            best[left[better]] = margin[better]
            counts[0, left] += found.steps
            counts[1, left] += found.gradients
            left = left[~found.success]
            if len(left) == 0:
                break
        return AttackedImages(files, counts[0], counts[1], torch.zeros_like(counts[0]), logits)


_MOMENTUM = 0.75
_RISING = 0.75  # share of steps since the last checkpoint that must have raised the loss
_BEYOND = 2.0  # a prelude's step, in those that a linear model would need
_PARTS = 16  # of the radius, that a prelude's step is counted in, so that no rounding of a gradient shows in it
_SHORTEST, _LONGEST = 2, 12  # parts


def checkpoints(steps: int) -> list[int]:
    """Return the steps after which the step size is reconsidered: ever closer together (section 3 of the paper)."""
    at, length = [0.0], 0.22
    while at[-1] < 1:
        at.append(at[-1] + length)
        length = max(length - 0.03, 0.06)
    return sorted({min(steps, -int(-share * steps // 1)) for share in at[1:] if share <= 1})


class SelfTuning:
    """APGD's step rule.

    Args:
        begin: (N, 3, H, W) first images.
        steps: number of steps.
        stride: the first step's length, in radii.
    """

    def __init__(self, begin: torch.Tensor, steps: int, *, stride: float = 2.0) -> None:
        self.steps = steps
        self._begin, self._stride = begin, stride
        self._checkpoints = checkpoints(steps)

    def start(self, domain: Domain) -> State:
        """Return the first images, with the first step."""
        n, x = len(domain), self._begin
        low = torch.full((n,), -torch.inf, device=x.device)
        return State(
            {
                "x": x,
                "before": x,
                "best": x,
                "best_gradient": torch.zeros_like(x),
                "best_loss": low,
                "loss": low,
                "step": torch.full((n,), self._stride * domain.radius, device=x.device),
                "rises": torch.zeros(n, device=x.device),
                "best_at_checkpoint": low,
                "just_halved": torch.ones(n, dtype=torch.bool, device=x.device),
            },
            {"checkpoint": 0.0},
        )

    def advance(self, state: State, domain: Domain, loss: torch.Tensor, gradient: torch.Tensor, step: int) -> None:
        """Keep the best image, reconsider the step size at a checkpoint, and move with momentum.

        Args:
            state: where the search stands; changed in place.
            domain: the images' budgets.
            loss: (M,) float32, of `state.x`.
            gradient: (M, 3, H, W) float32, of the loss there.
            step: from 0.
        """
        t = state.tensors
        t["rises"] = t["rises"] + (loss > t["loss"])
        t["loss"] = loss
        better = loss > t["best_loss"]
        t["best"] = torch.where(per_image(better), t["x"], t["best"])
        t["best_gradient"] = torch.where(per_image(better), gradient, t["best_gradient"])
        t["best_loss"] = torch.where(better, loss, t["best_loss"])
        x, before = t["x"], t["before"]
        if step in self._checkpoints:
            since = step - state.scalars["checkpoint"]
            stalled = (t["rises"] < _RISING * since) | (~t["just_halved"] & (t["best_at_checkpoint"] >= t["best_loss"]))
            t["step"] = torch.where(stalled, t["step"] / 2, t["step"])
            x = torch.where(per_image(stalled), t["best"], x)
            before = torch.where(per_image(stalled), x, before)
            gradient = torch.where(per_image(stalled), t["best_gradient"], gradient)
            t["loss"] = torch.where(stalled, t["best_loss"], t["loss"])
            t["just_halved"], t["best_at_checkpoint"] = stalled, t["best_loss"]
            t["rises"] = torch.zeros_like(t["rises"])
            state.scalars["checkpoint"] = float(step)
        ahead = domain.project(x + per_image(t["step"]) * domain.steepest(gradient))
        share = 1.0 if step == 0 else _MOMENTUM
        t["x"] = domain.project(x + share * (ahead - x) + (1 - share) * (x - before))
        t["before"] = x


@dataclass(frozen=True)
class Backtracking:
    """Steps as long as a linear model would need, twice over, taken again from the best image where one did not help.

    Attributes:
        begin: (N, 3, H, W) first images.
        wanted: margin to reach.
        steps: number of steps.
    """

    begin: torch.Tensor
    wanted: float
    steps: int

    def start(self, domain: Domain) -> State:
        """Return the first images."""
        low = torch.full((len(domain),), -torch.inf, device=self.begin.device)
        return State(
            {
                "x": self.begin,
                "best": self.begin,
                "best_gradient": torch.zeros_like(self.begin),
                "best_loss": low,
                "share": torch.ones_like(low),
            }
        )

    def advance(self, state: State, domain: Domain, loss: torch.Tensor, gradient: torch.Tensor, step: int) -> None:
        """Keep the best image, and step from it.

        Args:
            state: where the search stands; changed in place.
            domain: the images' budgets.
            loss: (M,) float32, the margin of `state.x`.
            gradient: (M, 3, H, W) float32, of the loss there.
            step: from 0.
        """
        t = state.tensors
        better = loss > t["best_loss"]
        t["best"] = torch.where(per_image(better), t["x"], t["best"])
        t["best_gradient"] = torch.where(per_image(better), gradient, t["best_gradient"])
        t["best_loss"] = torch.where(better, loss, t["best_loss"])
        t["share"] = torch.where(better, t["share"], t["share"] / 2)
        predicted = (self.wanted - t["best_loss"]) / domain.slope(t["best_gradient"]).clamp(min=1e-12)
        parts = (_BEYOND * _PARTS * predicted / max(domain.radius, 1e-12)).ceil().clamp(_SHORTEST, _LONGEST)
        length = per_image(parts * t["share"] * (domain.radius / _PARTS))
        t["x"] = domain.project(t["best"] + length * domain.steepest(t["best_gradient"]))
