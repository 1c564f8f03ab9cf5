"""Few events: exact intervals of counts, over an exposure or of a total, and of the difference of two such.

The t interval of a mean of counts is wrong where little was counted: twenty replicates without an event would give the
interval from 0 to 0. Here the ends are quantiles of the gamma law (Garwood 1936, Biometrika 28:437-442) or of the beta
law (Clopper and Pearson 1934, Biometrika 26:404-413), for as many independent events as the counts are worth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, Literal

from threatsim.common.arithmetic.exact import beta_quantile
from threatsim.statistics.estimate import ALPHA
from threatsim.statistics.mean_error import MeanError
from threatsim.statistics.over_replicates import Z
from threatsim.statistics.special import gamma_quantile, normal_cdf, student_t_quantile

FEW: Final = 10
"""With fewer independent events than this (or, of a share, fewer of the others) an interval is exact."""
SHARED: Final = 2.0
"""Replicates that share their streams, which nothing but events could tell from one and the same replicate."""
_CLOSE: Final = 1e-6
_LEAST_Z: Final = 1e-3
_MOST_Z: Final = 7.0  # a p-value of 3e-12
_CLOSE_ENOUGH: Final = 0.01  # of a rise: three digits of it are not known
_STEPS: Final = 20
_KEPT: Final = 4096

CountKind = Literal["rate", "share"]


@dataclass(frozen=True)
class Count:
    """Events counted in all replicates.

    Attributes:
        kind: rate: over an exposure, so that there is no most of them. share: of a total.
        events: how many.
        size: the exposure or the total.
        dispersion: how many times the variance of independent events their own is; at least 1.
        freedom: degrees of freedom of that variance.
    """

    kind: CountKind
    events: float
    size: float
    dispersion: float = 1.0
    freedom: float = math.inf

    @classmethod
    def of(cls, kind: CountKind, events: float, size: float, clusters: float | None, error: MeanError) -> Count:
        """Count events, with the dispersion that the error of their rate over replicates gives.

        Where there is no event, or nothing but events, there is no variance to tell it: the units of a cluster, and
        replicates that share their streams, then count as one.

        Args:
            kind, events, size: as above.
            clusters: groups that share their fate, in all replicates; None where units stand alone.
            error: of the rate, over replicates.
        """
        spread = size - events if kind == "share" else 1.0
        independent = events * spread / size**3 if kind == "share" else events / size**2
        if independent <= 0 or error.variance() == 0:
            return cls(kind, events, size, SHARED * max(1.0, size / clusters if clusters else 1.0))
        return cls(kind, events, size, max(1.0, error.variance() / independent), error.freedom())

    @property
    def rate(self) -> float:
        """Events per unit of the exposure, or their share."""
        return self.events / self.size

    @property
    def few(self) -> bool:
        """Whether so few independent events were counted that an interval by means would be wrong."""
        rarer = min(self.events, self.size - self.events) if self.kind == "share" else self.events
        return rarer / self.dispersion < FEW

    def limits(self, alpha: float) -> tuple[float, float]:
        """Return the interval of the rate that leaves alpha / 2 on either side.

        Events and size are divided by the dispersion and, since that is an estimate, by the squared quotient of the t
        and the normal quantile (Korn and Graubard 1998, Survey Methodology 24:193-201).
        """
        return self.low(alpha), self.high(alpha)

    def low(self, alpha: float) -> float:
        """Return the lower end of that interval."""
        events, size = self._worth(alpha)
        if not events:
            return 0.0
        if self.kind == "rate":
            return gamma_quantile(alpha / 2, events) / size
        return _share_quantile(alpha / 2, events, size - events + 1)

    def high(self, alpha: float) -> float:
        """Return the upper end of it."""
        events, size = self._worth(alpha)
        if self.kind == "rate":
            return gamma_quantile(1 - alpha / 2, events + 1) / size
        return _share_quantile(1 - alpha / 2, events + 1, size - events) if size > events else 1.0

    def _worth(self, alpha: float) -> tuple[float, float]:
        normal, t = (student_t_quantile(1 - alpha / 2, freedom) for freedom in (math.inf, self.freedom))
        worth = (normal / t) ** 2 / self.dispersion
        return self.events * worth, self.size * worth


def difference_limits(base: Count, other: Count, correlation: float, alpha: float) -> tuple[float, float]:
    """Return the interval of the rate of `other` less that of `base` that leaves alpha / 2 on either side.

    The distances of both rates from the ends of their own intervals stand for their errors (Zou and Donner 2008,
    Statistics in Medicine 27:1693-1702, with their correlation: Zou 2008, ibid. 27:1-13).

    Args:
        base, other: the counts.
        correlation: of the two rates; 0 for independent ones.
        alpha: as above.
    """
    change = other.rate - base.rate
    below, above = (_distance(*sides, correlation, alpha) for sides in ((base, other), (other, base)))
    return change - below, change + above


def difference_p(base: Count, other: Count, correlation: float) -> float:
    """Return the two-sided p-value of the difference: the alpha at which that interval ends at zero.

    The distance of the end from the difference is nearly a multiple of the normal quantile, in which the secant method
    finds it.

    Args:
        base, other, correlation: as in `difference_limits`.
    """
    change = other.rate - base.rate
    if change == 0:
        return 1.0
    sides = (base, other) if change > 0 else (other, base)

    def beyond(z: float) -> float:
        alpha = ALPHA if z == Z else 2 * normal_cdf(-z)  # the interval of 95 % is known
        return _distance(*sides, correlation, alpha) / abs(change) - 1

    last = Z
    before = beyond(last)
    z = min(max(last / (1 + before), _LEAST_Z), _MOST_Z)
    found = beyond(z)
    for _ in range(_STEPS):
        if abs(found) < _CLOSE or found == before:
            break
        z, last = min(max(z - found * (z - last) / (found - before), _LEAST_Z), _MOST_Z), z
        found, before = beyond(z), found
    return 2 * normal_cdf(-z)


def detectable_rise(base: Count, other: Count, alpha: float, power: float) -> float | None:
    """Return the rise of the rate that is told from none at alpha with this power; None if a share is too full for it.

    The least number of events that would differ from `base` is looked for; the rate is the one that gives as many or
    more with that power. The counts are taken for independent, those of `other` for as dispersed as they were found.

    Args:
        base, other: the counts.
        alpha: level of the test.
        power: share of such runs that find it.
    """

    def differs(events: float) -> bool:
        raised = replace(other, events=events)
        return raised.rate - base.rate >= _distance(base, raised, 0.0, alpha)

    most = other.size if base.kind == "share" else math.inf
    low = min(base.rate * other.size, most)
    high = min(low + other.dispersion, most)
    while not differs(high):
        if high == most:
            return None
        low, high = high, min(2 * high, most)
    while high - low > _CLOSE_ENOUGH * high:
        middle = (low + high) / 2
        low, high = (low, middle) if differs(middle) else (middle, high)
    events, size = high / other.dispersion, other.size / other.dispersion
    if base.kind == "rate":
        return gamma_quantile(power, events) / size - base.rate
    return _share_quantile(power, events, max(size - events, 0.0) + 1) - base.rate


def _distance(less: Count, more: Count, correlation: float, alpha: float) -> float:
    """Return how far below the difference of two rates, `more` less `less`, its interval ends."""
    one, two = more.rate - more.low(alpha), less.high(alpha) - less.rate
    return math.sqrt(max(one * one + two * two - 2 * correlation * one * two, 0.0))


@lru_cache(maxsize=_KEPT)
def _share_quantile(p: float, a: float, b: float) -> float:
    return beta_quantile(p, a, b)
