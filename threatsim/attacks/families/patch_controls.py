"""Patches that are not optimised, of the same size and place: what a trained patch must beat.

The natural one is the paper's. Plain grey shows what covering a part of the image does, noise what texture does, and
the trained patch with its pixels shuffled what its colours do without their arrangement.
"""

from __future__ import annotations

import torch

from threatsim.cases.image_set import CaseSet, to_grid
from threatsim.common.keyed.keyed_random import keyed_uniform


def natural_patch(scores: torch.Tensor, cases: CaseSet, *, towards: int) -> torch.Tensor:
    """Return the paper's control (3, H, W): the training image that the victim finds most typical of a class.

    Args:
        scores: (N,) the victim's p(finding) on `cases`.
    """
    chosen = int(scores.argmax() if towards == 1 else scores.argmin())
    return cases.images[chosen].clone()


def grey_patch(size: tuple[int, int]) -> torch.Tensor:
    """Return plain middle grey (3, H, W)."""
    return to_grid(torch.full((3, *size), 0.5))


def noise_patch(size: tuple[int, int], *, grey: bool, key: str) -> torch.Tensor:
    """Draw uniform noise (3, H, W), every pixel of its own; equal channels if `grey`."""
    return to_grid(keyed_uniform([key], (1 if grey else 3, *size))[0].expand(3, -1, -1)).clone()


def shuffled_patch(patch: torch.Tensor, *, key: str) -> torch.Tensor:
    """Shuffle the pixels of the disc that is pasted of a patch (3, H, W), in an order drawn from the key.

    Those outside the disc stay, so that exactly the colours that are pasted of the patch are pasted of its control.
    """
    _, height, width = patch.shape
    y, x = (torch.arange(side) * 2 + 1 - side for side in (height, width))
    within = ((y[:, None] / height).square() + (x / width).square() <= 1).flatten().nonzero()[:, 0]
    order = keyed_uniform([key], (len(within),))[0].argsort(stable=True)
    pixels = patch.flatten(1).clone()
    pixels[:, within] = pixels[:, within[order]]
    return pixels.reshape(patch.shape)
