"""In which precision a device computes, and how that is held still."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


def native_bfloat16(device: torch.device) -> bool:
    """Return whether this device multiplies bfloat16 in hardware; elsewhere it is emulated, and slower than float32."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    return device.type == "cpu" and bool(torch.cpu._is_avx512_bf16_supported())


def has_depthwise(network: nn.Module) -> bool:
    """Return whether a network filters channel by channel, as small networks do.

    Such a convolution moves much and multiplies little, so bfloat16 gains nothing sure on it: against float32 it took
    from 0.6 to 1.8 times as long by processor and size of the image, where plain convolutions took 0.4 to 0.6. What
    precision is searched in changes how outcomes round; so it is read off the network and not off a clock.
    """
    return any(isinstance(layer, nn.Conv2d) and layer.groups == layer.in_channels > 1 for layer in network.modules())


@contextmanager
def full_precision() -> Iterator[None]:
    """Run without reduced-precision matrix products on a GPU: the payer's classifier runs in float32."""
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before
