"""First-order shares of variance from draws that are already there."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from threatsim.statistics.estimate import Estimate
from threatsim.statistics.over_replicates import Z
from threatsim.statistics.special import turns

LEAST_DRAWS = 40
"""Below this many independent draws an estimated share says next to nothing: its standard error is about 0.15."""
_HARMONICS = 4
_RESAMPLES = 200


def first_order_shares(inputs: NDArray[np.float64], outcome: NDArray[np.float64]) -> list[Estimate]:
    """Return the share of the outcome's variance that each input explains by itself (Sobol's first-order index).

    Estimated by random balance designs on given data (Tarantola et al., Reliability Engineering & System Safety 91
    (2006) 717-727; Plischke, ibid. 95 (2010) 354-360) without its bias (Tissot and Prieur, ibid. 107 (2012) 205-213).
    Intervals are normal, with the standard deviation over resamples of half as many draws. SALib's `rbd_fast` has the
    same formulas and the same resamples, but takes a Fourier transform and an order of ties that depend on the
    processor. What the shares leave of 1 is chance, and what inputs do only together.

    Args:
        inputs: (draws, inputs) independent draws of the inputs.
        outcome: (draws,) what came out; finite, and not all the same. More than 16 draws are needed.
    """
    count = len(outcome)
    random = np.random.default_rng(0)
    found = []
    for column in inputs.T:
        share = float(_shares(column[None], outcome[None])[0])
        drawn = random.integers(count, size=(_RESAMPLES, count // 2))
        half = Z * float(_shares(column[drawn], outcome[drawn]).std(ddof=1))
        found.append(Estimate(value=_cut(share), low=_cut(share - half), high=_cut(share + half), n=count))
    return found


def _shares(inputs: NDArray[np.float64], outcomes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (samples,) the share in each of (samples, draws) draws of one input; NaN where the outcome does not vary.

    In an order of the draws in which the input rises and falls once, what it does is in the first harmonics.
    """
    samples, count = outcomes.shape
    order = np.argsort(inputs, axis=1, kind="stable")
    around = np.concatenate([order[:, ::2], order[:, 1::2][:, ::-1]], axis=1)
    excess = np.take_along_axis(outcomes, around, axis=1)
    excess = excess - excess.mean(axis=1, keepdims=True)
    explained = np.zeros(samples)
    for harmonic in range(1, _HARMONICS + 1):
        place = harmonic * np.arange(count) % count
        for wave in turns(count):
            amplitude = (excess * np.array(wave)[place]).sum(axis=1)
            explained += amplitude * amplitude
    total = count * (excess * excess).sum(axis=1) / 2  # of all harmonics, by Parseval's theorem
    total[np.ptp(outcomes, axis=1) == 0] = math.nan
    bias = 2 * _HARMONICS / count
    share: NDArray[np.float64] = explained / total
    unbiased: NDArray[np.float64] = share - bias / (1 - bias) * (1 - share)
    return unbiased


def _cut(share: float) -> float | None:
    """Return a share within 0 and 1; None where the bootstrap met an outcome that did not vary."""
    return min(1.0, max(0.0, share)) if math.isfinite(share) else None
