"""The loop under every iterative attack: a working set that images leave as soon as they have what they need.

On an undefended classifier a few steps of the twenty that are usual suffice for most images, and one with a success
costs nothing more. Success is what the untouched model decides on the saved file, not what the search believes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import torch

from threatsim.attacks.goal import Goal
from threatsim.attacks.search.batch_invariance import parts
from threatsim.attacks.search.domain import Domain, per_image
from threatsim.attacks.search.objective import Objective

Verdict = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""(files (M, 3, H, W), rows (M,)) to (M,) bool: whether the adversary has what it wants."""


@dataclass
class State:
    """Where a method is with the live rows: `tensors` by name, (M, ...), of which `x` is the image to look at next."""

    tensors: dict[str, torch.Tensor]
    scalars: dict[str, float] = field(default_factory=dict)

    @property
    def x(self) -> torch.Tensor:
        """(M, 3, H, W) the images to look at next."""
        return self.tensors["x"]

    def keep(self, rows: torch.Tensor) -> None:
        """Drop all but these rows (M,) int64."""
        self.tensors = {name: tensor[rows] for name, tensor in self.tensors.items()}


class Method(Protocol):
    """A step rule. It sees live rows only, and never the model."""

    @property
    def steps(self) -> int:
        """Number of steps."""
        ...

    def start(self, domain: Domain) -> State:
        """Return the first images to look at."""
        ...

    def advance(self, state: State, domain: Domain, loss: torch.Tensor, gradient: torch.Tensor, step: int) -> None:
        """Move `state.x`.

        Args:
            state: where the search stands; changed in place.
            domain: the images' budgets.
            loss: (M,) float32, of `state.x`.
            gradient: (M, 3, H, W) float32, of the loss there.
            step: from 0.
        """
        ...


@dataclass(frozen=True)
class Found:
    """What a search came to, a row an image.

    Attributes:
        files: (N, 3, H, W) images as saved.
        success: (N,) bool, the verdicts on them.
        steps: (N,) int64, gradient steps before the file that the verdict confirmed; all that were taken elsewhere.
        gradients: (N,) int64, gradients that were computed for each image.
    """

    files: torch.Tensor
    success: torch.Tensor
    steps: torch.Tensor
    gradients: torch.Tensor


def search(objective: Objective, domain: Domain, method: Method, goal: Goal, verdict: Verdict) -> Found:
    """Run a method on every image of a domain until its goal is met or its steps are taken.

    With the goal `never` the last image is what counts (or the best one, where the method keeps it as `best`);
    otherwise the first file that the verdict confirms, and failing that the one of greatest margin.

    Args:
        objective: what is ascended, and the margin by which the decision is the wanted one.
        domain: the images with their budgets.
        method: how the next image is found from loss and gradient.
        goal: when an image's search stops.
        verdict: whether a saved file has the wanted decision.
    """
    n, device = len(domain), domain.images.device
    files = domain.images.clone()
    success = torch.zeros(n, dtype=torch.bool, device=device)
    steps = torch.zeros(n, dtype=torch.int64, device=device)
    gradients = torch.zeros(n, dtype=torch.int64, device=device)
    live, here = torch.arange(n, device=device), domain
    state = method.start(domain)
    stops = goal.stop != "never"
    if stops:
        state.tensors["top"], state.tensors["top_margin"] = state.x, torch.full((n,), -torch.inf, device=device)
    for step in range(method.steps + 1):
        steps[live] = step
        if step == method.steps and not stops:
            break  # nothing hangs on how the last image looks
        seen = LossAndGradient(objective, state.x, live, gradient=step < method.steps)
        if stops:
            _keep_best(state, seen.margin)
            hits = (seen.margin > goal.margin).nonzero().squeeze(1)
            candidates = here.take(hits).file(state.x[hits])
            confirmed = (
                verdict(candidates, live[hits]) if len(hits) else torch.zeros(0, dtype=torch.bool, device=device)
            )
            done = hits[confirmed]
            files[live[done]], success[live[done]] = candidates[confirmed], True
            if len(done) == len(live):
                return Found(files, success, steps, gradients)
            if len(done):
                alive = torch.ones(len(live), dtype=torch.bool, device=device)
                alive[done] = False
                keep = alive.nonzero().squeeze(1)
                live, here = live[keep], here.take(keep)
                state.keep(keep)
                seen.keep(keep)
        if step < method.steps:
            gradients[live] += 1
            method.advance(state, here, seen.loss, seen.gradient(), step)
    final = here.file(state.tensors["top"] if stops else state.tensors.get("best", state.x))
    files[live], success[live] = final, verdict(final, live)
    return Found(files, success, steps, gradients)


def _keep_best(state: State, margin: torch.Tensor) -> None:
    better = margin > state.tensors["top_margin"]
    state.tensors["top"] = torch.where(per_image(better), state.x, state.tensors["top"])
    state.tensors["top_margin"] = torch.where(better, margin, state.tensors["top_margin"])


class LossAndGradient:
    """Loss and margin of images, with their gradient at hand for the rows that turn out to need it.

    One forward pass serves both, and parts of a batch in which every image has left need no backward pass.

    Args:
        objective: what is measured.
        x: (M, 3, H, W) images.
        live: (M,) the rows of the batch that they are versions of.
        gradient: whether gradients may be asked for.

    Attributes:
        loss, margin: (M,) float32.
    """

    def __init__(self, objective: Objective, x: torch.Tensor, live: torch.Tensor, *, gradient: bool) -> None:
        self._parts: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = []
        losses, margins = [], []
        for start, count, size in parts(len(x), x.device, x.shape[-2] * x.shape[-1]):
            rows = torch.arange(start, start + size, device=x.device).clamp(max=start + count - 1)
            part = x[start : start + count] if count == size else x[rows]
            leaf = part.detach().contiguous(memory_format=torch.channels_last).requires_grad_(gradient)
            with torch.set_grad_enabled(gradient):
                loss, margin = objective.measure(leaf, live[rows])
            self._parts.append((leaf, loss, rows[:count]))
            losses.append(loss.detach()[:count].float())
            margins.append(margin.detach()[:count].float())
        self.loss, self.margin = torch.cat(losses), torch.cat(margins)
        self._kept = torch.arange(len(x), device=x.device)

    def keep(self, rows: torch.Tensor) -> None:
        """Drop all but these rows (M,) int64."""
        self.loss, self.margin, self._kept = self.loss[rows], self.margin[rows], self._kept[rows]

    def gradient(self) -> torch.Tensor:
        """Return (M, 3, H, W) float32 gradient of the loss of the rows that are left."""
        found = []
        for leaf, loss, rows in self._parts:
            own = self._kept[(self._kept >= rows[0]) & (self._kept <= rows[-1])] - rows[0]
            if len(own):
                gradient = torch.autograd.grad(loss.sum(), leaf)[0].float()
                found.append(gradient if len(own) == len(gradient) else gradient[own])
        self._parts.clear()
        return found[0] if len(found) == 1 else torch.cat(found)
