"""Images kept as 8-bit grey levels, in memory or in a file; any part of them comes as the floats that networks read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

Rows = int | slice | Sequence[int] | NDArray[np.integer] | torch.Tensor


class Pictures(Protocol):
    """Pictures by number, each (C, H, W) uint8; C is 1 where red, green and blue are the same, else 3."""

    def __getitem__(self, number: int, /) -> NDArray[np.uint8]:
        """Return one picture."""

    def __len__(self) -> int:
        """Return how many there are."""


class StoredImages:
    """(N, 3, H, W) images of which an index gives float32 in [0, 1], level / 255, as a tensor of the same would.

    Args:
        pictures: the pictures that these are of.
        size: their height and width in pixels.
        rows: (N,) which of them, in this order; all if None.
        device: where the floats are wanted.
    """

    def __init__(
        self,
        pictures: Pictures,
        size: tuple[int, int],
        *,
        rows: NDArray[np.int64] | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        self._pictures = pictures
        self._rows = np.arange(len(pictures)) if rows is None else rows
        self._device = torch.device(device)
        self.shape = torch.Size((len(self._rows), 3, *size))

    ndim = 4

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, rows: Rows) -> torch.Tensor:
        """Return (M, 3, H, W) float32 in [0, 1] of these rows, or (3, H, W) of one."""
        if isinstance(rows, int):
            return self[[range(len(self))[rows]]][0]
        levels = np.empty((len(chosen := self._chosen(rows)), *self.shape[1:]), np.uint8)
        for place, number in enumerate(chosen):
            levels[place] = self._pictures[int(number)]
        return torch.from_numpy(levels).float().div_(255).to(self._device)

    def __iter__(self) -> Iterator[torch.Tensor]:
        return (self[row] for row in range(len(self)))

    def split(self, size: int) -> Iterator[torch.Tensor]:
        """Give the images in parts of `size`, the last one with what is left."""
        return (self[start : start + size] for start in range(0, len(self), size))

    def take(self, rows: NDArray[np.int64]) -> StoredImages:
        """Return the images at these rows (M,), in this order; no pixel is copied."""
        return StoredImages(self._pictures, self._size, rows=self._rows[rows], device=self._device)

    def to(self, device: torch.device | str) -> StoredImages:
        """Return the same images, whose floats come on a device; they stay where they are until they are asked for."""
        return StoredImages(self._pictures, self._size, rows=self._rows, device=device)

    def each(self) -> Iterator[NDArray[np.uint8]]:
        """Give the images one after the other, each (C, H, W) uint8; C is 1 where all channels are the same, else 3."""
        return (self._pictures[int(number)] for number in self._rows)

    def mean_and_std(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return mean and standard deviation (3,) float32 of the floats by channel, counted level by level.

        Counts are whole numbers, so that no order of summing and no processor changes a bit.
        """
        counts = np.zeros((3, 256), np.int64)
        for picture in self.each():
            counts += np.stack([np.bincount(channel.reshape(-1), minlength=256) for channel in picture])
        levels, pixels = np.arange(256), counts.sum(1)
        first, second = counts @ levels, counts @ levels**2
        mean = first / pixels
        # The sums are exact, and so is their difference but for one rounding; torch divides by one less than all.
        sums = zip(pixels.tolist(), first.tolist(), second.tolist(), strict=True)
        spread = [(n * squares - total**2) / (n * (n - 1)) for n, total, squares in sums]
        return torch.from_numpy(mean / 255).float(), torch.from_numpy(np.sqrt(spread) / 255).float()

    @property
    def _size(self) -> tuple[int, int]:
        return self.shape[2], self.shape[3]

    def _chosen(self, rows: slice | Sequence[int] | NDArray[np.integer] | torch.Tensor) -> NDArray[np.int64]:
        if isinstance(rows, torch.Tensor):
            rows = rows.cpu().numpy()
        return self._rows[rows if isinstance(rows, slice) else np.asarray(rows, dtype=np.int64)]


def without_copies(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return (1, H, W) of a picture (3, H, W) whose channels are the same, else the picture."""
    return picture[:1].copy() if bool((picture[1:] == picture[:1]).all()) else picture


Images = torch.Tensor | StoredImages
"""(N, 3, H, W) images in [0, 1]: any part of them is a float32 tensor, whether they are one or are kept as levels."""
