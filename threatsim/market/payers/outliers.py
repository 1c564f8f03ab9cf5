"""Whose rate of claims with the finding stands out among the peers of the specialty."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from threatsim.common.arithmetic.binomial import binomial_exactly, most_over_first, tail_over_first
from threatsim.common.arithmetic.portable import normal_quantile

_CUT = 0.1
"""Share of the scores at either end that is drawn in before a specialty's spread is measured."""
_NEAR = 0.8
"""Exact tails are taken of those whose score by the normal approximation is above so much of what is asked."""


def outliers(
    with_finding: NDArray[np.int64], claims: NDArray[np.int64], groups: list[slice], least_claims: int, score: float
) -> NDArray[np.bool_]:
    """Return (P,) whose rate lies above its specialty's by more than chance and the specialty's own spread explain.

    Funnel limits (Spiegelhalter 2005, Statistics in Medicine 24:1185): the exact binomial tail of a provider's count
    against the rate of all claims of the specialty, as a normal score, is divided by the square root of the
    specialty's over-dispersion, which is the mean square of all scores with a tenth at either end drawn in.

    Args:
        with_finding: (P,) claims with the finding.
        claims: (P,) claims of every kind.
        groups: the rows of each specialty.
        least_claims: claims below which nobody stands out.
        score: normal score beyond which one does.
    """
    share, ask = np.zeros((2, claims.size))
    compared = claims >= least_claims
    for group in groups:
        rows = np.flatnonzero(compared[group]) + group.start
        total = claims[rows].sum()
        share[rows] = with_finding[rows].sum() / total if total else 0.0
    compared &= (share > 0) & (share < 1)
    approximate = np.zeros(claims.size)
    n, p = claims[compared], share[compared]
    approximate[compared] = (with_finding[compared] - n * p) / np.sqrt(n * (p * (1 - p)))
    for group in groups:
        ask[group] = score * np.sqrt(_over_dispersion(approximate[group][compared[group]]))
    near = np.flatnonzero(compared & (approximate > np.maximum(_NEAR * ask, 0.0)))
    chosen = np.zeros(claims.size, np.bool_)
    chosen[near] = _beyond(with_finding[near], claims[near], share[near], ask[near])
    return chosen


def _beyond(
    least: NDArray[np.int64], trials: NDArray[np.int64], chance: NDArray[np.float64], score: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return (N,) whether binomial tails lie beyond normal scores; only those that bounds leave open are added up."""
    exactly = binomial_exactly(least, trials, chance)
    most = np.minimum(exactly * most_over_first(least, trials, chance), 1.0)
    at_least, at_most = -normal_quantile(np.stack([most, exactly]))
    beyond = at_least > score
    open_ = np.flatnonzero(~beyond & (at_most > score))
    tail = exactly[open_] * tail_over_first(least[open_], trials[open_], chance[open_])
    beyond[open_] = -normal_quantile(tail) > score[open_]
    return np.asarray(beyond)


def _over_dispersion(scores: NDArray[np.float64]) -> float:
    """Return the mean square of some scores (N,), a tenth at either end drawn in; at least 1."""
    if not scores.size:
        return 1.0
    ordered = np.sort(scores)
    cut = int(_CUT * ordered.size)
    drawn_in = np.clip(ordered, ordered[cut], ordered[ordered.size - 1 - cut])
    return max(1.0, float((drawn_in * drawn_in).mean()))
