"""ResNet (He et al. 2016, arXiv 1512.03385) on images, with the arguments and the weights' names of MONAI's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, cast

import torch
from torch import nn


class _Basic(nn.Module):
    """Two convolutions of 3 x 3 beside the sum."""

    expansion: ClassVar[int] = 1

    def __init__(self, channels: int, planes: int, stride: int = 1, downsample: nn.Module | None = None) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, planes, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.act = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.downsample = downsample

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        out = self.act(self.bn1(self.conv1(features)))
        out = self.bn2(self.conv2(out))
        out += features if self.downsample is None else self.downsample(features)
        return cast(torch.Tensor, self.act(out))


class _Bottleneck(nn.Module):
    """A convolution of 3 x 3 between two of 1 x 1 beside the sum."""

    expansion: ClassVar[int] = 4

    def __init__(self, channels: int, planes: int, stride: int = 1, downsample: nn.Module | None = None) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, planes, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.conv3 = nn.Conv2d(planes, planes * self.expansion, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(planes * self.expansion)
        self.act = nn.ReLU(inplace=True)
        self.downsample = downsample

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        out = self.act(self.bn1(self.conv1(features)))
        out = self.act(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        out += features if self.downsample is None else self.downsample(features)
        return cast(torch.Tensor, self.act(out))


_BLOCKS: dict[str, type[_Basic] | type[_Bottleneck]] = {"basic": _Basic, "bottleneck": _Bottleneck}


class ResNet(nn.Module):
    """(N, n_input_channels, H, W) normalised images to (N, num_classes) logits.

    Args:
        block: basic or bottleneck.
        layers: blocks in each of the four stages.
        block_inplanes: channels of each stage; a bottleneck gives four times as many.
        spatial_dims: of an image: 2.
        n_input_channels: channels of an image.
        conv1_t_size: width of the first convolution's kernel (pixels).
        conv1_t_stride: its stride.
        no_max_pool: whether the first features go on as they are; else a pooling halves them.
        num_classes: of the last layer.
        bias_downsample: whether the convolution at the side of a stage's first block has a bias.

    Raises:
        ValueError: there is no such block, not four stages are given, or images have not two dimensions.
    """

    def __init__(
        self,
        block: str,
        layers: Sequence[int],
        block_inplanes: Sequence[int],
        spatial_dims: int = 2,
        n_input_channels: int = 3,
        conv1_t_size: int = 7,
        conv1_t_stride: int = 1,
        no_max_pool: bool = False,
        num_classes: int = 400,
        bias_downsample: bool = True,
    ) -> None:
        super().__init__()
        if block not in _BLOCKS:
            raise ValueError(f"block is '{block}', and may be basic or bottleneck")
        if len(layers) != 4 or len(block_inplanes) != 4:
            raise ValueError("layers and block_inplanes have an entry for each of the four stages")
        if spatial_dims != 2:
            raise ValueError(f"spatial_dims is {spatial_dims}, and images have 2")
        first = block_inplanes[0]
        self.conv1 = nn.Conv2d(
            n_input_channels, first, conv1_t_size, stride=conv1_t_stride, padding=conv1_t_size // 2, bias=False
        )
        self.bn1 = nn.BatchNorm2d(first)
        self.act = nn.ReLU(inplace=True)
        self.maxpool: nn.Module = nn.Identity() if no_max_pool else nn.MaxPool2d(3, stride=2, padding=1)
        kind, channels = _BLOCKS[block], first
        for number, (planes, blocks) in enumerate(zip(block_inplanes, layers, strict=True), start=1):
            stride = 1 if number == 1 else 2
            setattr(self, f"layer{number}", _stage(kind, channels, planes, blocks, stride, bias=bias_downsample))
            channels = planes * kind.expansion
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(channels, num_classes)
        _start(self)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits (N, num_classes)."""
        features = self.maxpool(self.act(self.bn1(self.conv1(images))))
        for number in range(1, 5):
            features = getattr(self, f"layer{number}")(features)
        return cast(torch.Tensor, self.fc(self.avgpool(features).flatten(1)))


def _stage(
    kind: type[_Basic] | type[_Bottleneck], channels: int, planes: int, blocks: int, stride: int, *, bias: bool
) -> nn.Sequential:
    wide = planes * kind.expansion
    side = None
    if stride != 1 or channels != wide:
        side = nn.Sequential(nn.Conv2d(channels, wide, 1, stride=stride, bias=bias), nn.BatchNorm2d(wide))
    return nn.Sequential(kind(channels, planes, stride, side), *(kind(wide, planes) for _ in range(1, blocks)))


def _start(network: nn.Module) -> None:
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(layer, nn.Linear):
            nn.init.zeros_(layer.bias)
