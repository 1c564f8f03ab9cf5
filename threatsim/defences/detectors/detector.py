"""What an input detector is, and the threshold that keeps its false alarms within a budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol
from weakref import WeakKeyDictionary

import torch

from threatsim.attacks.search.batch_invariance import alone, is_batch_invariant, parts, steady_threads
from threatsim.attacks.search.precision import full_precision
from threatsim.common.thresholds import threshold_within


class DetectorProtocol(Protocol):
    """A measure of how suspicious an image is. Fitted on clean images alone: no attack is known in advance."""

    @property
    def device(self) -> torch.device:
        """Where it looks at images."""
        ...

    def statistic(self, images: torch.Tensor) -> torch.Tensor:
        """Return (N,) for images (N, 3, H, W) in [0, 1] on the detector's device: greater is more suspicious.

        Differentiable with respect to the images, so that an adaptive attack can be run against it.
        """
        ...


@dataclass(frozen=True)
class Calibrated:
    """A detector with the threshold above which an image is flagged.

    Attributes:
        detector: gives the statistic.
        threshold: images with a greater statistic are flagged.
        spread: standard deviation of the statistic on the clean calibration images: its natural unit.
    """

    detector: DetectorProtocol
    threshold: float
    spread: float

    def margin(self, images: torch.Tensor) -> torch.Tensor:
        """Return (N,) how far below the threshold each image is, in units of the clean spread; negative if flagged."""
        return (self.threshold - self.detector.statistic(images)) / self.spread

    def flags(self, images: torch.Tensor) -> torch.Tensor:
        """Return (N,) bool, on the device of the images: those that the detector stops."""
        return statistics(self.detector, images).to(images.device) > self.threshold


def calibrate(detector: DetectorProtocol, images: torch.Tensor, *, false_alarm: float) -> Calibrated:
    """Set the threshold on clean images that the detector was not fitted on.

    Args:
        images: (M, 3, H, W) clean images.
        false_alarm: greatest share of clean images that may be flagged, in (0, 1).

    Raises:
        ThreatsimError: too few images for so small a budget.
    """
    clean = statistics(detector, images).double().numpy()
    spread = float(clean.std())
    return Calibrated(detector, threshold_within(clean, false_alarm), spread if spread > 0 else 1.0)


def statistics(detector: DetectorProtocol, images: torch.Tensor, *, batch: int = 256) -> torch.Tensor:
    """Return (N,) the statistic of any number of images, on the CPU, without gradients.

    Evaluated in the sizes of `parts`, so that an image's statistic does not depend on its company.
    """
    found = [torch.empty(0)]
    with torch.no_grad(), steady_threads(), full_precision(), alone(not invariant_statistic(detector, images)):
        for some in torch.split(images, batch):
            for start, count, size in parts(len(some), detector.device):
                rows = torch.arange(start, start + size).clamp(max=start + count - 1)
                found.append(detector.statistic(some[rows].to(detector.device))[:count].float().cpu())
    return torch.cat(found)


_invariant: WeakKeyDictionary[DetectorProtocol, bool] = WeakKeyDictionary()


def invariant_statistic(detector: DetectorProtocol, images: torch.Tensor) -> bool:
    """Find out whether a detector's statistic of an image is the same alone and in company, on the first image.

    Args:
        detector: remembered, so that it is found out once.
        images: (N, 3, H, W) float32 in [0, 1].
    """
    if len(images) and detector not in _invariant:
        with full_precision():
            _invariant[detector] = is_batch_invariant(detector.statistic, images[:1].to(detector.device))
    return _invariant.get(detector, True)
