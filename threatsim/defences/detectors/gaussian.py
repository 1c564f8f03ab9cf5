"""Mahalanobis detector: how far an image's deep features lie from those of clean images of its class.

Class-conditional Gaussians with one covariance (Lee et al., NeurIPS 2018, arXiv 1807.03888), and the single Gaussian
that Li & Zhu (ISBI 2020) proposed for medical images.
"""

from __future__ import annotations

import torch

from threatsim.cases.image_set import CaseSet
from threatsim.defences.detectors.features import DeepFeatures
from threatsim.defences.reference import Ground

RIDGE = 1e-3
"""Added to the covariance, as a share of its mean variance: features that never vary would make it singular."""


class Mahalanobis:
    """Squared Mahalanobis distance of an image's deep features to the nearest mean.

    Args:
        features: the classifier's deep features.
        means: (C, D) float64.
        precision: (D, D) float64, the inverse of the covariance that the means share.
    """

    def __init__(self, features: DeepFeatures, means: torch.Tensor, precision: torch.Tensor) -> None:
        self.device = features.device
        self._features = features
        self._means = means.to(features.device)
        # d' P d = |L' d|^2 with P = L L': one product, and never below zero by rounding.
        self._root = torch.linalg.cholesky(precision).to(features.device)

    @classmethod
    def fit(cls, features: DeepFeatures, cases: CaseSet, *, by_class: bool = True) -> Mahalanobis:
        """Fit to clean cases (N of them).

        Args:
            by_class: a mean for each label (Lee et al.), or one for all (Li & Zhu).
        """
        seen = features.of(cases.images)[0].double()
        labels = torch.from_numpy(cases.labels.astype("int64")) if by_class else torch.zeros(len(cases)).long()
        classes = torch.unique(labels)
        means = torch.stack([seen[labels == label].mean(0) for label in classes])
        centred = seen - means[torch.searchsorted(classes, labels)]
        covariance = centred.T @ centred / len(seen)
        ridge = RIDGE * covariance.diagonal().mean().clamp(min=1e-12)
        covariance += ridge * torch.eye(len(covariance), dtype=torch.float64)
        return cls(features, means, torch.linalg.inv(covariance))

    def statistic(self, images: torch.Tensor) -> torch.Tensor:
        """Return (N,) float64 squared distance of images (N, 3, H, W) to the nearest mean."""
        seen, _ = self._features(images)
        away = seen.double()[:, None] - self._means  # (N, C, D)
        distances: torch.Tensor = (away @ self._root).square().sum(2).amin(1)
        return distances


def made(ground: Ground) -> Mahalanobis:
    """Fit the detector of a payer's classifier."""
    return Mahalanobis.fit(DeepFeatures.watching(ground.watched), ground.reference.fit)


def made_single(ground: Ground) -> Mahalanobis:
    """Fit the detector with one Gaussian for all classes."""
    return Mahalanobis.fit(DeepFeatures.watching(ground.watched), ground.reference.fit, by_class=False)
