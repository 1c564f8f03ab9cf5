"""Fresh markets of the posterior against moments, those that were fitted and those held out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from threatsim.calibration.findings import Verdict
from threatsim.calibration.inference.weighted import Floats, quantile
from threatsim.calibration.moments_file import Moment

TAIL = 0.05
"""Share of predictions at either end that lies outside a predictive interval of 90 %."""


@dataclass(frozen=True)
class Predicted:
    """What is predicted of a moment.

    Attributes:
        mean, low, high: mean and 5 % and 95 % quantiles; None where undefined in more than a tenth of the draws.
        defined: draws in which it is defined.
        verdict: met if the published value lies from low to high, near if its interval reaches in, else missed.
    """

    mean: float | None
    low: float | None
    high: float | None
    defined: int
    verdict: Verdict


def predicted(values: Floats, moment: Moment) -> Predicted:
    """Return what (N,) draws predict of a moment."""
    there = values[np.isfinite(values)]
    if not len(there) or len(there) < 0.9 * len(values):
        return Predicted(None, None, None, len(there), "undefined")
    low, high = interval(there)
    return Predicted(math.fsum(there.tolist()) / len(there), low, high, len(there), _verdict(low, high, moment))


def interval(values: Floats) -> tuple[float, float]:
    """Return the 5 % and 95 % quantiles of values."""
    even = np.ones(len(values))
    return quantile(values, even, TAIL), quantile(values, even, 1 - TAIL)


def _verdict(low: float, high: float, moment: Moment) -> Verdict:
    if low <= moment.value <= high:
        return "met"
    return "near" if low <= moment.interval[1] and moment.interval[0] <= high else "missed"


def count_of(found: Sequence[Predicted], verdict: Verdict) -> int:
    """Return how many came out so."""
    return sum(one.verdict == verdict for one in found)
