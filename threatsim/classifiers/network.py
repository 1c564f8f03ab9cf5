"""Our networks, MONAI's or the user's, with the normalisation inside: an attack and a payer see the same function."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Final, cast

import torch
from torch import nn

from threatsim.cases.stored_images import Images
from threatsim.classifiers.card import MONAI_NETWORKS, OWN_NETWORKS, Network
from threatsim.classifiers.own_network import from_factory
from threatsim.common.errors import InputError, ThreatsimError
from threatsim.common.suggest import did_you_mean

_AT_ONCE, _PIXELS = 256, 256 * 64 * 64
"""Most images, and most of their pixels, that are scored at once: larger parts fill the memory and save no time."""

MOST_OF_AN_ARGUMENT: Final = 65_536
"""Greatest number among a network's arguments: ImageNet in full has 21,841 classes."""


class Classifier(nn.Module):
    """(N, 3, H, W) float32 images in [0, 1] to (N, 2) logits; column 1 is the finding.

    Args:
        body: network from (N, 3, H, W) normalised images to (N, 2) logits.
        mean, std: (3,) of the training images, per channel.
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, body: nn.Module, mean: torch.Tensor, std: torch.Tensor) -> None:
        super().__init__()
        self.body = body
        self.register_buffer("mean", mean.reshape(1, 3, 1, 1).float())
        self.register_buffer("std", std.reshape(1, 3, 1, 1).float())

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits (N, 2) of images (N, 3, H, W) in [0, 1]."""
        return cast(torch.Tensor, self.body((images - self.mean) / self.std))


def build(network: Network, *, mean: torch.Tensor | None = None, std: torch.Tensor | None = None) -> Classifier:
    """Build a fresh classifier of two classes; its initial weights come from torch's global generator.

    Args:
        network: its name, or the function that makes it, with arguments.
        mean: (C,) mean of the training images by channel, which it normalises with; 0 if None.
        std: (C,) their standard deviation; 1 if None.

    Raises:
        ThreatsimError: there is no such network, or it does not take these arguments.
    """
    return Classifier(
        from_factory(network) if network.factory else _named(network),
        torch.zeros(3) if mean is None else mean,
        torch.ones(3) if std is None else std,
    )


def _named(network: Network) -> nn.Module:
    if network.name is None:
        raise ThreatsimError(f"{network.label} cannot be built or trained: it is used as it is")
    arguments = network.arguments
    if network.name in OWN_NETWORKS:
        factory = _of_own(network.name)
    else:
        factory = _of_monai(network.name)
        if arguments.get("pretrained"):
            raise InputError(
                f"network '{network.name}': pretrained would fetch weights from a network; nothing is fetched here",
                given="pretrained",
                hint="Leave it out: weights are those beside the card, or trained.",
            )
        arguments = {**arguments, "pretrained": False}
    _check_sizes(network.name, arguments)
    try:
        return factory(**arguments)
    except Exception as error:  # what a network raises for arguments that it does not like is its own affair
        raise ThreatsimError(f"network '{network.name}' does not take these arguments: {error}") from error


def _check_sizes(name: str, value: Any) -> None:
    """Refuse arguments of which memory without bound would be made before the weights are seen not to fit."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inside:
        _check_sizes(name, one)
    if isinstance(value, (int, float)) and not abs(value) <= MOST_OF_AN_ARGUMENT:
        text = f"network '{name}': an argument is {str(value)[:20]}; allowed is at most {MOST_OF_AN_ARGUMENT:,}"
        raise InputError(text, given=str(value)[:20])


def _of_own(name: str) -> type[nn.Module]:
    module = import_module(f"threatsim.classifiers.networks.{OWN_NETWORKS[name]}")
    return cast(type[nn.Module], getattr(module, name))


def _of_monai(name: str) -> type[nn.Module]:
    if name not in MONAI_NETWORKS:
        known = [*OWN_NETWORKS, *MONAI_NETWORKS]
        otherwise = "Any other is a function of your own: factory, which runs with --trust."
        raise InputError(
            f"neither threatsim nor MONAI has a network '{name}' that a card may name",
            given=name,
            allowed=known,
            hint=did_you_mean(name, known) or otherwise,
        )
    try:
        from monai.networks import nets
    except ModuleNotFoundError as error:
        raise InputError(
            f"'{name}' is no network of threatsim's own, and MONAI, whose it may be, is not installed: "
            "pip install 'threatsim[monai]'",
            given=name,
            allowed=list(OWN_NETWORKS),
        ) from error
    return cast(type[nn.Module], getattr(nets, name))


def scores(classifier: nn.Module, images: Images, *, device: torch.device) -> torch.Tensor:
    """Score images: (N,) float32 p(finding) on the CPU, by a classifier in evaluation mode and on `device`.

    Args:
        classifier: of two classes.
        images: (N, 3, H, W) in [0, 1].
        device: where it is run.
    """
    batch = max(1, min(_AT_ONCE, _PIXELS // (images.shape[2] * images.shape[3])))
    with torch.inference_mode():
        parts = [
            classifier(images[start : start + batch].to(device)).softmax(1)[:, 1].float().cpu()
            for start in range(0, len(images), batch)
        ]
    return torch.cat(parts) if parts else torch.empty(0)
