"""Figures of a replicate that this package adds."""

from __future__ import annotations

from threatsim.market.measures.sums import Sums, ratio


def false_share(sums: Sums, tactic: int | None) -> float:
    """Return the share of all claims that are billed falsely, by one tactic or by any; NaN if there are no claims."""
    false = sums.false.sum() if tactic is None else sums.false[tactic]
    return ratio(false, sums.run_counts.claims.sum())
