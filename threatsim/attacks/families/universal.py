"""One perturbation for all images (Moosavi-Dezfooli et al. 2017; for medical images Hirano et al. 2021).

It is trained ahead, on images that are not attacked, by stochastic ascent of the mean margin inside the budget; what
it does to each image is then still computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import torch
from pydantic import Field

from threatsim.attacks.base import GradientAccess, TrainingImages, TransferAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.search.batch import AttackedImages, Batch
from threatsim.attacks.search.domain import per_image
from threatsim.attacks.search.precision import full_precision
from threatsim.attacks.search.target import Target
from threatsim.attacks.search.target_decision import TargetDecision
from threatsim.common.errors import ThreatsimError
from threatsim.common.keyed.keyed_random import keyed_uniform


class Universal(TransferAttack):
    """One perturbation for every image (Moosavi-Dezfooli et al. 2017, arXiv 1610.08401; Hirano et al. 2021)."""

    family: Literal["universal"] = "universal"
    access: GradientAccess = Field(default="white_box", description="Trained on the victim or on the surrogate.")
    budget: PixelBudget = Field(description="Greatest change of an image.")
    steps: int = Field(default=300, ge=1, le=100_000, description="Gradient steps of its training.")
    images: int = Field(default=1000, ge=1, le=1_000_000, description="Training images.")

    def describe(self) -> str:
        """Return the attack in a line."""
        return f"Universal perturbation, {self.knowledge}, epsilon {self.budget.label()}"

    def train(self, source: Target, training: TrainingImages | None, *, seed: int) -> Mapping[str, torch.Tensor]:
        """Train the two perturbations, toward either class: (2, 3, H, W) float32 within the budget's radius.

        Raises:
            ThreatsimError: there are no images to train on, or the norm is not L-infinity.
        """
        return {"universal": universal_perturbations(source, self, training, seed=seed)}

    def run(self, batch: Batch) -> AttackedImages:
        """Add to each image the perturbation toward the decision that is wanted of it."""
        both = batch.trained["universal"].to(batch.images.device)
        change = torch.where(per_image(batch.target_decision.index == 1), both[1], both[0])
        domain = batch.domain(self.budget)
        return AttackedImages.without_search(domain.file(batch.images + domain.shared(change)))


_BATCH = 32


def universal_perturbations(
    source: Target, spec: Universal, training: TrainingImages | None, *, seed: int
) -> torch.Tensor:
    """Train (2, 3, H, W) in [-radius, radius]: the perturbation toward class 0 and the one toward class 1.

    Args:
        source: the classifier whose gradients are followed.
        spec: budget, steps and number of images.
        training: the images to train on.
        seed: of what is drawn at random in training.

    Raises:
        ThreatsimError: there are no images to train on, or the norm is not L-infinity.
    """
    if training is None:
        raise ThreatsimError("a universal perturbation is trained on images, and none were given")
    if spec.budget.norm != "linf":
        raise ThreatsimError("a universal perturbation has an L-infinity budget here; choose norm linf")
    images = training.draw(spec.images)
    return torch.stack([_train(source, images, spec, towards, seed) for towards in (0, 1)])


def _train(source: Target, images: torch.Tensor, spec: Universal, towards: int, seed: int) -> torch.Tensor:
    radius, device = spec.budget.radius, source.device
    if (whole := spec.budget.whole_levels) is not None and spec.budget.levels is not None:
        radius = whole / spec.budget.levels
    grey = bool((images == images[:, :1]).all())
    model = source.search_model(images[:2].to(device), confirmed=False)
    change = torch.zeros(images.shape[1:], device=device)
    target_decision = TargetDecision.finding(torch.full((_BATCH,), towards, device=device))
    for step in range(spec.steps):
        unit = keyed_uniform([f"universal/{seed}/{towards}/{step}/{row}" for row in range(_BATCH)], (1,))[:, 0]
        some = images[(unit * len(images)).long().clamp(max=len(images) - 1)].to(device)
        leaf = change.clone().requires_grad_(True)
        with torch.enable_grad(), full_precision():
            margin = target_decision.margin(
                model((some + leaf).clamp(0, 1).contiguous(memory_format=torch.channels_last))
            )
            # Images that already succeed have nothing to say about the next step.
            gradient = torch.autograd.grad(torch.nn.functional.logsigmoid(margin).sum(), leaf)[0]
        if grey:
            gradient = gradient.mean(0, keepdim=True).expand_as(gradient)
        length = radius / 4 * (1 - step / spec.steps) + radius / 50
        change = (change + length * gradient.sign()).clamp(-radius, radius)
    return change.detach().cpu()
