"""Checks 11 and 24: the engine against closed forms, on linear models of two, three and four classes and of labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import nn

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.engine import Attacked, AttackProblem, solve
from threatsim.attacks.families.apgd import APGD
from threatsim.attacks.families.fgsm import FGSM
from threatsim.attacks.families.minimal_norm import MinimalNorm
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.search.domain import quantise
from threatsim.attacks.search.target import Target
from threatsim.attacks.search.target_decision import TargetDecision
from threatsim.outcomes.audit.audit_report import CheckResult, CheckSpec
from threatsim.outcomes.audit.subject import AuditedModel

_SIZE, _IMAGES = 8, 24
_STEPS = 30
_WITHIN = 0.25
_DUAL: tuple[tuple[Literal["linf", "l2"], int], ...] = (("linf", 1), ("l2", 2))
"""Norm, and the order of its dual, in which a weight's length is taken."""
_ORACLE = CheckSpec(
    11,
    "oracle",
    "Closed form of a linear model",
    "The engine does not find the nearest adversarial example even where it can be written down.",
    "The engine is broken on this machine: run its tests, and compare the versions of torch.",
)
_CLASSES = CheckSpec(
    24,
    "few_classes",
    "Two, three, four classes, and labels",
    "The attack fails where the truth is known. (The DLR loss of AutoAttack is undefined below three classes.)",
    "The engine is broken on this machine: run its tests, and compare the versions of torch.",
)


class Linear(nn.Module):
    """Logits that are linear in the pixels: distances to the decision boundary have a closed form.

    Args:
        outputs: number of logits.
    """

    def __init__(self, outputs: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(outputs)
        self.weight = nn.Parameter(torch.randn(outputs, 3 * _SIZE * _SIZE, generator=generator) / 10)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return (N, outputs) logits."""
        return (images - 0.5).flatten(1) @ self.weight.T


def toy_images() -> torch.Tensor:
    """Draw (24, 3, 8, 8) images far from black and white, so that the pixel range never binds."""
    generator = torch.Generator().manual_seed(24)
    return quantise(0.4 + 0.2 * torch.rand(_IMAGES, 3, _SIZE, _SIZE, generator=generator), 255)


def distances(model: Linear, images: torch.Tensor, *, order: int) -> torch.Tensor:
    """Return (N,) distances to the nearest other class, in L-infinity (`order` 1, the dual norm) or L2 (2)."""
    logits, weight = model(images).detach(), model.weight.detach()
    own = logits.argmax(1)
    near = torch.full((len(images),), torch.inf)
    for one in range(len(weight)):
        steep = (weight[own] - weight[one]).norm(p=order, dim=1)
        away = (logits.gather(1, own[:, None]).squeeze(1) - logits[:, one]) / steep
        near = torch.where(own == one, near, torch.minimum(near, away))
    return near


def nearest(norm: Literal["linf", "l2"]) -> ImageAttack:
    """Return the attack that looks for the nearest adversarial example."""
    return MinimalNorm(norm=norm, levels=None)


def oracle(subject: AuditedModel, *, attack: Callable[[Literal["linf", "l2"]], ImageAttack] = nearest) -> CheckResult:
    """Check that the attack of a norm lands within 25 % of the closed form on every image."""
    images, model, parts = toy_images(), Linear(2), []
    worst = 0.0
    for norm, order in _DUAL:
        attacked = _attack(model, images, TargetDecision.leave(model(images).argmax(1)), attack(norm), subject.device)
        change = (attacked.images - images).flatten(1)
        length = change.abs().amax(1) if norm == "linf" else change.norm(dim=1)
        ratio = torch.where(attacked.success, length / distances(model, images, order=order), torch.inf)
        worst = max(worst, float(ratio.max()))
        parts.append(f"{norm}: {float(ratio.median()):.3f} times the closed form, at worst {float(ratio.max()):.3f}")
    return _ORACLE.result(
        f"the nearest adversarial example of {len(images)} images", "; ".join(parts), ok=worst <= 1 + _WITHIN
    )


def strongest(budget: PixelBudget) -> ImageAttack:
    """Return the attack that must find whatever there is."""
    return APGD(budget=budget, steps=_STEPS)


def few_classes(subject: AuditedModel, *, attack: Callable[[PixelBudget], ImageAttack] = strongest) -> CheckResult:
    """Check that the attack succeeds on just the images nearer to the boundary than the budget, others on no more."""
    wrong, parts = 0, []
    for classes in (2, 3, 4):
        model, images = Linear(classes), toy_images()
        wrong += _mistakes(model, images, distances(model, images, order=1), None, attack, subject.device)
        parts.append(str(classes))
    labels, images = Linear(3), toy_images()
    margin = labels(images).detach()[:, 1]
    wrong += _mistakes(labels, images, margin.abs() / labels.weight.detach()[1].abs().sum(), 1, attack, subject.device)
    return _CLASSES.result(
        f"FGSM, PGD and APGD of {_STEPS} steps on linear models of {', '.join(parts)} classes and of 3 labels",
        f"{wrong} of {4 * len(toy_images())} images decided otherwise than the closed form says",
        ok=wrong == 0,
    )


def _mistakes(
    model: Linear,
    images: torch.Tensor,
    near: torch.Tensor,
    label: int | None,
    attack: Callable[[PixelBudget], ImageAttack],
    device: torch.device,
) -> int:
    """Count images on which the attack and the closed form disagree, or another goes beyond the closed form."""
    order = near.sort().values
    middle = order[len(order) // 4 : 3 * len(order) // 4 + 1]
    widest = int((middle[1:] / middle[:-1]).argmax())  # between two images, as far from both as can be
    radius = float(middle[widest] + middle[widest + 1]) / 2
    budget = PixelBudget(epsilon=radius, low=0, high=1, levels=None)
    logits = model(images).detach()
    target_decision = (
        TargetDecision.leave(logits.argmax(1))
        if label is None
        else TargetDecision.switch(label, (logits[:, label] < 0).long())
    )
    falls = near < radius
    specs: list[ImageAttack] = [
        attack(budget),
        PGD(access="white_box", budget=budget, step=radius / 4, steps=_STEPS),
        FGSM(budget=budget),
    ]
    success = [_attack(model, images, target_decision, spec, device).success for spec in specs]
    beyond = torch.stack(success).any(0) & ~falls
    return int(((success[0] != falls) | beyond).sum())


def _attack(
    model: nn.Module, images: torch.Tensor, target_decision: TargetDecision, spec: ImageAttack, device: torch.device
) -> Attacked:
    target = Target(model, device, precision="float32")
    names = [str(row) for row in range(len(images))]
    problem = AttackProblem(
        victim=target,
        source=target,
        images=images,
        target_decision=target_decision,
        keys=[f"oracle/{name}" for name in names],
        names=names,
    )
    return solve(problem, spec)
