"""Models broken on purpose: each hides a weakness from attacks, and each must raise its own flag.

Gradient masking as in Athalye et al. 2018 (arXiv 1802.00420), and the mistakes that AutoAttack's flags are for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from threatsim.outcomes.audit.checks.scale import mean_and_std


class _NoGradient(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, images: torch.Tensor) -> torch.Tensor:
        return images.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> torch.Tensor:
        return torch.zeros_like(gradients[0])


class Wrapped(nn.Module):
    """A model with something in front of it or behind it.

    Args:
        model: (N, 3, H, W) images in [0, 1] to (N, C) logits; used as it is, not copied.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.train(model.training)


class GradientKiller(Wrapped):
    """The same decisions, with a gradient of zero everywhere."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return (N, C) logits."""
        logits: torch.Tensor = self.model(_NoGradient.apply(images))  # type: ignore[no-untyped-call]
        return logits


class SoftmaxOutput(Wrapped):
    """Probabilities in place of logits."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return (N, C) probabilities."""
        logits: torch.Tensor = self.model(images)
        return logits.softmax(1)


class Quantiser(Wrapped):
    """The input rounded to 8 levels."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return (N, C) logits."""
        logits: torch.Tensor = self.model((images * 7).round() / 7)
        return logits


class DropoutLeftOn(Wrapped):
    """A share of the pixels dropped at random, in evaluation mode too."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return (N, C) logits."""
        logits: torch.Tensor = self.model(F.dropout(images, 0.1, training=True))
        return logits


class Normalised(Wrapped):
    """Normalised in front.

    Args:
        model: as above.
        mean, std: three numbers, of any shape.
    """

    mean: torch.Tensor
    std: torch.Tensor

    def __init__(self, model: nn.Module, mean: torch.Tensor, std: torch.Tensor) -> None:
        super().__init__(model)
        device = next((one.device for one in model.state_dict().values()), torch.device("cpu"))
        self.register_buffer("mean", mean.reshape(1, 3, 1, 1).to(device))
        self.register_buffer("std", std.reshape(1, 3, 1, 1).to(device))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return (N, C) logits."""
        logits: torch.Tensor = self.model((images - self.mean) / self.std)
        return logits


IMAGENET = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])


def normalised_twice(model: nn.Module) -> nn.Module:
    """Normalise in front by the model's own mean and standard deviation; twice by ImageNet's where it has none."""
    own = mean_and_std(model)
    return Normalised(Normalised(model, *IMAGENET), *IMAGENET) if own is None else Normalised(model, *own)


BROKEN: Mapping[str, tuple[Callable[[nn.Module], nn.Module], str]] = {
    "gradient killer": (GradientKiller, "gradients"),
    "softmax output": (SoftmaxOutput, "outputs"),
    "8-level quantiser": (Quantiser, "quantiser"),
    "dropout left on": (DropoutLeftOn, "determinism"),
    "double normalisation": (normalised_twice, "scale"),
}
"""Name -> how a model is broken, and the key of the check that must see it."""
