"""Check 23: whether the classifier is fed the pixel scale that it was made for, and the budget is on that scale."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator

import torch
from torch import nn

from threatsim.outcomes.audit.audit_report import CheckResult, CheckSpec
from threatsim.outcomes.audit.checks.patches import beats
from threatsim.outcomes.audit.subject import AuditedModel, grey

Rescaling = Callable[[torch.Tensor], torch.Tensor]
_FACTOR = 4.0
"""How far the variance at the first normalisation may lie from that of training, either way."""
_SHIFT = 2.0
"""How far the mean may, in standard deviations."""
_BETTER = 0.1
_SCALE = CheckSpec(
    23,
    "scale",
    "Pixel scale",
    "The classifier is fed another scale than it was trained on, as by normalising twice: it is weak already, and the "
    "budget means something else.",
    "Normalise once, inside the model, and give it images in [0, 1].",
)


def scale(subject: AuditedModel) -> CheckResult:
    """Check that images suit the model better as they are than rescaled, and look to it as its training images did.

    Three signs of a wrong scale: a module that normalises lies inside another that does; many more images are decided
    rightly once rescaled, by the model's own mean and standard deviation, by those of the images, to [-1, 1] or to
    [0, 255]; or the first batch normalisation sees another mean and variance than it recorded in training.
    """
    right = subject.right
    better = []
    for name, rescale in _rescalings(subject):
        others = ~subject.target_decision().is_success(_logits(subject, rescale(subject.images)))
        if int(others.sum()) - int(right.sum()) > _BETTER * len(subject) and beats(others, right):
            better.append(f"{int(others.sum())} of {len(subject)} right {name}, {int(right.sum())} as they are")
    seen = _first_statistics(subject.model, subject.images)
    nested = _nested(subject.model)
    if nested:
        better.insert(0, "a normalisation inside another")
    drift, odd = "no batch normalisation to compare with", False
    if seen is not None:
        ratio, shift = seen
        odd = not 1 / _FACTOR <= ratio <= _FACTOR or shift > _SHIFT
        drift = f"first normalisation: variance {ratio:.3g} times that of training, mean off by {shift:.2g} s.d."
    images = f"pixels {float(subject.images.min()):.3g} to {float(subject.images.max()):.3g}"
    return _SCALE.result(
        f"budget {subject.budget.label()}: {grey(subject.budget)}; rescaled images",
        "; ".join([images, drift, *(better or ["no rescaling helps"])]),
        ok=not odd and not better,
    )


def _logits(subject: AuditedModel, images: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        parts = [subject.victim.logits(part.to(subject.device)).cpu() for part in torch.split(images, 32)]
    return torch.nan_to_num(torch.cat(parts))


def _rescalings(subject: AuditedModel) -> Iterator[tuple[str, Rescaling]]:
    own = mean_and_std(subject.model)
    if own is not None:
        mean, std = own
        yield "with the model's normalisation undone", lambda images: images * std + mean
        yield "normalised once more", lambda images: (images - mean) / std
    mean_here = subject.images.mean((0, 2, 3))[None, :, None, None]
    std_here = subject.images.std((0, 2, 3))[None, :, None, None].clamp(min=1e-3)
    yield "normalised by their own mean", lambda images: (images - mean_here) / std_here
    yield "with their own normalisation undone", lambda images: images * std_here + mean_here
    yield "on [-1, 1]", lambda images: images * 2 - 1
    yield "on [0, 255]", lambda images: images * 255
    yield "on [0, 1/255]", lambda images: images / 255


def _nested(model: nn.Module) -> bool:
    """Return whether a module with `mean` and `std` holds another with them."""
    inside = [
        [one for one in module.modules() if _normalises(one)] for module in model.modules() if _normalises(module)
    ]
    return any(len(modules) > 1 for modules in inside)


def _normalises(module: nn.Module) -> bool:
    """Return whether it has buffers `mean` and `std` of three numbers that are not 0 and 1."""
    buffers = dict(module.named_buffers(recurse=False))
    if not {"mean", "std"} <= buffers.keys() or not buffers["mean"].numel() == buffers["std"].numel() == 3:
        return False
    return bool((buffers["mean"] != 0).any() or (buffers["std"] != 1).any())


def mean_and_std(model: nn.Module) -> tuple[torch.Tensor, torch.Tensor] | None:
    """Return the (1, 3, 1, 1) buffers `mean` and `std` that a model normalises with, the innermost ones; or None."""
    found = None
    for module in model.modules():
        if _normalises(module):
            buffers = dict(module.named_buffers(recurse=False))
            found = tuple(buffers[name].detach().cpu().float().reshape(1, 3, 1, 1) for name in ("mean", "std"))
    return None if found is None else (found[0], found[1])


def _first_statistics(model: nn.Module, images: torch.Tensor) -> tuple[float, float] | None:
    """Return what the first batch normalisation sees, against what it recorded in training; None without one.

    The ratio of the variances and the distance of the means in standard deviations, medians over channels.
    """
    probe = copy.deepcopy(model).eval().cpu()
    first = next((one for one in probe.modules() if isinstance(one, nn.BatchNorm2d) and one.track_running_stats), None)
    if first is None or first.running_mean is None or first.running_var is None:
        return None
    seen: list[torch.Tensor] = []
    handle = first.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].detach()))
    with torch.no_grad(), torch.random.fork_rng():
        probe(images[:32])
    handle.remove()
    if not seen:
        return None
    features = seen[0]
    variance = first.running_var.clamp(min=1e-12)
    ratio = features.var((0, 2, 3)) / variance
    shift = (features.mean((0, 2, 3)) - first.running_mean).abs() / variance.sqrt()
    return float(ratio.median()), float(shift.median())
