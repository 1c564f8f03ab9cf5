"""The case set: images of one modality with their true labels."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from threatsim.cases.stored_images import Images, StoredImages


def to_grid(images: torch.Tensor) -> torch.Tensor:
    """Round images (N, 3, H, W) in [0, 1] to the 8-bit grid of an image file (multiples of 1/255)."""
    return (images.clamp(0, 1) * 255).round() / 255


def grey_levels(images: torch.Tensor) -> NDArray[np.uint8]:
    """Return grey levels (N, 3, H, W) uint8 of images (N, 3, H, W) in [0, 1] on the 8-bit grid; also of one image."""
    levels: NDArray[np.uint8] = (images.cpu() * 255).round().to(torch.uint8).contiguous().numpy()
    return levels


@dataclass(frozen=True)
class CaseSet:
    """Images of one modality with their labels.

    Attributes:
        modality: a kind of image of `threatsim.catalogue.modalities`.
        images: (N, 3, H, W) in [0, 1], on the 8-bit grid: a float32 tensor, or kept as grey levels of which any
            part is one (`images[:]` is all of them).
        labels: (N,) int8; 1 is the finding that a payer pays for.
        case_ids: (N,) a name for each case, unique in the set.
        patient_ids: (N,) the patient (or lesion) a case belongs to; splits and resampling go by it.
        source: where the images come from, in words for a report.
    """

    modality: str
    images: Images
    labels: NDArray[np.int8]
    case_ids: tuple[str, ...]
    patient_ids: tuple[str, ...]
    source: str

    def __post_init__(self) -> None:
        n = len(self.labels)
        if self.images.ndim != 4 or self.images.shape[1] != 3 or len(self.images) != n:
            raise ValueError(f"images must be ({n}, 3, H, W), got {tuple(self.images.shape)}")
        if len(self.case_ids) != n or len(self.patient_ids) != n:
            raise ValueError("images, labels, case_ids and patient_ids must have one length")

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return int(self.images.shape[2]), int(self.images.shape[3])

    def with_pictures(self) -> CaseSet:
        """Return these cases: their pictures are here (`threatsim.cases.known_cases.KnownCases` has none)."""
        return self

    def subset(self, rows: NDArray[np.integer] | list[int]) -> CaseSet:
        """Return the cases at these rows (M,), in this order."""
        index = np.asarray(rows, dtype=np.int64)
        return CaseSet(
            modality=self.modality,
            images=self.images.take(index) if isinstance(self.images, StoredImages) else self.images[index],
            labels=self.labels[index],
            case_ids=tuple(self.case_ids[i] for i in index),
            patient_ids=tuple(self.patient_ids[i] for i in index),
            source=self.source,
        )

    def sample(self, count: int | None) -> CaseSet:
        """Draw `count` cases at random, always the same, in the order of the set; all if None or if there are fewer.

        An archive's files may lie class by class, so that the first ones would be of one kind.
        """
        if count is None or count >= len(self):
            return self
        return self.subset(np.sort(np.random.default_rng(0).permutation(len(self))[:count]))

    def mean_and_std(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return mean and standard deviation (3,) float32 of the pixels by channel."""
        if isinstance(self.images, StoredImages):
            return self.images.mean_and_std()
        return self.images.mean((0, 2, 3)), self.images.std((0, 2, 3))

    @cached_property
    def is_grey(self) -> bool:
        """Whether red, green and blue are the same in all images."""
        if isinstance(self.images, StoredImages):
            return all(len(image) == 1 for image in self.images.each())
        return bool((self.images[:, 1:] == self.images[:, :1]).all())

    @cached_property
    def fingerprints(self) -> tuple[str, ...]:
        """A hash of each image's 8-bit pixels: the content address of a case."""
        shape = str((3, *self.size)).encode()
        if isinstance(self.images, StoredImages):
            levels: Iterable[NDArray[np.uint8]] = (np.broadcast_to(one, (3, *self.size)) for one in self.images.each())
        else:
            levels = grey_levels(self.images)
        return tuple(hashlib.blake2b(shape + image.tobytes(), digest_size=16).hexdigest() for image in levels)
