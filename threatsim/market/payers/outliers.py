"""Whose rate of claims with the finding stands out among the peers of the specialty."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from threatsim.common.arithmetic.binomial import binomial_at_least
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
    chosen = np.zeros(claims.size, np.bool_)
    for group in groups:
        rows = np.flatnonzero(claims[group] >= least_claims) + group.start
        total = claims[rows].sum()
        share = with_finding[rows].sum() / total if total else 0.0
        if not 0 < share < 1:
            continue
        n, x = claims[rows], with_finding[rows]
        approximate = (x - n * share) / np.sqrt(n * (share * (1 - share)))
        ask = score * np.sqrt(_over_dispersion(approximate))
        near = approximate > max(_NEAR * ask, 0.0)
        tail = binomial_at_least(x[near], n[near], np.full(np.count_nonzero(near), share))
        chosen[rows[near]] = -normal_quantile(tail) > ask
    return chosen


def _over_dispersion(scores: NDArray[np.float64]) -> float:
    """Return the mean square of some scores (N,), a tenth at either end drawn in; at least 1."""
    ordered = np.sort(scores)
    cut = int(_CUT * ordered.size)
    drawn_in = np.clip(ordered, ordered[cut], ordered[ordered.size - 1 - cut])
    return max(1.0, float((drawn_in * drawn_in).mean()))
