"""A detector of films whose grain is not that of clean films.

What is left of a film once it is smoothed is its grain. Its strength is compared with that of clean films: noise that
an attacker adds makes it stronger, and smoothing it away makes it weaker.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from threatsim.defences.reference import Ground


class Grain:
    """How many standard deviations the logarithm of a film's grain lies from the mean of clean films, either way.

    Args:
        clean: (M, 3, H, W) clean films in [0, 1].
        device: where films are looked at.
    """

    def __init__(self, clean: torch.Tensor, device: torch.device) -> None:
        self.device = device
        strengths = _strength(clean).double()
        self._mean, self._spread = float(strengths.mean()), max(float(strengths.std()), 1e-6)

    def statistic(self, images: torch.Tensor) -> torch.Tensor:
        """(N,) float32 for images (N, 3, H, W): greater is more suspicious. Differentiable."""
        return ((_strength(images) - self._mean) / self._spread).abs()


def made(ground: Ground) -> Grain:
    """Return the detector, fitted to the payer's clean films."""
    return Grain(ground.reference.fit.images[:], ground.watched.target.device)


def _strength(images: torch.Tensor) -> torch.Tensor:
    """(N,) logarithm of the mean size of what smoothing over 3 x 3 pixels takes away."""
    smooth = F.avg_pool2d(F.pad(images, (1, 1, 1, 1), mode="reflect"), 3, stride=1)
    return ((images - smooth) ** 2 + 1e-8).sqrt().mean((1, 2, 3)).log()
