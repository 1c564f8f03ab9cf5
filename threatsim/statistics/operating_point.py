"""Operating points: the threshold that reaches a rate on calibration cases."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike


def threshold_at(
    scores: ArrayLike, labels: ArrayLike, *, sensitivity: float | None = None, specificity: float | None = None
) -> float:
    """The threshold on p(finding) at which a rate is reached; a score at or above it counts as the finding.

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
