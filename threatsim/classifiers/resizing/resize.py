"""The payer's resize as a layer: to the byte as the payer runs it, or as the linear map that an attacker follows.

Sums are made term by term, in one order, so a picture comes out the same on any processor, alone or in company. On the
payer's side they are sums of whole numbers, as in Pillow's and OpenCV's own code, and exact.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from torch import nn

from threatsim.catalogue.pictures.resizes import DEFAULT_RESIZE, RESIZES
from threatsim.classifiers.resizing.filter_matrix import filter_matrix
from threatsim.common.errors import InputError
from threatsim.common.suggest import did_you_mean

_LEVELS = 255


class Resize(nn.Module):
    """(N, C, H, W) pictures in [0, 1] as they are submitted to (N, C, size, size) as they are read.

    Args:
        size: width and height that are read (pixels). Pictures that are no squares are squeezed.
        name: of the resize in `threatsim.catalogue.pictures.resizes`.
        rounds: whether the picture is an 8-bit file before and after, as at the payer's. The gradient is that of the
            linear map either way: it passes roundings straight through (Athalye et al. 2018, arXiv 1802.00420).

    Raises:
        InputError: there is no such resize, or the size is no number of pixels.
    """

    def __init__(self, size: int, name: str = DEFAULT_RESIZE, *, rounds: bool = True) -> None:
        super().__init__()
        if name not in RESIZES:
            raise InputError(
                f"there is no resize '{name}'; allowed are {', '.join(RESIZES)}",
                given=name,
                allowed=RESIZES,
                hint=did_you_mean(name, RESIZES) or None,
            )
        if size < 1:
            raise InputError(f"a classifier cannot read pictures of {size} pixels", given=str(size))
        self.size, self.name, self.rounds = size, name, rounds

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return (N, C, size, size), channels last.

        Raises:
            InputError: the pictures are smaller than what is read.
        """
        self.check(images.shape)
        found: torch.Tensor = _Resized.apply(images, self)  # type: ignore[no-untyped-call]
        return found

    def check(self, shape: torch.Size) -> None:
        """Refuse pictures of a shape (N, C, H, W) that are smaller than what is read.

        Raises:
            InputError: they are.
        """
        height, width = shape[2:]
        if min(height, width) < self.size:
            raise InputError(
                f"the classifier reads {self.size} pixels, and the pictures submitted have {height} x {width}",
                given=f"{height} x {width}",
                hint="A payer's resize only makes pictures smaller; submit larger ones.",
            )

    def as_linear(self) -> Resize:
        """Return the same resize without its roundings."""
        return Resize(self.size, self.name, rounds=False)

    def extra_repr(self) -> str:
        """Say what it is where torch prints a network."""
        return f"{self.size}, '{self.name}', rounds={self.rounds}"


class _Resized(torch.autograd.Function):
    """The resize with the gradient of its linear map."""

    @staticmethod
    def forward(ctx: Any, images: torch.Tensor, resize: Resize) -> torch.Tensor:
        """Return the reduced pictures."""
        ctx.shape, ctx.resize = images.shape[2:], resize
        return _as_a_file(images, resize) if resize.rounds else _linear(images, resize)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        """Return the gradient with respect to the pictures as submitted."""
        height, width = ctx.shape
        name, size = ctx.resize.name, ctx.resize.size
        by_rows = gradients[0].permute(2, 0, 3, 1)
        taller = _summed(by_rows, *_terms(name, height, size, None, True))
        wider = _summed(taller.permute(2, 1, 0, 3), *_terms(name, width, size, None, True))
        return wider.permute(1, 3, 2, 0), None


def _linear(images: torch.Tensor, resize: Resize) -> torch.Tensor:
    """Reduce rows, then columns; (N, C, H, W) float32 to (N, C, size, size)."""
    height, width = images.shape[2:]
    narrow = _summed(images.permute(3, 0, 2, 1), *_terms(resize.name, width, resize.size, None, False))
    small = _summed(narrow.permute(2, 1, 0, 3), *_terms(resize.name, height, resize.size, None, False))
    return small.permute(1, 3, 0, 2).contiguous(memory_format=torch.channels_last)


def _as_a_file(images: torch.Tensor, resize: Resize) -> torch.Tensor:
    """Reduce as `_linear` does, in whole numbers: grey levels, and coefficients times a power of two."""
    row = RESIZES.find(resize.name)
    height, width = images.shape[2:]
    levels = (images * _LEVELS).round().to(torch.int32)
    narrow = _summed(levels.permute(3, 0, 2, 1), *_terms(resize.name, width, resize.size, row.bits, False))
    if row.rounds_between:
        narrow = _rounded(narrow, row.bits)
    small = _summed(narrow.permute(2, 1, 0, 3), *_terms(resize.name, height, resize.size, row.bits, False))
    file = _rounded(small, row.bits if row.rounds_between else 2 * row.bits).to(images.dtype) / _LEVELS
    return file.permute(1, 3, 0, 2).contiguous(memory_format=torch.channels_last)


def _rounded(sums: torch.Tensor, bits: int) -> torch.Tensor:
    """Round int32 sums of grey levels times 2^bits to grey levels, halves upwards."""
    found: torch.Tensor = (sums + 2 ** (bits - 1)) >> bits
    return found.clamp_(0, _LEVELS)


def _summed(pixels: torch.Tensor, places: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Sum (L, ...) pixels with weights (K, M) of those at places (K, M): (M, ...), term after term."""
    pixels = pixels.contiguous()
    shape = (-1, *(1,) * (pixels.ndim - 1))
    found: torch.Tensor | None = None
    for place, weight in zip(places.to(pixels.device), weights.to(pixels.device, pixels.dtype), strict=True):
        term = pixels.index_select(0, place).mul_(weight.reshape(shape))
        found = term if found is None else found.add_(term)
    assert found is not None  # every new pixel is made of one at least
    return found


@lru_cache(maxsize=64)
def _terms(name: str, given: int, taken: int, bits: int | None, back: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """List for each new pixel those that it is made of: places and weights, both (K, taken); (K, given) if `back`.

    Args:
        bits: of coefficients as whole numbers; None for the filter's own.
        back: whether for the gradient, from new pixels to given ones.
    """
    matrix = torch.from_numpy(filter_matrix(name, given, taken).copy())
    if bits is not None:
        matrix = _whole(matrix * 2.0**bits)
    if back:
        matrix = matrix.T
    most = int((matrix != 0).sum(1).max())
    places = (matrix == 0).to(torch.int8).argsort(dim=1, stable=True)[:, :most]  # the pixels that count come first
    return places.T.contiguous(), matrix.gather(1, places).T.contiguous()


def _whole(values: torch.Tensor) -> torch.Tensor:
    """Round halves away from zero, as a cast to int after adding them does."""
    return values.sign() * (values.abs() + 0.5).floor()
