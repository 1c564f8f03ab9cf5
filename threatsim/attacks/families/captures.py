"""Choosing among captures: the same patient photographed several times, and the capture that pays is sent.

Captures differ as a repeated photograph does: a small turn, shift, scale and light, and fresh sensor noise. None of
them is forged, so no check of the file can find anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import torch
import torch.nn.functional as F
from pydantic import Field

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.families.choice import choose
from threatsim.attacks.search.batch import AttackedImages, Batch


class Captures(ImageAttack):
    """The best of several captures of the same patient: small changes of angle, place, light and sensor noise."""

    family: Literal["captures"] = "captures"
    access: Literal["white_box", "black_box", "queries"] = Field(
        default="black_box", description="Who scores the captures: the victim or the surrogate."
    )
    count: int = Field(default=8, ge=2, le=1000, description="Captures to choose from, the first one included.")

    def describe(self) -> str:
        """Return the attack in a line."""
        return f"Choosing among {self.count} captures, {self.knowledge}"

    def run(self, batch: Batch) -> AttackedImages:
        """Choose the capture of greatest margin; the first one is the image itself."""

        def captures() -> Iterator[torch.Tensor]:
            yield batch.images
            for number in range(1, self.count):
                yield recaptured(
                    batch.images, batch.uniform(f"capture/{number}", (5,)), batch.uniform(f"noise/{number}")
                )

        return choose(batch, captures(), queried=self.access == "queries")


_TURN, _SHIFT, _ZOOM, _LIGHT, _NOISE = 5.0, 0.03, 0.03, 0.05, 0.01
"""Greatest turn (degrees), shift and zoom (share of the width), light (share), and noise (standard deviation)."""


def recaptured(images: torch.Tensor, unit: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """Photograph each image anew.

    Args:
        images: (N, 3, H, W) in [0, 1].
        unit: (N, 5) in [0, 1): turn, shift across and down, zoom, light.
        noise: (N, 3, H, W) in [0, 1), uniform.
    """
    signed = unit * 2 - 1
    angle, zoom = torch.deg2rad(signed[:, 0] * _TURN), 1 + signed[:, 3] * _ZOOM
    cos, sin = torch.cos(angle) / zoom, torch.sin(angle) / zoom
    theta = torch.stack(
        [
            torch.stack([cos, -sin, signed[:, 1] * 2 * _SHIFT], 1),
            torch.stack([sin, cos, signed[:, 2] * 2 * _SHIFT], 1),
        ],
        1,
    )
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    seen = F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
    light = (1 + signed[:, 4] * _LIGHT)[:, None, None, None]
    grain = (noise - 0.5) * (12**0.5 * _NOISE)
    grey = (images == images[:, :1]).flatten(1).all(1)[:, None, None, None]
    return (seen * light + torch.where(grey, grain[:, :1].expand_as(grain), grain)).clamp(0, 1)
