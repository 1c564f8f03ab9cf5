"""Copies of a classifier that are faster to search on: the same function, in fewer operations or in half the bits.

Batch normalisation goes into the convolution before it, and the division by the standard deviation that opens a
classifier into the convolution after it. What is left of the normalisation, the subtraction of the mean, stays apart
and in float32, so that a bfloat16 copy sees centred pixels, of which it rounds less off.
"""

from __future__ import annotations

import copy
import operator
from typing import cast

import torch
from torch import fx, nn

from threatsim.attacks.search.precision import full_precision
from threatsim.attacks.search.steady_layers import hold_steady

_TOLERANCE = 1e-3
"""Greatest difference of logits, relative to their size, that a folded copy may show."""
_SUBTRACTIONS = (torch.sub, operator.sub)
_DIVISIONS = (torch.div, torch.true_divide, operator.truediv)


class Centred(nn.Module):
    """A network from centred pixels to logits, in its own precision, after the subtraction of a mean in float32.

    Args:
        body: (N, 3, H, W) centred images to (N, C) logits.
        mean: (1, 3, 1, 1) float32, or None where the body wants the pixels as they are.
        dtype: of the body.
    """

    mean: torch.Tensor | None

    def __init__(self, body: nn.Module, mean: torch.Tensor | None, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.body = body
        self.register_buffer("mean", mean)
        self.dtype = dtype

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return (N, C) float32 logits of (N, 3, H, W) images in [0, 1]."""
        centred = images if self.mean is None else images - self.mean
        logits: torch.Tensor = self.body(centred.to(self.dtype))
        return logits.float()


def folded(network: nn.Module, images: torch.Tensor) -> Centred | None:
    """Copy a network with its normalisations folded away, channels last; None where that cannot be done or differs.

    Args:
        network: frozen, in evaluation mode; never changed.
        images: (N, 3, H, W) some to check the copy with.
    """
    from torch.fx.experimental.optimization import fuse

    try:
        body = cast(fx.GraphModule, fuse(copy.deepcopy(network)))
        mean = _split_mean(body)
        found = Centred(hold_steady(body.requires_grad_(False)), mean)
        found.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        with torch.inference_mode(), full_precision():
            expected, given = network(images), found(images)
    except Exception:  # what a tracer raises for a model that it cannot follow is its own affair
        return None
    same = bool((expected - given).abs().max() <= _TOLERANCE * expected.abs().max().clamp(min=1))
    return found if same else None


def reduced(network: Centred, images: torch.Tensor) -> Centred | None:
    """Return the same network in bfloat16; None where an operation of it has no bfloat16 form.

    Args:
        network: the network.
        images: (N, 3, H, W) some images to try it on.
    """
    try:
        found = Centred(copy.deepcopy(network.body).to(torch.bfloat16), network.mean, torch.bfloat16)
        with torch.inference_mode():
            finite = bool(torch.isfinite(found(images)).all())
    except Exception:  # as above
        return None
    return found if finite else None


def _split_mean(body: fx.GraphModule) -> torch.Tensor | None:
    """Take (images - mean) / std off the head of a graph: std into the convolution after it, the mean returned.

    None, and the graph as it was, where it does not begin so.
    """
    images = next(node for node in body.graph.nodes if node.op == "placeholder")
    centred = _only_user(images)
    scaled = _only_user(centred)
    first = _only_user(scaled)
    mean, std = _constant(body, centred, _SUBTRACTIONS), _constant(body, scaled, _DIVISIONS)
    convolution = body.get_submodule(str(first.target)) if first is not None and first.op == "call_module" else None
    if first is None or mean is None or std is None or not isinstance(convolution, nn.Conv2d):
        return None
    if convolution.groups != 1 or sum(node.target == first.target for node in body.graph.nodes) != 1:
        return None
    with torch.no_grad():
        convolution.weight /= std
    first.args = (images, *first.args[1:])
    body.graph.eliminate_dead_code()
    body.recompile()
    return mean


def _only_user(node: fx.Node | None) -> fx.Node | None:
    users = list(node.users) if node is not None else []
    return users[0] if len(users) == 1 else None


def _constant(body: fx.GraphModule, node: fx.Node | None, operations: tuple[object, ...]) -> torch.Tensor | None:
    """Return the (1, C, 1, 1) buffer that a node subtracts or divides by."""
    if node is None or node.op != "call_function" or node.target not in operations or len(node.args) != 2:
        return None
    value = node.args[1]
    if not isinstance(value, fx.Node) or value.op != "get_attr":
        return None
    found: object = body
    for part in str(value.target).split("."):
        found = getattr(found, part)
    fits = (
        isinstance(found, torch.Tensor) and found.ndim == 4 and found.shape[0] == found.shape[2] == found.shape[3] == 1
    )
    return found.detach().clone() if fits and isinstance(found, torch.Tensor) else None
