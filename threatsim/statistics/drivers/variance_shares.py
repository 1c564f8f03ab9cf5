"""Sobol's indices: the share of an outcome's variance that each input makes by itself, and with all others.

Indices by Jansen (Computer Physics Communications 117 (1999) 35-43; in Saltelli and others, ibid. 181 (2010) 259-270,
table 2, c and f) on the design of the latter: two samples A and B, and for each input A with that
column of B. A sample's points, its block, are run on the same streams, in replicates of which each has its own; other
blocks have others. Products are taken of one replicate with another, never of one with itself: what chance does to the
one it does not do to the other, so that no index holds any of it. An interval is of resamples of whole blocks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from threatsim.statistics.estimate import Estimate
from threatsim.statistics.over_replicates import Z

Floats = NDArray[np.float64]

LEAST_BLOCKS = 8
"""With fewer, resamples of blocks say nothing."""
_RESAMPLES = 500
_LOST = 0.05
"""Share of resamples without any variance from which on no interval is told."""


def blocks(inputs: int, count: int, random: np.random.Generator) -> Floats:
    """Return (count, inputs + 2, inputs) points in [0, 1): of each block A, B, and A with each column of B in turn.

    The sequence is Sobol's, scrambled (Owen, Journal of Complexity 14 (1998) 466-489); whole numbers below 2^30 and a
    division make it, so that it is the same on every processor. Counts that are powers of 2 fill the cube best.
    """
    sequence = qmc.Sobol(2 * inputs, scramble=True, rng=np.random.default_rng(int(random.integers(2**63))))
    both: Floats = sequence.random_base2(math.ceil(math.log2(count)) if count > 1 else 0)[:count]
    first, second = both[:, :inputs], both[:, inputs:]
    points = np.repeat(first[:, None, :], inputs + 2, axis=1)
    points[:, 1] = second
    for number in range(inputs):
        points[:, 2 + number, number] = second[:, number]
    return points


@dataclass(frozen=True)
class VarianceShares:
    """What makes an outcome vary.

    Attributes:
        variance: what all inputs make together, chance taken out; at least 0.
        chance: share of a single market's variance that chance makes; None of one replicate.
        first: of each input, the share of `variance` that it makes by itself.
        total: of each input, the share that it has a part in.
        blocks: blocks behind it.
    """

    variance: float
    chance: float | None
    first: list[Estimate]
    total: list[Estimate]
    blocks: int


def variance_shares(outcomes: Floats, random: np.random.Generator) -> VarianceShares:
    """Return the indices of each input.

    Args:
        outcomes: (blocks, inputs + 2, replicates) what came out at `blocks`; blocks with an undefined one (NaN) are
            left out.
        random: resamples are drawn of it.
    """
    known = outcomes[np.isfinite(outcomes).all(axis=(1, 2))]
    count, points, replicates = known.shape
    if count < LEAST_BLOCKS:
        nothing = [Estimate(value=None, low=None, high=None, n=count)] * (points - 2)
        return VarianceShares(0.0, None, nothing, nothing, count)
    parts = _parts(known)
    variance, first, total = _indices(parts[None])
    drawn = random.integers(count, size=(_RESAMPLES, count))
    again = _indices(parts[drawn])
    chance = None
    if replicates > 1:
        within = float(((known - known.mean(axis=2, keepdims=True)) ** 2).sum(axis=2).mean()) / (replicates - 1)
        chance = within / (within + max(0.0, variance[0])) if within > 0 else 0.0
    return VarianceShares(
        variance=max(0.0, float(variance[0])),
        chance=chance,
        first=_estimates(first[0], again[1], variance[0], count),
        total=_estimates(total[0], again[2], variance[0], count),
        blocks=count,
    )


def _parts(outcomes: Floats) -> Floats:
    """Return (blocks, 1 + 2 inputs): of each block what has the variance and its shares for means."""
    a, b, mixed = outcomes[:, 0], outcomes[:, 1], outcomes[:, 2:]
    whole = _product(b - a, b - a) / 2
    rest = b[:, None] - mixed
    first = whole[:, None] - _product(rest, rest) / 2
    total = _product(mixed - a[:, None], mixed - a[:, None]) / 2
    parts: Floats = np.concatenate([whole[:, None], first, total], axis=1)
    return parts


def _product(left: Floats, right: Floats) -> Floats:
    """Return the mean product of one replicate with another, over all pairs; of one replicate with itself if alone."""
    replicates = left.shape[-1]
    same = (left * right).sum(axis=-1)
    if replicates == 1:
        return np.asarray(same)
    return np.asarray((left.sum(axis=-1) * right.sum(axis=-1) - same) / (replicates * (replicates - 1)))


def _indices(parts: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the (samples,) variance and the (samples, inputs) indices of (samples, blocks, parts)."""
    means = parts.mean(axis=1)
    variance = means[:, 0]
    inputs = (parts.shape[2] - 1) // 2
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(variance[:, None] > 0, means[:, 1:] / variance[:, None], math.nan)
    return variance, shares[:, :inputs], shares[:, inputs:]


def _estimates(shares: Floats, again: Floats, variance: float, count: int) -> list[Estimate]:
    """Return each index with its interval, normal with the standard deviation of resamples; both cut to [0, 1]."""
    if not variance > 0:
        return [Estimate(value=None, low=None, high=None, n=count)] * len(shares)
    lost = float(np.isnan(again).any(axis=1).mean())
    if lost > _LOST:
        return [Estimate(value=_cut(share), low=None, high=None, n=count) for share in map(float, shares)]
    halves = Z * np.nanstd(again, axis=0, ddof=1)
    return [
        Estimate(value=_cut(share), low=_cut(share - half), high=_cut(share + half), n=count)
        for share, half in zip(map(float, shares), map(float, halves), strict=True)
    ]


def _cut(share: float) -> float:
    return min(1.0, max(0.0, share))
