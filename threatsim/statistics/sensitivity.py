"""First-order shares of variance from draws that are already there."""

from __future__ import annotations

import math
import warnings

import numpy as np
from numpy.typing import NDArray

from threatsim.statistics.estimate import Estimate

LEAST_DRAWS = 40
"""Below this many independent draws an estimated share says next to nothing: its standard error is about 0.15."""
_HARMONICS = 4
_RESAMPLES = 200


def first_order_shares(inputs: NDArray[np.float64], outcome: NDArray[np.float64]) -> list[Estimate]:
    """The share of the outcome's variance that each input explains by itself (Sobol's first-order index).

    Estimated by random balance designs on given data (Tarantola et al., Reliability Engineering & System Safety 91,
    2006; Plischke, 2010), as SALib has it, with bootstrap intervals. What the shares leave of 1 is chance, and what
    inputs do only together.

    Args:
        inputs: (draws, inputs) independent draws of the inputs.
        outcome: (draws,) what came out; finite, and not all the same.
    """
    from SALib.analyze import rbd_fast

    names = [str(index) for index in range(inputs.shape[1])]
    problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = rbd_fast.analyze(problem, inputs, outcome, M=_HARMONICS, num_resamples=_RESAMPLES, seed=0)
    return [
        Estimate(value=_cut(share), low=_cut(share - half), high=_cut(share + half), n=len(outcome))
        for share, half in zip(map(float, found["S1"]), map(float, found["S1_conf"]), strict=True)
    ]


def _cut(share: float) -> float | None:
    """A share within 0 and 1; None where the bootstrap met an outcome that did not vary."""
    return min(1.0, max(0.0, share)) if math.isfinite(share) else None
