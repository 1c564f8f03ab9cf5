"""Random changes of training images that leave the label as it is: geometry, brightness, discs of other images."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F

from threatsim.cases.synthetic.disc import paste_disc
from threatsim.classifiers.card import Augmentation

DISC_DIAMETERS = (0.2, 0.5)


def augment(images: torch.Tensor, how: Augmentation) -> torch.Tensor:
    """Change geometry and brightness of (N, 3, H, W) images at random, one transform an image, in one resampling.

    Random numbers are drawn on the CPU from torch's global generator, so that a device does not change them.
    """
    n = len(images)
    uniform = torch.rand(n, 7) * 2 - 1
    angle = uniform[:, 0] * math.radians(how.rotation)
    zoom = 1 + uniform[:, 1] * how.zoom
    flip_x = torch.where((uniform[:, 2] > 0) & torch.tensor(how.flip_horizontal), -1.0, 1.0)
    flip_y = torch.where((uniform[:, 3] > 0) & torch.tensor(how.flip_vertical), -1.0, 1.0)
    cos, sin = torch.cos(angle) / zoom, torch.sin(angle) / zoom
    theta = torch.zeros(n, 2, 3)
    theta[:, 0, 0], theta[:, 0, 1], theta[:, 0, 2] = (
        cos * flip_x,
        -sin * flip_y,
        uniform[:, 4] * how.shift * 2,
    )
    theta[:, 1, 0], theta[:, 1, 1], theta[:, 1, 2] = sin * flip_x, cos * flip_y, uniform[:, 5] * how.shift * 2
    grid = F.affine_grid(theta.to(images.device), list(images.shape), align_corners=False)
    moved = F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)
    gain = (1 + uniform[:, 6] * how.brightness).to(images.device)
    changed = (moved * gain[:, None, None, None]).clamp(0, 1)
    return _discs(changed, how.discs) if how.discs else changed


def _discs(images: torch.Tensor, share: float) -> torch.Tensor:
    """Paste on this share of the images another of the batch, shrunk to a disc that lies within the frame.

    A classifier that has seen them takes a picture within the picture for what it is, and not for a lesion.
    """
    covered = (torch.rand(len(images)) < share).nonzero()[:, 0]
    if not len(covered):
        return images
    donors = torch.randperm(len(images))[: len(covered)]
    unit = torch.rand(len(covered), 4)
    low, high = DISC_DIAMETERS
    diameter = low + (high - low) * unit[:, 0]
    centre = (unit[:, 1:3] * 2 - 1) * (1 - diameter)[:, None]
    angle = (unit[:, 3] * 2 - 1) * math.pi
    changed = images.clone()
    changed[covered] = paste_disc(
        images[covered],
        images[donors],
        diameter=diameter.to(images.device),
        angle=angle.to(images.device),
        centre=centre.to(images.device),
    )
    return changed
