"""Thresholds: at a rate on calibration cases, within a false-alarm budget, highest of several."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Protocol, SupportsFloat

import numpy as np
from numpy.typing import ArrayLike

from threatsim.common.errors import ThreatsimError


class Rates(Protocol):
    """An operating point: exactly one of two rates in [0, 1], the other None."""

    @property
    def sensitivity(self) -> SupportsFloat | None:
        """Share of the positive cases that score at or above the threshold."""

    @property
    def specificity(self) -> SupportsFloat | None:
        """Share of the negative cases that score below it."""


def threshold_at(
    scores: ArrayLike, labels: ArrayLike, *, sensitivity: float | None = None, specificity: float | None = None
) -> float:
    """Return the threshold on p(finding) at which a rate is reached; a score at or above it counts as the finding.

    A sensitivity gives the greatest threshold that still finds that share of the positive cases; a specificity
    the least that turns down that share of the negative ones. Equal scores cannot be told apart, so the rate
    reached is the named one or better.

    Args:
        scores: (M,) float32 p(finding).
        labels: (M,) 1 with the finding, 0 without.
        sensitivity, specificity: exactly one of them, in [0, 1].

    Raises:
        ValueError: both or neither are named, or no case has the label that is needed.
    """
    if (sensitivity is None) == (specificity is None):
        raise ValueError("name exactly one of sensitivity and specificity")
    wanted_label = int(sensitivity is not None)
    ordered = np.sort(np.asarray(scores, np.float32)[np.asarray(labels) == wanted_label])
    if not ordered.size:
        raise ValueError(f"no calibration case has label {wanted_label}")
    above = np.float32(np.inf)
    if sensitivity is not None:
        wanted = math.ceil(sensitivity * ordered.size - 1e-9)
        return float(ordered[-wanted]) if wanted else float(np.nextafter(ordered[-1], above))
    assert specificity is not None
    wanted = math.ceil(specificity * ordered.size - 1e-9)
    return float(np.nextafter(ordered[wanted - 1], above)) if wanted else 0.0


def highest_threshold(scores: ArrayLike, labels: ArrayLike, points: Iterable[Rates]) -> float | None:
    """Return the greatest threshold of any of the points on calibration `scores` and `labels` (M,); None of none."""
    thresholds = [
        threshold_at(
            scores,
            labels,
            sensitivity=None if point.sensitivity is None else float(point.sensitivity),
            specificity=None if point.specificity is None else float(point.specificity),
        )
        for point in points
    ]
    return max(thresholds, default=None)


def threshold_within(clean: ArrayLike, false_alarm: float) -> float:
    """Return the least threshold that a further clean statistic exceeds with probability `false_alarm` at most.

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
