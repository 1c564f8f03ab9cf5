"""Distribution functions and quantiles of scalars, computed with 30 digits in integer arithmetic and rounded once.

The C library's and scipy's differ in their last bits from processor to processor; these do not. The slowest, the beta's
quantile, takes a few milliseconds.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from threatsim.common.arithmetic.high_precision import DIGITS, context

_CLOSE = 1e-12  # a Newton step this small leaves an error of about its square
_TERMS = 100_000

Real = Any
"""A number of mpmath, which has no types."""


def normal_cdf(x: float, mean: float, sd: float) -> float:
    """Return the probability of at most `x`."""
    mp = context()
    return float(mp.ncdf((mp.mpf(x) - mean) / sd))


def normal_quantile(p: float, mean: float, sd: float) -> float:
    """Return the quantile at `p`, strictly between 0 and 1."""
    return float(mean + sd * _standard_quantile(p))


def lognormal_cdf(x: float, median: float, sigma: float) -> float:
    """Return the probability of at most `x`; `sigma` is the standard deviation of the logarithm."""
    mp = context()
    return float(mp.ncdf(mp.log(mp.mpf(x) / median) / sigma)) if x > 0 else 0.0


def lognormal_quantile(p: float, median: float, sigma: float) -> float:
    """Return the quantile at `p`, strictly between 0 and 1."""
    return float(median * context().exp(sigma * _standard_quantile(p)))


def beta_cdf(x: float, alpha: float, beta: float) -> float:
    """Return the probability of at most `x`: the regularised incomplete beta function."""
    if not 0 < x < 1:
        return float(x >= 1)
    mp = context()
    if x * (alpha + beta) <= alpha:
        return float(_beta_below(mp.log(x), alpha, beta)[0])
    return float(1 - _beta_below(mp.log1p(-mp.mpf(x)), beta, alpha)[0])


def beta_quantile(p: float, alpha: float, beta: float) -> float:
    """Return the quantile at `p`, strictly between 0 and 1."""
    mp = context()
    mean = mp.mpf(alpha) / (mp.mpf(alpha) + beta)
    share = _beta_below(mp.log(mean), alpha, beta)[0]
    if p <= share:
        return float(mp.exp(_beta_log_quantile(mp.mpf(p), alpha, beta, mp.log(mean))))
    return float(1 - mp.exp(_beta_log_quantile(1 - mp.mpf(p), beta, alpha, mp.log(1 - mean))))


def _standard_quantile(p: float) -> Real:
    """Return the standard normal quantile: 15 digits by AS 241, and one step of Halley's, which triples them."""
    mp = context()
    z = mp.mpf(_near_standard_quantile(p))
    step = (mp.ncdf(z) - p) / mp.npdf(z)
    return z - step / (1 + z * step / 2)


def _near_standard_quantile(p: float) -> float:
    """Return the standard normal quantile to 15 digits."""
    from threatsim.common.arithmetic.portable import normal_quantile  # needs numpy, which reading a scenario does not

    return float(normal_quantile(p))


@lru_cache(maxsize=256)
def _log_beta(alpha: float, beta: float) -> Real:
    """Return the logarithm of the beta function."""
    mp = context()
    a, b = mp.mpf(alpha), mp.mpf(beta)
    return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def _beta_below(log_x: Real, alpha: float, beta: float) -> tuple[Real, Real]:
    """Return the beta distribution at x, not above its mean, or little: the probability below, and its slope by log x.

    The continued fraction of the NIST Handbook of Mathematical Functions (DLMF 8.17.22), by Lentz's method.
    """
    mp = context()
    a, b, x = mp.mpf(alpha), mp.mpf(beta), mp.exp(log_x)
    close = mp.mpf(10) ** -(DIGITS - 1)
    c, d = mp.mpf(1), 1 / (1 - (a + b) * x / (a + 1))
    fraction = d
    for m in range(1, _TERMS):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            c, d = 1 + term / c, 1 / (1 + term * d)
            fraction *= c * d
        if abs(c * d - 1) < close:
            break
    slope = mp.exp(a * log_x + (b - 1) * mp.log1p(-x) - _log_beta(alpha, beta))
    return slope * (1 - x) / a * fraction, slope


def _beta_log_quantile(p: Real, alpha: float, beta: float, log_mean: Real) -> Real:
    """Return the logarithm of the quantile at `p`, below that of the mean: Newton's method on both logarithms.

    It starts from x^a / (a B), to which the distribution function tends toward 0, or from the normal approximation.
    """
    mp = context()
    goal = mp.log(p)
    high, low = log_mean, -mp.inf
    mean, total = mp.exp(log_mean), mp.mpf(alpha) + beta
    normal = mean + mp.sqrt(mean * (1 - mean) / (total + 1)) * _near_standard_quantile(float(p))
    y = (goal + mp.log(alpha) + _log_beta(alpha, beta)) / alpha
    y = min(max(y, mp.log(normal)) if normal > 0 else y, log_mean)
    while True:
        below, slope = _beta_below(y, alpha, beta)
        if below < p:
            low = y
        else:
            high = y
        step = (mp.log(below) - goal) * below / slope
        if abs(step) < _CLOSE:
            return y - step
        y -= step
        if not low < y < high:  # too far: halve what is left
            y = high - 1 if low == -mp.inf else (low + high) / 2
