"""How wide the intervals of one mean must be that are looked at again and again, so that all of them hold at once.

An interval of 95 % that is looked at after every batch, until it is narrow enough, holds the mean less often than in
95 of 100 cases: the looks at which chance made it narrow are those at which one stops. A confidence sequence holds it
at all looks together. This is the asymptotic one, of Robbins' normal mixture (Waudby-Smith, Arbour, Sinha, Kennedy and
Ramdas 2024, Time-uniform central limit theory and asymptotic confidence sequences, Annals of Statistics
52:2613-2640): after t units of mean m and standard deviation s,

    m +- s / sqrt(t) * sqrt((t r^2 + 1) / (t r^2) * (log(t r^2 + 1) - 2 log(alpha)))

where r makes it narrowest at a t that is chosen beforehand; here at the first look (their appendix, by the
approximation r^2 t = -2 log(alpha) + log(-2 log(alpha)) + 1).

It stands on s being known, which it is not with few units. So the bound is told as the level of an ordinary interval,
whose quantile is then Student's: `benchmarks/anytime.py` has how often that holds.
"""

from __future__ import annotations

import math
from typing import Final

from threatsim.common.arithmetic import portable
from threatsim.statistics.estimate import ALPHA
from threatsim.statistics.special import normal_cdf

LEAST_REPLICATES: Final = 20
"""Replicates before the first look. With fewer, the standard deviation of ten pairs and less is too often far off."""
_TWICE_LOG: Final = -2 * float(portable.log(ALPHA))
_NARROWEST: Final = _TWICE_LOG + float(portable.log(_TWICE_LOG)) + 1
"""t r^2 where the sequence is narrowest."""


def level_at(looked: int, first: int) -> float:
    """Return the alpha of the ordinary interval of a look that is as wide as the confidence sequence there.

    Args:
        looked: replicates at that look.
        first: replicates at the first look, which is the narrowest in standard errors.

    Returns:
        About 0.002 at the first look, and ever less afterwards: 0.001 at ten times as many.

    Raises:
        ValueError: it is before the first look.
    """
    if not 0 < first <= looked:
        raise ValueError(f"a look at {looked} replicates is before the first, at {first}")
    at = _NARROWEST * looked / first
    squared = (at + 1) / at * (float(portable.log(at + 1)) + _TWICE_LOG)
    return 2 * normal_cdf(-math.sqrt(squared))


def looks(first: int, most: int) -> list[int]:
    """Return after how many replicates one looks: each time at a quarter more, in whole fours, up to the most.

    That many looks are cheap beside the replicates between them; more would leave processors idle at the end of each.

    Raises:
        ValueError: the most is less than the first.
    """
    if not 0 < first <= most:
        raise ValueError(f"the last look, at {most} replicates, is before the first, at {first}")
    found = [first]
    while found[-1] < most:
        further = found[-1] + max(4, found[-1] // 4)
        found.append(min(most, further + -further % 4))
    return found
