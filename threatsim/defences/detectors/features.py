"""Deep features: what a classifier's last linear layer sees of an image."""

from __future__ import annotations

import copy

import torch
from torch import nn

from threatsim.cases.stored_images import Images
from threatsim.common.errors import ThreatsimError
from threatsim.defences.reference import Watched


class DeepFeatures:
    """A private, frozen copy of a classifier that also gives the input of its last linear layer.

    The layer before the decision is where adversarial medical images lie apart from clean ones (Ma et al., Pattern
    Recognition 110, 2021, 107332), so the detectors look there.

    Args:
        classifier: (N, 3, H, W) images in [0, 1] to (N, K) logits, the last `nn.Linear` of which decides.
        device: where the copy runs.

    Raises:
        ThreatsimError: the classifier has no linear layer.
    """

    def __init__(self, classifier: nn.Module, device: torch.device) -> None:
        self.device = device
        self._network = copy.deepcopy(classifier).eval().requires_grad_(False).to(device)
        layers = [module for module in self._network.modules() if isinstance(module, nn.Linear)]
        if not layers:
            raise ThreatsimError(
                f"{type(classifier).__name__} has no linear layer, so it has no deep features to watch",
                hint="Detectors on deep features need a classifier that ends in torch.nn.Linear.",
            )
        self._last = layers[-1]

    @classmethod
    def watching(cls, watched: Watched) -> DeepFeatures:
        """Take the features of a payer's classifier, on its device."""
        return cls(watched.classifier(), watched.target.device)

    def __call__(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return features (N, D) and logits (N, K) of images (N, 3, H, W), differentiable by the images.

        Raises:
            ThreatsimError: the last linear layer was not run, or sees something other than a vector an image.
        """
        seen: list[torch.Tensor] = []
        hook = self._last.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
        try:
            logits: torch.Tensor = self._network(images)
        finally:
            hook.remove()
        if not seen or seen[-1].shape != (len(images), self._last.in_features):
            shape = f"has an input of shape {tuple(seen[-1].shape)}" if seen else "is not used"
            raise ThreatsimError(
                f"the last linear layer of {type(self._network).__name__} {shape}; "
                f"a vector of {self._last.in_features} features an image is needed"
            )
        return seen[-1], logits

    def of(self, images: Images, *, batch: int = 256) -> tuple[torch.Tensor, torch.Tensor]:
        """Return features (N, D) and classes (N,) int64 of any number of images, on the CPU, without gradients."""
        features, predicted = [], []
        with torch.no_grad():
            for start in range(0, len(images), batch):
                seen, logits = self(images[start : start + batch].to(self.device))
                features.append(seen.cpu())
                predicted.append(logits.argmax(1).cpu())
        return torch.cat(features), torch.cat(predicted)
