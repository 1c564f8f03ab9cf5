"""JPEG with a gradient: what an attacker differentiates in place of the real thing (Shin & Song, NIPS workshop 2017).

The steps of the format with its standard tables: YCbCr, colour at half the resolution, blocks of 8 x 8, cosine
transform, division by the table, rounding. Rounding is replaced by round(x) + (x - round(x))^3, which has the same
plateaus and a gradient.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from scipy.fft import dct

# ITU-T T.81 (1992), annex K, tables K.1 and K.2: what libjpeg and Pillow scale by the quality.
_LUMINANCE = (
    "16 11 10 16 24 40 51 61 12 12 14 19 26 58 60 55 14 13 16 24 40 57 69 56 14 17 22 29 51 87 80 62 "
    "18 22 37 56 68 109 103 77 24 35 55 64 81 104 113 92 49 64 78 87 103 121 120 101 72 92 95 98 112 100 103 99"
)
_COLOUR = (
    "17 18 24 47 99 99 99 99 18 21 26 66 99 99 99 99 24 26 56 99 99 99 99 99 47 66 99 99 99 99 99 99 " + "99 " * 32
)
_TO_YCBCR = [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]]


def soft_jpeg(images: torch.Tensor, *, quality: int) -> torch.Tensor:
    """Show images (N, 3, H, W) in [0, 1] about as a JPEG file of this quality (1 to 95) does; differentiable."""
    height, width = images.shape[2:]
    padded = F.pad(images, (0, -width % 16, 0, -height % 16), mode="replicate")
    turn = torch.tensor(_TO_YCBCR, device=images.device, dtype=images.dtype)
    y, colour = torch.split(torch.einsum("cd,ndhw->nchw", turn, padded * 255), [1, 2], 1)
    y = _through_blocks(y - 128, _table(_LUMINANCE, quality, images)) + 128
    colour = _through_blocks(F.avg_pool2d(colour, 2), _table(_COLOUR, quality, images))
    whole = torch.cat([y, F.interpolate(colour, scale_factor=2, mode="bilinear", align_corners=False)], 1)
    back = torch.einsum("cd,ndhw->nchw", torch.linalg.inv(turn), whole) / 255
    return back[:, :, :height, :width].clamp(0, 1)


def _through_blocks(plane: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
    """Pass (N, C, H, W) through cosine transform, soft rounding and back, in blocks of 8 x 8."""
    n, channels, height, width = plane.shape
    basis = torch.from_numpy(dct(np.eye(8), axis=0, norm="ortho")).to(plane)
    blocks = plane.reshape(n, channels, height // 8, 8, width // 8, 8).transpose(3, 4)
    frequencies = basis @ blocks @ basis.T / table
    rounded = frequencies.round().detach()
    blocks = basis.T @ ((rounded + (frequencies - rounded) ** 3) * table) @ basis
    return blocks.transpose(3, 4).reshape(n, channels, height, width)


def _table(numbers: str, quality: int, like: torch.Tensor) -> torch.Tensor:
    """Return (8, 8) steps of the rounding at a quality, by libjpeg's rule."""
    scale = 5000 // quality if quality < 50 else 200 - 2 * quality
    steps = torch.tensor([int(number) for number in numbers.split()]).reshape(8, 8)
    return ((steps * scale + 50) // 100).clamp(1, 255).to(like)
