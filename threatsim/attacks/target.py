"""A classifier made ready to be attacked: a private, frozen copy, so that the user's own model is never touched."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import nn


class Target:
    """A frozen copy of a two-class classifier on a device.

    Args:
        classifier: (N, 3, H, W) images in [0, 1] to (N, 2) logits; copied, never changed.
        device: where attacks on it run.
    """

    def __init__(self, classifier: nn.Module, device: torch.device) -> None:
        self.device = device
        self._network = copy.deepcopy(classifier).eval().requires_grad_(False)
        self._network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def logits(self, images: torch.Tensor) -> torch.Tensor:
        """(N, 2) logits; differentiable with respect to the images alone."""
        logits: torch.Tensor = self._network(images.contiguous(memory_format=torch.channels_last))
        return logits

    def scores(self, images: torch.Tensor) -> torch.Tensor:
        """(N,) p(finding)."""
        with torch.inference_mode(), full_precision():
            return self.logits(images).softmax(1)[:, 1]

    def loss_gradient(self, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """(N, 3, H, W) gradient of each image's cross-entropy to `labels` (N,)."""
        leaf = images.detach().requires_grad_(True)
        with torch.enable_grad(), full_precision():
            loss = F.cross_entropy(self.logits(leaf), labels, reduction="sum")
        return torch.autograd.grad(loss, leaf)[0]


@contextmanager
def full_precision() -> Iterator[None]:
    """No reduced-precision matrix products on a GPU: the payer's classifier runs in float32."""
    before = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = before
