"""Rotation at capture (Engstrom et al. 2019, arXiv 1712.02779): the camera is held at the angle that pays.

The image turns about its centre; what comes into the frame is its reflection, since the scene goes on beyond the frame
and no network should see black corners that a real camera would not make. Fundus cameras have a round field of view,
where nothing comes in at all.
"""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from pydantic import Field

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.families.choice import choose
from threatsim.attacks.search.batch import AttackedImages, Batch


class Rotation(ImageAttack):
    """The camera held at another angle (Engstrom et al. 2019, arXiv 1712.02779): before capture, deniable."""

    family: Literal["rotation"] = "rotation"
    access: Literal["none", "white_box", "black_box", "queries"] = Field(
        default="white_box", description="Who scores the angles: nobody (a random one), the victim, or the surrogate."
    )
    greatest: float = Field(default=30.0, gt=0, le=180, description="Greatest angle either way (degrees).")
    angles: int = Field(default=31, ge=2, le=1000, description="Angles tried, evenly spaced.")

    def describe(self) -> str:
        """Return the attack in a line."""
        return f"Rotation at capture, {self.knowledge}, up to {self.greatest:g} degrees, {self.angles} angles"

    def run(self, batch: Batch) -> AttackedImages:
        """Choose the angle of greatest margin among those tried; a random one where nobody scores them."""
        n, device = len(batch.images), batch.images.device
        if self.access == "none":
            unit = batch.uniform("angle", (1,))[:, 0]
            return AttackedImages.without_search(rotated(batch.images, (unit * 2 - 1) * self.greatest))
        angles = torch.linspace(-self.greatest, self.greatest, self.angles).tolist()
        angles.sort(key=lambda angle: (abs(angle), angle))  # of equal margins, the smallest angle is kept
        candidates = (rotated(batch.images, torch.full((n,), angle, device=device)) for angle in angles)
        return choose(batch, candidates, queried=self.access == "queries")


def rotated(images: torch.Tensor, degrees: torch.Tensor) -> torch.Tensor:
    """Rotate (N, 3, H, W) images about their centre by (N,) degrees."""
    angle = torch.deg2rad(degrees)
    cos, sin, zero = torch.cos(angle), torch.sin(angle), torch.zeros_like(angle)
    theta = torch.stack([torch.stack([cos, -sin, zero], 1), torch.stack([sin, cos, zero], 1)], 1)
    grid = F.affine_grid(theta, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode="reflection", align_corners=False).clamp(0, 1)
