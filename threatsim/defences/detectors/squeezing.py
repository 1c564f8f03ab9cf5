"""Feature squeezing (Xu et al., NDSS 2018, arXiv 1704.01155): an altered image changes its verdict when simplified."""

from __future__ import annotations

import torch

from threatsim.attacks.search.target import Target
from threatsim.defences.reference import Ground
from threatsim.defences.restoration import median_filter, reduce_bits, straight_through

BITS = 5
"""Bit depth of the first squeezer, the paper's choice for colour images."""
WIDTH = 2
"""Width of the median filter (pixels) of the second."""


class FeatureSqueezing:
    """The greatest L1 distance between class probabilities before and after each squeezer, in [0, 2].

    Xu et al.'s third squeezer for colour images, non-local means, is left out: it has no cheap gradient and, in their
    own table, adds little to the other two.

    Args:
        target: the classifier.
    """

    def __init__(self, target: Target) -> None:
        self.device = target.device
        self._target = target

    def statistic(self, images: torch.Tensor) -> torch.Tensor:
        """Return (N,) float32 for images (N, 3, H, W); the gradient passes straight through the bit-depth squeezer."""
        fewer = straight_through(images, lambda x: reduce_bits(x, bits=BITS))
        smoother = median_filter(images, width=WIDTH)
        # One at a time, so that each evaluation has the size of the batch.
        before, *after = (self._target.logits(shown).softmax(1) for shown in (images, fewer, smoother))
        return torch.stack([(before - squeezed).abs().sum(1) for squeezed in after]).amax(0)


def made(ground: Ground) -> FeatureSqueezing:
    """Make the detector of a payer's classifier."""
    return FeatureSqueezing(ground.watched.target)
