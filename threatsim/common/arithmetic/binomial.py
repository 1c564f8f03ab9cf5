"""Binomial tails, equal to the bit on every x86-64 processor like all of `portable`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from threatsim.common.arithmetic.portable import Floats, exp, log

_LN_SQRT_TWO_PI = 0.9189385332046727418
_NEGLIGIBLE = 1e-14
_TABULATED = 32
_LOG_FACTORIALS = np.concatenate([[0.0], np.cumsum(log(np.arange(1.0, _TABULATED)))])


def log_factorial(n: NDArray[np.int64]) -> Floats:
    """Return ln n! of whole numbers from 0 (N, ...), to about 1 part in 10^15: a table, then Stirling's series."""
    x = np.maximum(n, _TABULATED).astype(np.float64)
    inverse = 1 / x
    square = inverse * inverse
    series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)))
    stirling = (x + 0.5) * log(x) - x + _LN_SQRT_TWO_PI + series
    return np.where(n < _TABULATED, _LOG_FACTORIALS[np.minimum(n, _TABULATED - 1)], stirling)


def binomial_exactly(successes: NDArray[np.int64], trials: NDArray[np.int64], chance: Floats) -> Floats:
    """Return the chance (N,) of so many successes, to about 1 in 10^9.

    Args:
        successes, trials: (N,).
        chance: (N,) of a success, above 0 and below 1.
    """
    failures = trials - successes
    all_ways, of_successes, of_failures = log_factorial(np.stack([trials, successes, failures]))
    happens, fails = log(np.stack([chance, 1 - chance]))
    return exp(all_ways - of_successes - of_failures + successes * happens + failures * fails)


def binomial_at_least(least: NDArray[np.int64], trials: NDArray[np.int64], chance: Floats) -> Floats:
    """Return the chance (N,) of at least so many successes, where these are more than expected; to about 1 in 10^9.

    The chance of exactly `least`, times 1 + r (1 + r' (1 + ...)), the ratios of each chance to the one before it.

    Args:
        least: (N,) successes, above `trials` times `chance` and at most `trials`.
        trials: (N,).
        chance: (N,) of a success, above 0 and below 1.
    """
    odds = chance / (1 - chance)
    term, total = np.ones(least.size), np.ones(least.size)
    successes, left = least.astype(np.float64), (trials - least).astype(np.float64)
    while (term > _NEGLIGIBLE * total).any():
        successes += 1
        term *= np.maximum(left, 0) / successes * odds
        left -= 1
        total += term
    return np.minimum(binomial_exactly(least, trials, chance) * total, 1.0)


def binomial_at_least_bounds(
    least: NDArray[np.int64], trials: NDArray[np.int64], chance: Floats
) -> tuple[Floats, Floats]:
    """Return bounds (N,) of `binomial_at_least` at the price of one term: the ratios never rise."""
    exactly = binomial_exactly(least, trials, chance)
    ratio = (trials - least) / (least + 1) * (chance / (1 - chance))
    return exactly, np.minimum(exactly / (1 - ratio), 1.0)
