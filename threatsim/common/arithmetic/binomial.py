"""Binomial tails, equal to the bit on every x86-64 processor like all of `portable`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from threatsim.common.arithmetic.portable import Floats, exp, log

_LN_SQRT_TWO_PI = 0.9189385332046727418
_NEGLIGIBLE = 1e-14
_TABULATED = 4096
_LOG_FACTORIALS = np.concatenate([[0.0], np.cumsum(log(np.arange(1.0, _TABULATED)))])


def log_factorial(n: NDArray[np.int64]) -> Floats:
    """Return ln n! of whole numbers from 0 (N, ...), to about 1 part in 10^14: a table, then Stirling's series."""
    if int(n.max(initial=0)) < _TABULATED:
        return _LOG_FACTORIALS[n]
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


def tail_over_first(least: NDArray[np.int64], trials: NDArray[np.int64], chance: Floats) -> Floats:
    """Return the chance (N,) of at least so many successes over that of exactly so many, where that is above the mean.

    It is 1 + r (1 + r' (1 + ...)), by the ratios of each chance to the one before it, which never rise.

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
    return total


def most_over_first(least: NDArray[np.int64], trials: NDArray[np.int64], chance: Floats) -> Floats:
    """Return what `tail_over_first` (N,) is at most, of the same arguments: as if every ratio were the first."""
    return 1 / (1 - (trials - least) / (least + 1) * (chance / (1 - chance)))
