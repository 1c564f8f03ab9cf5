"""What false billing brings those who do it. Each takes the sums of a run, and the number of a tactic or None.

The unit is a provider-year with a false claim. What a practice gains over the record is spread evenly over its years of
false billing, since recoupments and penalties come years after the claims. Income lost is what practices that are
barred in the record would have earned by honest billing from the payers that bar them, over the weeks that providers
look ahead (`conduct.horizon`), as far as it is theirs who have billed falsely.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from threatsim.market.measures.sums import Ratio, Sums, ratio


def fraud_payoff(sums: Sums, tactic: int | None) -> Ratio:
    """Return USD per provider-year with a false claim that false billing brings, without income lost."""
    return _mean(sums, sums.net, tactic)


def fraud_payoff_median(sums: Sums, tactic: None) -> float:
    """Return the median of the same over provider-years with a false claim (USD)."""
    return weighted_median(_of_practices(sums, sums.net), sums.fraud_years_of) / 100


def fraud_payoff_losing(sums: Sums, tactic: None) -> Ratio:
    """Return the share of provider-years with a false claim of practices that lose by it."""
    return _losing(sums, sums.net)


def payoff_less_income(sums: Sums, tactic: int | None) -> Ratio:
    """Return USD per provider-year with a false claim that false billing brings, less honest income lost."""
    return _mean(sums, sums.net - sums.income_lost, tactic)


def payoff_less_income_median(sums: Sums, tactic: None) -> float:
    """Return the median of the same over provider-years with a false claim (USD)."""
    return weighted_median(_of_practices(sums, sums.net - sums.income_lost), sums.fraud_years_of) / 100


def payoff_less_income_losing(sums: Sums, tactic: None) -> Ratio:
    """Return the share of provider-years with a false claim of practices that lose by it, income lost included."""
    return _losing(sums, sums.net - sums.income_lost)


def _mean(sums: Sums, net: NDArray[np.int64], tactic: int | None) -> Ratio:
    if tactic is None:
        return ratio(net.sum() / 100, sums.fraud_years)
    return ratio(net[tactic].sum() / 100, sums.tactic_years[tactic])


def _of_practices(sums: Sums, net: NDArray[np.int64]) -> NDArray[np.float64]:
    years = sums.fraud_years_of
    a_year: NDArray[np.float64] = np.divide(net.sum(axis=0), years, out=np.zeros(years.size), where=years > 0)
    return a_year


def _losing(sums: Sums, net: NDArray[np.int64]) -> Ratio:
    return ratio(sums.fraud_years_of[net.sum(axis=0) < 0].sum(), sums.fraud_years)


def weighted_median(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    """Return the least value up to which half of the weight lies; NaN without any."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    if not reached.size or reached[-1] <= 0:
        return math.nan
    return float(values[order[np.searchsorted(reached, reached[-1] / 2 - 1e-9)]])
