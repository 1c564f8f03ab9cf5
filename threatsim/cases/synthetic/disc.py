"""Pasting one image on another as a round disc: a patch, or a training image that covers part of another."""

from __future__ import annotations

import torch
import torch.nn.functional as F


def paste_disc(
    images: torch.Tensor, content: torch.Tensor, *, diameter: torch.Tensor, angle: torch.Tensor, centre: torch.Tensor
) -> torch.Tensor:
    """Paste `content` into every image, shrunk to a disc, in one resampling of the batch.

    Args:
        images: (N, 3, H, W).
        content: (3, H, W) for all of them, or (N, 3, H, W); the disc that touches its sides is what is pasted.
        diameter: (N,) share of the width.
        angle: (N,) rotation (radians).
        centre: (N, 2) horizontal and vertical place of the disc's centre, from -1 (left, top) to 1.

    Returns:
        (N, 3, H, W), differentiable with respect to the content.
    """
    n, _, height, width = images.shape
    cos, sin = torch.cos(angle) / diameter, torch.sin(angle) / diameter
    x, y = centre[:, 0], centre[:, 1]
    theta = torch.stack(
        [torch.stack([cos, sin, -(cos * x + sin * y)], 1), torch.stack([-sin, cos, sin * x - cos * y], 1)], 1
    )
    grid = F.affine_grid(theta, [n, 3, height, width], align_corners=False)
    whole = content.expand(n, -1, -1, -1)
    shrunk = F.grid_sample(whole, grid, padding_mode="border", align_corners=False)
    # The soft disc of Finlayson et al.; clamped first, since far outside the power overflows.
    mask = (1 - (grid.square().sum(-1).clamp(max=1.2) ** 40)).clamp(0, 1)[:, None]
    return torch.lerp(images, shrunk, mask)
