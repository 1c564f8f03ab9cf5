"""DenseNet (Huang et al. 2017, arXiv 1608.06993) on images, with the arguments and the weights' names of MONAI's."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import cast

import torch
from torch import nn


class _Layer(nn.Module):
    """Adds `growth` channels to those that it is given."""

    def __init__(self, channels: int, growth: int, bn_size: int) -> None:
        super().__init__()
        wide = bn_size * growth
        self.layers = nn.Sequential(
            OrderedDict[str, nn.Module](
                norm1=nn.BatchNorm2d(channels),
                relu1=nn.ReLU(inplace=True),
                conv1=nn.Conv2d(channels, wide, 1, bias=False),
                norm2=nn.BatchNorm2d(wide),
                relu2=nn.ReLU(inplace=True),
                conv2=nn.Conv2d(wide, growth, 3, padding=1, bias=False),
            )
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return torch.cat([features, self.layers(features)], 1)


class DenseNet(nn.Module):
    """(N, in_channels, H, W) normalised images to (N, out_channels) logits.

    Args:
        spatial_dims: of an image: 2.
        in_channels: channels of an image.
        out_channels: classes.
        init_features: channels of the first convolution.
        growth_rate: channels that each layer adds.
        block_config: layers in each block; between two blocks the channels and the width are halved.
        bn_size: channels within a layer, in growth rates.

    Raises:
        ValueError: images have not two dimensions, or there is no block.
    """

    def __init__(
        self,
        spatial_dims: int = 2,
        in_channels: int = 3,
        out_channels: int = 2,
        init_features: int = 64,
        growth_rate: int = 32,
        block_config: Sequence[int] = (6, 12, 24, 16),
        bn_size: int = 4,
    ) -> None:
        super().__init__()
        if spatial_dims != 2:
            raise ValueError(f"spatial_dims is {spatial_dims}, and images have 2")
        if not block_config:
            raise ValueError("block_config names no block")
        parts = OrderedDict[str, nn.Module](
            conv0=nn.Conv2d(in_channels, init_features, 7, stride=2, padding=3, bias=False),
            norm0=nn.BatchNorm2d(init_features),
            relu0=nn.ReLU(inplace=True),
            pool0=nn.MaxPool2d(3, stride=2, padding=1),
        )
        channels = init_features
        for number, layers in enumerate(block_config, start=1):
            if number > 1:
                parts[f"transition{number - 1}"] = _transition(channels, channels // 2)
                channels //= 2
            parts[f"denseblock{number}"] = nn.Sequential(
                OrderedDict(
                    (f"denselayer{layer + 1}", _Layer(channels + layer * growth_rate, growth_rate, bn_size))
                    for layer in range(layers)
                )
            )
            channels += layers * growth_rate
        parts["norm5"] = nn.BatchNorm2d(channels)
        self.features = nn.Sequential(parts)
        self.class_layers = nn.Sequential(
            OrderedDict[str, nn.Module](
                relu=nn.ReLU(inplace=True),
                pool=nn.AdaptiveAvgPool2d(1),
                flatten=nn.Flatten(1),
                out=nn.Linear(channels, out_channels),
            )
        )
        _start(self)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits (N, out_channels)."""
        return cast(torch.Tensor, self.class_layers(self.features(images)))


def _transition(channels: int, halved: int) -> nn.Sequential:
    return nn.Sequential(
        OrderedDict[str, nn.Module](
            norm=nn.BatchNorm2d(channels),
            relu=nn.ReLU(inplace=True),
            conv=nn.Conv2d(channels, halved, 1, bias=False),
            pool=nn.AvgPool2d(2, stride=2),
        )
    )


def _start(network: nn.Module) -> None:
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight)
        elif isinstance(layer, nn.Linear):
            nn.init.zeros_(layer.bias)
