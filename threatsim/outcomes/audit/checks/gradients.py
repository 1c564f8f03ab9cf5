"""Checks 9 and 10: gradients that are there and true, and deterministic logits (AutoAttack's flags)."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import nn

from threatsim.common.keyed.keyed_random import keyed_uniform
from threatsim.outcomes.audit.audit_report import CheckResult, CheckSpec
from threatsim.outcomes.audit.counting import named
from threatsim.outcomes.audit.subject import AuditedModel

Margin = Callable[[torch.Tensor], torch.Tensor]
_FEW, _DIRECTIONS = 8, 4
_AGREE = 1e-4
_INSIDE = 0.02  # how far from black and white derivatives are taken: a clamp has none of its own there
_GRADIENTS = CheckSpec(
    9,
    "gradients",
    "Input gradients",
    "The model gives an attack no direction: gradient attacks fail on it whether or not it is robust.",
    "Remove detach(), rounding and saturation from the forward pass, or attack a differentiable stand-in (BPDA).",
)
_OUTPUTS = CheckSpec(
    9,
    "outputs",
    "Outputs are logits",
    "Probabilities instead of logits: their gradients vanish where the model is sure, and margins mean nothing.",
    "Return the numbers before softmax or sigmoid.",
)
_DETERMINISM = CheckSpec(
    9,
    "determinism",
    "Deterministic forward",
    "Two passes over one image differ: dropout was left on, or the model draws random numbers; success is chance.",
    "Call model.eval(), and take randomness out of the forward pass; or attack its expectation (EOT).",
)
_STEPWISE = CheckSpec(
    9,
    "quantiser",
    "No coarse input steps",
    "A change of a grey level leaves the output exactly as it is: the input is quantised, which hides the gradient.",
    "Audit the model without its quantiser, or attack through it with a straight-through gradient (BPDA).",
)
_DIFFERENCES = CheckSpec(
    10,
    "finite_difference",
    "Gradient against finite difference",
    "Autograd does not say what the model does: a gradient of its own, a straight-through step, or a flat loss.",
    "Test the model's backward pass with torch.autograd.gradcheck.",
)


def gradients(subject: AuditedModel) -> CheckResult:
    """Check the share of images whose input gradient is zero, absent or not finite at the start."""
    found = input_gradients(subject, subject.images)
    if found is None:
        dead = torch.ones(len(subject), dtype=torch.bool)
    else:
        flat = found.flatten(1)
        dead = (flat == 0).all(1) | ~torch.isfinite(flat).all(1)
    rows = dead.nonzero().squeeze(1)
    return _GRADIENTS.result(
        f"gradient of the margin at {len(subject)} untouched images",
        f"{len(rows)} zero, absent or not finite{named(rows, subject.called)}",
        ok=len(rows) == 0,
    )


def input_gradients(subject: AuditedModel, images: torch.Tensor) -> torch.Tensor | None:
    """Return (N, 3, H, W) gradients of each image's margin, by the verdict model; None where autograd finds none."""
    parts = []
    for start in range(0, len(images), 32):
        rows = torch.arange(start, min(start + 32, len(images)))
        leaf = images[rows].to(subject.device).requires_grad_()
        with torch.enable_grad():
            margin = subject.target_decision().take(rows).to(subject.device).margin(subject.victim.logits(leaf))
            if not margin.requires_grad:
                return None
            (gradient,) = torch.autograd.grad(margin.sum(), leaf, allow_unused=True)
        if gradient is None:
            return None
        parts.append(gradient.detach().cpu())
    return torch.cat(parts)


def outputs(subject: AuditedModel) -> CheckResult:
    """Check for probabilities: rows that are never negative and sum to 1, or labels that never leave [0, 1]."""
    low, high = float(subject.clean.min()), float(subject.clean.max())
    total = subject.clean.sum(1)
    one = bool(((total - 1).abs() < _AGREE).all()) and subject.clean.shape[1] > 1
    probable = low >= 0 and high <= 1 and (one or subject.label is not None)
    return _OUTPUTS.result(
        f"{subject.clean.shape[1]} outputs on {len(subject)} images",
        f"from {low:.3g} to {high:.3g}; rows sum to {float(total.min()):.3g} to {float(total.max()):.3g}",
        ok=not probable,
    )


def determinism(subject: AuditedModel) -> CheckResult:
    """Check that two passes of the model in its own mode agree, and agree with the verdict in evaluation mode."""
    images = subject.images[:_FEW].to(subject.device)
    given = copy.deepcopy(subject.model).to(subject.device)
    training = sum(module.training for module in given.modules() if _matters(module))
    with torch.random.fork_rng(), torch.no_grad():
        first = given(images)
        torch.rand(1)  # a model that seeds itself is still not random; one that draws goes on from elsewhere
        second = given(images)
        verdict = subject.victim.verdict(images)
    apart = max(float((first - second).abs().max()), float((first.float() - verdict).abs().max()))
    mode = f"; {training} layers in training mode" if training else ""
    return _DETERMINISM.result(
        f"two passes over {len(images)} images as given, one in evaluation mode",
        f"outputs differ by up to {apart:.2g}{mode}",
        ok=apart <= _AGREE * max(1.0, float(verdict.abs().max())),
    )


def _matters(module: nn.Module) -> bool:
    return module.training and not any(True for _ in module.children())


def stepwise(subject: AuditedModel) -> CheckResult:
    """Check that noise of a quarter of a grey level moves the output of every image, if ever so little."""
    subject = subject.between_levels
    images = subject.images[:_FEW] * (1 - 2 * _INSIDE) + _INSIDE
    signs = (
        keyed_uniform([f"step/{key}" for key in subject.keys[: len(images)]], tuple(images.shape[1:])).round() * 2 - 1
    )
    moved = subject.logits(images + signs * (0.25 / 255)) != subject.logits(images)
    still = (~moved.any(1)).nonzero().squeeze(1)
    return _STEPWISE.result(
        f"a quarter of a grey level on {len(images)} images",
        f"{len(still)} outputs exactly as before{named(still, subject.called)}",
        ok=len(still) <= len(images) // 2,
    )


def finite_difference(subject: AuditedModel) -> CheckResult:
    """Check derivatives in random directions: tiny steps in float64, and steps of a grey level in float32."""
    subject = subject.between_levels
    images = subject.images[:_FEW] * (1 - 2 * _INSIDE) + _INSIDE
    n, target_decision = len(images), subject.target_decision().take(torch.arange(min(_FEW, len(subject))))
    gradient = input_gradients(subject, images)
    if gradient is None:
        gradient = torch.zeros_like(images)
    exact = _doubled(subject.model, images[:1])
    slopes, tiny, coarse = [], [], []
    for direction in range(_DIRECTIONS):
        keys = [f"difference/{direction}/{key}" for key in subject.keys[:n]]
        unit = keyed_uniform(keys, tuple(images.shape[1:])).round() * 2 - 1
        slopes.append((gradient * unit).flatten(1).sum(1).double())
        step = 1 / 255
        rise = target_decision.margin(subject.logits(images + step * unit)) - target_decision.margin(
            subject.logits(images - step * unit)
        )
        coarse.append(rise.double() / (2 * step))
        if exact is not None:
            tiny.append(_slope(exact, target_decision.margin, images.double(), unit.double(), 1e-6))
    slope, large = torch.cat(slopes), torch.cat(coarse)
    together = _correlation(slope, large)
    wrong = 0.0
    if tiny:
        small = torch.cat(tiny)
        size = torch.maximum(slope.abs(), small.abs()).clamp(min=1e-9)
        wrong = float(((slope - small).abs() / size).median())
    return _DIFFERENCES.result(
        f"{len(slope)} directional derivatives on {n} images",
        f"off by {wrong:.2g} at the median for tiny steps; correlation {together:.2f} for steps of a grey level",
        ok=wrong < 0.1 and together > 0.5,
    )


def _doubled(model: nn.Module, image: torch.Tensor) -> nn.Module | None:
    """Copy a model in float64 on the CPU; None for one that cannot be copied so."""
    try:
        exact = copy.deepcopy(model).eval().requires_grad_(False).cpu().double()
        with torch.no_grad():
            output = exact(image.double())
    except Exception:  # what a model raises for numbers that it does not take is its own affair
        return None
    return exact if output.dtype == torch.float64 else None


def _slope(model: nn.Module, margin: Margin, images: torch.Tensor, unit: torch.Tensor, step: float) -> torch.Tensor:
    with torch.no_grad():
        rise = margin(model(images + step * unit)) - margin(model(images - step * unit))
    return rise / (2 * step)


def _correlation(left: torch.Tensor, right: torch.Tensor) -> float:
    left, right = left - left.mean(), right - right.mean()
    length = float(left.norm() * right.norm())
    return float(left @ right) / length if length > 0 else 0.0
