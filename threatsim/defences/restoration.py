"""Input restoration: throwing away what a small perturbation hides in, in front of the classifier.

JPEG compression (Dziugaite et al. 2016, arXiv 1608.00853) and bit-depth reduction (Xu et al., NDSS 2018, arXiv
1704.01155) have no useful gradient. An attacker who knows of them runs the real restoration forward and the gradient of
something like it backward: of the identity, straight through, or of a soft JPEG (BPDA, Athalye et al., ICML 2018, arXiv
1802.00420).
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image
from torch import nn

Restoration = Callable[[torch.Tensor], torch.Tensor]
"""(N, 3, H, W) images in [0, 1] to restored ones of the same shape."""


def jpeg(images: torch.Tensor, *, quality: int) -> torch.Tensor:
    """Write images (N, 3, H, W) to JPEG files of this quality (1 to 95) and read them again; no gradient."""
    pixels = (images.detach().clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
    decoded = np.stack([_through_jpeg(image, quality) for image in pixels])
    return torch.from_numpy(decoded).permute(0, 3, 1, 2).to(images.device, images.dtype) / 255


def _through_jpeg(pixels: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    file = BytesIO()
    Image.fromarray(pixels).save(file, format="JPEG", quality=quality)
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB"))


def reduce_bits(images: torch.Tensor, *, bits: int) -> torch.Tensor:
    """Round images (N, 3, H, W) in [0, 1] to `bits` bits a channel (1 to 8); no gradient."""
    levels = 2**bits - 1
    reduced: torch.Tensor = (images.detach().clamp(0, 1) * levels).round() / levels
    return reduced


def median_filter(images: torch.Tensor, *, width: int) -> torch.Tensor:
    """Replace each pixel of images (N, 3, H, W) by the median of the `width` x `width` square around it.

    The edge is reflected; an even square leans up and left, as in Xu et al. Differentiable.
    """
    before, after = width // 2, (width - 1) // 2
    padded = F.pad(images, (before, after, before, after), mode="reflect")
    squares = padded.unfold(2, width, 1).unfold(3, width, 1).flatten(4)
    return squares.median(4).values


def straight_through(images: torch.Tensor, restore: Restoration, alike: Restoration | None = None) -> torch.Tensor:
    """Return the restored images (N, 3, H, W), with the gradient of `alike`; of the identity if None."""
    near = images if alike is None else alike(images)
    return near + (restore(images) - near).detach()


class Restored(nn.Module):
    """A classifier with a restoration in front of it, attackable by the gradient of something like it.

    Args:
        classifier: (N, 3, H, W) images in [0, 1] to (N, K) logits.
        restore: what is done to each image first.
        alike: a differentiable function that is like it, for the gradient; the identity if None.
    """

    def __init__(self, classifier: nn.Module, restore: Restoration, alike: Restoration | None = None) -> None:
        super().__init__()
        self.classifier = classifier
        self.restore, self.alike = restore, alike

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits (N, K) of the restored images."""
        logits: torch.Tensor = self.classifier(straight_through(images, self.restore, self.alike))
        return logits
