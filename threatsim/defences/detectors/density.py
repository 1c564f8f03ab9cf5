"""Kernel density detector (Feinman et al. 2017, arXiv 1703.00410): few clean images of its class lie near it."""

from __future__ import annotations

import math

import torch

from threatsim.cases.image_set import CaseSet
from threatsim.common.errors import ThreatsimError
from threatsim.defences.detectors.features import DeepFeatures
from threatsim.defences.reference import Ground

_BANDWIDTHS = torch.logspace(-1.5, 1.0, 26, dtype=torch.float64)
"""Tried bandwidths, as multiples of the median distance between two clean images of a class."""


class KernelDensity:
    """Minus the log density of an image's deep features among clean ones of the class that is predicted for it.

    Args:
        features: the classifier's deep features.
        known: class -> (M, D) float64 features of clean images that the classifier puts into the class.
        bandwidth: standard deviation of the Gaussian kernel, in units of a feature.
    """

    def __init__(self, features: DeepFeatures, known: dict[int, torch.Tensor], bandwidth: float) -> None:
        self.device = features.device
        self._features = features
        self._known = {label: seen.to(features.device) for label, seen in known.items()}
        self.bandwidth = bandwidth

    @classmethod
    def fit(cls, features: DeepFeatures, cases: CaseSet) -> KernelDensity:
        """Keep the features of clean cases, and the bandwidth of the greatest leave-one-out likelihood.

        Raises:
            ThreatsimError: the classifier puts fewer than two of the cases into a class.
        """
        seen, predicted = features.of(cases.images)
        known = {int(label): seen[predicted == label].double() for label in torch.unique(predicted)}
        if len(known) < 2 or min(map(len, known.values())) < 2:
            raise ThreatsimError("the clean cases need two of each class that the classifier predicts")
        return cls(features, known, _likeliest_bandwidth(list(known.values())))

    def statistic(self, images: torch.Tensor) -> torch.Tensor:
        """Return (N,) float64 minus log density of images (N, 3, H, W), but for a constant.

        The density is that of the predicted class: discontinuous where the prediction changes, smooth elsewhere.
        """
        seen, logits = self._features(images)
        of_class = [_log_density(seen.double(), known, self.bandwidth) for known in self._known.values()]
        predicted = logits.detach()[:, list(self._known)].argmax(1)
        return -torch.stack(of_class, 1).gather(1, predicted[:, None])[:, 0]


def _log_density(seen: torch.Tensor, known: torch.Tensor, bandwidth: float) -> torch.Tensor:
    exponent = -_squared_distances(seen, known) / (2 * bandwidth**2)
    return exponent.logsumexp(1) - math.log(len(known))


def _squared_distances(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Return (N, M) squared distances; torch.cdist's gradient at a distance of 0 is undefined."""
    products = left @ right.T
    return (left.square().sum(1)[:, None] + right.square().sum(1) - 2 * products).clamp(min=0)


def _likeliest_bandwidth(groups: list[torch.Tensor]) -> float:
    distances = [_squared_distances(group, group).fill_diagonal_(math.inf) for group in groups]
    unit = math.sqrt(float(torch.cat([d[d.isfinite()] for d in distances]).median()))
    dimensions = groups[0].shape[1]

    def likelihood(bandwidth: float) -> float:
        logs = [(-d / (2 * bandwidth**2)).logsumexp(1) - math.log(len(d) - 1) for d in distances]
        return float(torch.cat(logs).mean()) - dimensions * math.log(bandwidth)

    return max((unit * float(step) for step in _BANDWIDTHS), key=likelihood) if unit > 0 else 1.0


def made(ground: Ground) -> KernelDensity:
    """Fit the detector of a payer's classifier."""
    return KernelDensity.fit(DeepFeatures.watching(ground.watched), ground.reference.fit)
