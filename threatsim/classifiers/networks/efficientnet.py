"""EfficientNet-Lite0 and Lite1: EfficientNet (Tan and Le 2019, arXiv 1905.11946) without squeeze-and-excitation.

The Lite networks drop what small processors cannot do: ReLU6 stands in place of swish, and the first and the last stage
are not scaled. Padding is that of TensorFlow, which is uneven at a stride of 2; it is written as layers of fixed width,
so that a tracer can follow the network and fold its batch normalisations. The padding is TensorFlow's own on images
whose width is a multiple of 32.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple, cast

import torch
from torch import nn


class _Stage(NamedTuple):
    """Blocks of one width: how many, kernel (pixels), stride of the first, expansion and channels given."""

    blocks: int
    kernel: int
    stride: int
    expansion: int
    channels: int


_STAGES = (
    _Stage(1, 3, 1, 1, 16),
    _Stage(2, 3, 2, 6, 24),
    _Stage(2, 5, 2, 6, 40),
    _Stage(3, 3, 2, 6, 80),
    _Stage(3, 5, 1, 6, 112),
    _Stage(4, 5, 2, 6, 192),
    _Stage(1, 3, 1, 6, 320),
)
"""EfficientNet-B0, Table 1 of the paper."""
_STEM, _HEAD = 32, 1280
_DROPOUT = 0.2
MEAN, STD = 127 / 255, 128 / 255
"""The normalisation of images in [0, 1] that the published Lite weights were trained with."""


class EfficientNetLite(nn.Module):
    """(N, 3, H, W) normalised images to (N, classes) logits.

    Args:
        depth: factor on the number of blocks of a stage, the first and the last excepted.
        num_classes: of the last layer.
        stages: how many of the seven stages stand, from the image on. Where the last ones are cut off so is the
            convolution after them, and the head reads the last stage that is left: a small network for small images,
            whose start is the first part of the whole one's.

    Raises:
        ValueError: there are not so many stages.
    """

    def __init__(self, depth: float, num_classes: int = 2, stages: int = len(_STAGES)) -> None:
        if not 1 <= stages <= len(_STAGES):
            raise ValueError(f"stages is {stages}; allowed are 1 to {len(_STAGES)}")
        super().__init__()
        kept = _STAGES[:stages]
        whole = stages == len(_STAGES)
        last = [_pointwise(kept[-1].channels, _HEAD, active=True)] if whole else []
        self.blocks = nn.Sequential(_stem(), *_blocks(depth, kept), *last)
        self.dropout = nn.Dropout(_DROPOUT)
        self.head = nn.Linear(_HEAD if whole else kept[-1].channels, num_classes)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits (N, classes)."""
        return cast(torch.Tensor, self.head(self.dropout(self.features(images))))

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """Return (N, 1280) features, the image mean of the last convolution; fewer where stages are cut off."""
        return cast(torch.Tensor, self.blocks(images)).mean((2, 3))


class EfficientNetLite0(EfficientNetLite):
    """3.4 million parameters with two classes, 0.7 million of them in the first five stages."""

    def __init__(self, num_classes: int = 2, stages: int = len(_STAGES)) -> None:
        super().__init__(1.0, num_classes, stages)


class EfficientNetLite1(EfficientNetLite):
    """4.2 million parameters with two classes."""

    def __init__(self, num_classes: int = 2, stages: int = len(_STAGES)) -> None:
        super().__init__(1.1, num_classes, stages)


class _Block(nn.Module):
    """An inverted residual block (Sandler et al. 2018): widened, filtered a channel at a time, narrowed."""

    def __init__(self, given: int, taken: int, *, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = given * expansion
        self.expand = _pointwise(given, wide, active=True) if expansion > 1 else nn.Identity()
        self.filter = nn.Sequential(
            *_padding(kernel, stride),
            nn.Conv2d(wide, wide, kernel, stride, _even(kernel, stride), groups=wide, bias=False),
            _norm(wide),
            nn.ReLU6(inplace=True),
        )
        self.project = _pointwise(wide, taken, active=False)
        self.adds = stride == 1 and given == taken

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.project(self.filter(self.expand(images)))
        return images + found if self.adds else found


def _stem() -> nn.Sequential:
    return nn.Sequential(*_padding(3, 2), nn.Conv2d(3, _STEM, 3, 2, bias=False), _norm(_STEM), nn.ReLU6(inplace=True))


def _blocks(depth: float, stages: Sequence[_Stage]) -> list[_Block]:
    found, given = [], _STEM
    for stage in stages:
        scaled = stage.blocks if stage in (_STAGES[0], _STAGES[-1]) else math.ceil(depth * stage.blocks)
        for number in range(scaled):
            stride = stage.stride if number == 0 else 1
            found.append(_Block(given, stage.channels, kernel=stage.kernel, stride=stride, expansion=stage.expansion))
            given = stage.channels
    return found


def _pointwise(given: int, taken: int, *, active: bool) -> nn.Sequential:
    layers: list[nn.Module] = [nn.Conv2d(given, taken, 1, bias=False), _norm(taken)]
    return nn.Sequential(*layers, nn.ReLU6(inplace=True)) if active else nn.Sequential(*layers)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


def _padding(kernel: int, stride: int) -> list[nn.Module]:
    """Pad as TensorFlow's "same" does at a stride of 2: a pixel less before the image than after it."""
    before, after = kernel // 2 - 1, kernel // 2
    return [] if stride == 1 else [nn.ZeroPad2d((before, after, before, after))]


def _even(kernel: int, stride: int) -> int:
    return kernel // 2 if stride == 1 else 0
