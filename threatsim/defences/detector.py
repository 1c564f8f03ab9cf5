"""What an input detector is, and the threshold that keeps its false alarms within a budget."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import ArrayLike

from threatsim.errors import ThreatsimError


class Detector(Protocol):
    """Says how suspicious an image is. Fitted on clean images alone: no attack is known in advance."""

    @property
    def device(self) -> torch.device:
        """Where it looks at images."""
        ...

    def statistic(self, images: torch.Tensor) -> torch.Tensor:
        """(N,) for images (N, 3, H, W) in [0, 1] on the detector's device: greater is more suspicious.

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

    detector: Detector
    threshold: float
    spread: float

    def margin(self, images: torch.Tensor) -> torch.Tensor:
        """(N,) how far below the threshold each image lies, in units of the clean spread; negative if flagged."""
        return (self.threshold - self.detector.statistic(images)) / self.spread

    def flags(self, images: torch.Tensor) -> torch.Tensor:
        """(N,) bool, on the device of the images: those that the detector stops."""
        return statistics(self.detector, images).to(images.device) > self.threshold


def calibrate(detector: Detector, images: torch.Tensor, *, false_alarm: float) -> Calibrated:
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


def threshold_within(clean: ArrayLike, false_alarm: float) -> float:
    """The least threshold that a further clean statistic exceeds with probability `false_alarm` at most.

    The ceil((M + 1)(1 - a))-th smallest of M statistics: by exchangeability the bound holds at any M and for any
    distribution (Vovk, Gammerman & Shafer, Algorithmic Learning in a Random World, 2005). A plain quantile is too
    low by about 1 / M.

    Args:
        clean: (M,) statistics of clean images; ties are allowed and make the rate lower.
        false_alarm: the budget a, in (0, 1).

    Raises:
        ThreatsimError: M + 1 < 1 / a, so that no threshold keeps the budget; or a statistic is not a number.
    """
    ordered = np.sort(np.asarray(clean, dtype=np.float64))
    if not 0 < false_alarm < 1:
        raise ThreatsimError(f"a false-alarm budget lies between 0 and 1, and is {false_alarm:g}")
    if np.isnan(ordered).any():
        raise ThreatsimError("a detector's statistic on a clean image is not a number")
    rank = math.ceil((len(ordered) + 1) * (1 - false_alarm) - 1e-9)
    if rank > len(ordered):
        needed = math.ceil(1 / false_alarm - 1 - 1e-9)
        raise ThreatsimError(
            f"{len(ordered)} clean images cannot hold false alarms to {false_alarm:.3g}: at least {needed} are needed"
        )
    return float(ordered[rank - 1])


def statistics(detector: Detector, images: torch.Tensor, *, batch: int = 256) -> torch.Tensor:
    """(N,) the statistic of any number of images, on the CPU, without gradients."""
    with torch.no_grad():
        return torch.cat(
            [detector.statistic(part.to(detector.device)).float().cpu() for part in torch.split(images, batch)]
        )
