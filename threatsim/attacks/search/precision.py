"""In which precision a device computes, and how that is held still."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


def native_bfloat16(device: torch.device) -> bool:
    """Whether this device multiplies bfloat16 in hardware. Elsewhere it is emulated, and slower than float32."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    return device.type == "cpu" and bool(torch.cpu._is_avx512_bf16_supported())


@contextmanager
def full_precision() -> Iterator[None]:
    """No reduced-precision matrix products on a GPU: the payer's classifier runs in float32."""
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before
