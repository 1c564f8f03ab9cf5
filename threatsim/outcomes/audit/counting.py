"""Counts of images, in words and against a limit, with room for chance in small samples."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from threatsim.statistics.over_replicates import wilson_interval

ONE_POINT = 0.01
FIFTH_OF_A_POINT = 0.002
"""AutoAttack's limit for a black box that beats the white box (fra31/auto-attack, flags_doc.md)."""
_NAMED = 5


def exceeds(count: int, n: int, limit: float) -> bool:
    """Return whether a share count/n is above a limit for certain: the lower end of Wilson's 95 % interval is."""
    return n > 0 and wilson_interval(count / n, n)[0] > limit


def share(count: int, n: int) -> str:
    """Write a count as a share of n with Wilson's 95 % interval."""
    if n == 0:
        return "0 of 0"
    low, high = wilson_interval(count / n, n)
    return f"{count} of {n} ({count / n:.0%}; {low:.0%} to {high:.0%})"


def named(rows: torch.Tensor, names: Sequence[str]) -> str:
    """Name the first few images, of rows (M,) int64, in parentheses; nothing for none."""
    if len(rows) == 0:
        return ""
    shown = [names[int(row)] for row in rows[:_NAMED]]
    more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
    return f" ({', '.join(shown)}{more})"
