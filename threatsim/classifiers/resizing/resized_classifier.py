"""A classifier behind the payer's resize, and sets of cases as such a classifier reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from threatsim.cases.image_set import CaseSet, grey_levels
from threatsim.cases.stored_images import StoredImages, without_copies
from threatsim.catalogue.pictures.resizes import DEFAULT_RESIZE
from threatsim.classifiers.resizing.resize import Resize

_AT_ONCE = 32
"""Pictures reduced together: large ones fill the memory as floats."""
_HELD = 2**30
"""Bytes of reduced pictures that are held as grey levels; more are reduced anew each time that they are asked for."""


class ResizedClassifier(nn.Module):
    """(N, C, H, W) pictures in [0, 1] as they are submitted to (N, K) logits.

        victim = ResizedClassifier(model, 224)                        # Pillow's bilinear
        attacked = attack_model(victim, images, labels, APGD(...))    # images of, say, 512 x 512

    Args:
        classifier: (N, C, size, size) pictures in [0, 1] to (N, K) logits.
        size: width and height that it reads (pixels).
        resize: name of the payer's resize in `threatsim.catalogue.pictures.resizes`.

    Raises:
        InputError: there is no such resize.
    """

    def __init__(self, classifier: nn.Module, size: int, resize: str = DEFAULT_RESIZE) -> None:
        super().__init__()
        self.resize = Resize(size, resize)
        self.classifier = classifier

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return (N, K) logits of (N, C, H, W) pictures in [0, 1], which are files of 8 bits to the payer."""
        logits: torch.Tensor = self.classifier(self.resize(images))
        return logits


def behind_resize(classifier: nn.Module, size: int | None, resize: str = DEFAULT_RESIZE) -> nn.Module:
    """Put the payer's resize to `size` pixels in front of a classifier; none where it reads pictures as submitted."""
    return classifier if size is None else ResizedClassifier(classifier, size, resize)


def parted(model: nn.Module) -> tuple[nn.Module, Resize | None]:
    """Return a classifier without the payer's resize, and the resize; None where it has none in front."""
    return (model.classifier, model.resize) if isinstance(model, ResizedClassifier) else (model, None)


def unrounded(model: nn.Module) -> nn.Module:
    """Return a classifier behind its resize without the roundings of files, to ask of it between grey levels."""
    classifier, resize = parted(model)
    return model if resize is None else nn.Sequential(resize.as_linear(), classifier)


def as_read(cases: CaseSet, size: int | None, resize: str = DEFAULT_RESIZE, *, held: int = _HELD) -> CaseSet:
    """Return cases with the pictures (N, 3, size, size) that a classifier reads of those submitted.

    Of pictures that are kept as grey levels the reduced ones are too, or are made when they are asked for where they
    are too many to be held.

    Args:
        cases: with the pictures as they are submitted.
        size: what it reads (pixels); None where that is the pictures as they are.
        resize: name of the payer's resize.
        held: bytes of reduced pictures that may be held.

    Raises:
        InputError: the pictures are smaller than what it reads.
    """
    if size is None or not len(cases):
        return cases
    layer, images = Resize(size, resize), cases.images
    layer.check(images.shape)
    if isinstance(images, StoredImages):
        reduced = _Reduced(images, layer)
        few = len(cases) * 3 * size * size <= held
        return replace(cases, images=StoredImages(reduced.all() if few else reduced, (size, size)))
    with torch.no_grad():
        return replace(cases, images=torch.cat([layer(part) for part in torch.split(images, _AT_ONCE)]).contiguous())


class _Reduced:
    """Pictures by number, (C, size, size) uint8, reduced when they are asked for."""

    def __init__(self, images: StoredImages, resize: Resize) -> None:
        self._images, self._resize = images, resize

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, number: int) -> NDArray[np.uint8]:
        return self._some([number])[0]

    def all(self) -> list[NDArray[np.uint8]]:
        """Reduce all of them now."""
        numbers = range(len(self))
        parts = (self._some(numbers[start : start + _AT_ONCE]) for start in range(0, len(self), _AT_ONCE))
        return [one for part in parts for one in part]

    def _some(self, numbers: Sequence[int]) -> list[NDArray[np.uint8]]:
        with torch.no_grad():
            return [without_copies(one) for one in grey_levels(self._resize(self._images[numbers]))]
