"""Layers that round a picture alike however few others are evaluated with it.

Two kinds of layer round by the number of pictures. A pointwise convolution is such a sum over channels: oneDNN divides
one of more than 192 channels otherwise for fewer than 16 pictures on one thread than for 16 or on two threads (measured
with its AVX2 and its AVX-512 code; wider kernels, channel by channel ones and bfloat16 showed no such thing). A matrix
product of two or three rows is made by other code of MKL than one of four. So neither is ever given fewer than 16 here.
A pointwise convolution does not look beyond a pixel, so the pixels of few pictures are laid out as more and smaller
ones; a linear layer gets rows of zeros, of which nothing is kept.
"""

from __future__ import annotations

import copy

import torch
import torch.nn.functional as F
from torch import nn

FEW = 16
"""Pictures, or rows, below which the libraries sum otherwise."""
_UNDIVIDED = 192
"""Channels up to which a sum over them is made in one piece for any number of pictures."""


def steadied(network: nn.Module) -> nn.Module:
    """Copy a network with such layers in place of its own; the weights are shared, and it is never changed.

    Layers of classes derived from torch's stay what they are, as their evaluation is not known.
    """
    tensors: dict[int, object] = {id(one): one for one in (*network.parameters(), *network.buffers())}
    return hold_steady(copy.deepcopy(network, tensors))


def hold_steady(network: nn.Module) -> nn.Module:
    """Put such layers in place of a network's own, in the network itself, and return it."""
    for name, layer in list(network.named_children()):
        setattr(network, name, hold_steady(layer))
    if type(network) is nn.Linear:
        return _like(network, _SteadyLinear)
    if type(network) is nn.Conv2d and _is_divided(network):
        return _like(network, _SteadyPointwise)
    if type(network) in _ACTIVATIONS:
        return _like(network, _ACTIVATIONS[type(network)])
    return network


class _SteadyLinear(nn.Linear):
    """A linear layer that multiplies at least `FEW` rows."""

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """Return (N, C) of (N, K), or of any other shape that torch's own layer takes."""
        if rows.ndim != 2 or not _are_few(rows):
            return super().forward(rows)
        return super().forward(F.pad(rows, (0, 0, 0, FEW - len(rows))))[: len(rows)]


class _SteadyPointwise(nn.Conv2d):
    """A convolution of single pixels that is given at least `FEW` pictures."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return (N, D, H, W) of (N, C, H, W)."""
        if images.ndim != 4 or not _are_few(images):
            return super().forward(images)
        n, channels, height, width = images.shape
        pixels = images.permute(0, 2, 3, 1).reshape(-1, channels)
        count = len(pixels)
        if count < FEW:
            pixels = F.pad(pixels, (0, 0, 0, FEW - count))
        pictures = _least_divisor(len(pixels))
        found = super().forward(pixels.reshape(pictures, 1, -1, channels).permute(0, 3, 1, 2))
        rows = found.permute(0, 2, 3, 1).reshape(len(pixels), -1)[:count]
        return rows.reshape(n, height, width, -1).permute(0, 3, 1, 2)


class _ReLU(nn.ReLU):
    """The activation, in place but for views whose gradient is wanted."""

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Return the positive part of each number."""
        return F.relu(batch, self.inplace and not _is_followed_view(batch))


class _ReLU6(nn.ReLU6):
    """The activation, in place but for views whose gradient is wanted."""

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        """Return each number held between 0 and 6."""
        return F.hardtanh(batch, self.min_val, self.max_val, self.inplace and not _is_followed_view(batch))


_ACTIVATIONS: dict[type[nn.Module], type[nn.Module]] = {nn.ReLU: _ReLU, nn.ReLU6: _ReLU6}


def _is_followed_view(batch: torch.Tensor) -> bool:
    """Return whether a batch is a view, as pixels laid out otherwise are, on the way of a gradient.

    Such a one that is changed in place has its gradient copied as a whole, twice, on the way back.
    """
    return batch.requires_grad and batch._is_view()


def _are_few(batch: torch.Tensor) -> bool:
    return 0 < len(batch) < FEW and batch.device.type == "cpu"


def _least_divisor(pixels: int) -> int:
    """Return the least divisor of a number of pixels that is not below `FEW`."""
    return next(count for count in range(FEW, pixels + 1) if pixels % count == 0)


def _is_divided(layer: nn.Conv2d) -> bool:
    """Return whether a layer sums single pixels over more channels than are summed in one piece, there or back."""
    pointwise = layer.kernel_size == layer.stride == (1, 1) and layer.padding in ((0, 0), "valid", "same")
    return pointwise and layer.groups == 1 and max(layer.in_channels, layer.out_channels) > _UNDIVIDED


def _like(layer: nn.Module, kind: type[nn.Module]) -> nn.Module:
    """Return a layer of another kind with all that a layer has, its parameters and hooks among it."""
    found = kind.__new__(kind)
    found.__dict__ = layer.__dict__
    return found
