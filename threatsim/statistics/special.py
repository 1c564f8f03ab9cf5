"""Special functions of single numbers that are equal to the bit on every processor.

The C library and scipy choose their instructions by processor, so that their `exp`, `erfc` or t quantile may differ in
the last bit from one machine to another. Here mpmath computes in integers, to 30 digits or more, and the result is
rounded to the nearest float once, at the end. Floats of the C library serve only as first guesses of roots, which are
refined until they no longer depend on the guess.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist
from typing import Any, Final

from threatsim.common.arithmetic.high_precision import context

_CLOSE: Final = 1e-7  # a step of cubic convergence below this leaves an error of about 1e-21
_NEWTON_CLOSE: Final = 1e-10  # the same of quadratic convergence
_FARTHEST: Final = 3.0  # a step of Newton's, in log x, is no longer: a poor guess would throw it out of all range
_NORMAL: Final = 1e20  # with more degrees of freedom a float does not tell Student's law from the normal one
_KEPT: Final = 4096  # results that each function remembers


@lru_cache(maxsize=_KEPT)
def normal_cdf(x: float) -> float:
    """Return the standard normal distribution function, accurate far into the lower tail."""
    return float(context().ncdf(x))


@lru_cache(maxsize=_KEPT)
def truncated_normal_median(mean: float) -> float:
    """Return the median of the normal law with this mean and standard deviation 1, cut at 0: always above 0.

    It is mean - y, where the standard normal distribution function is half as great at y as at the mean.

    Raises:
        ValueError: the mean is not finite.
    """
    if not math.isfinite(mean):
        raise ValueError(f"a law with mean {mean} has no median")
    mp = context()
    half = mp.log(mp.ncdf(mean) / 2)
    guess = NormalDist().cdf(mean) / 2
    y = mp.mpf(NormalDist().inv_cdf(guess) if guess > 0 else mean)
    # Halley's method on the logarithm of the distribution function.
    step = mp.inf
    while abs(step) > _CLOSE:
        below = mp.ncdf(y)
        hazard = mp.npdf(y) / below
        newton = (mp.log(below) - half) / hazard
        step = newton / (1 + newton * (y + hazard) / 2)
        y -= step
    return float(mean - y)


@lru_cache(maxsize=_KEPT)
def student_t_cdf(t: float, freedom: float) -> float:
    """Return Student's t distribution function, accurate far into the lower tail.

    Args:
        t: where.
        freedom: degrees of freedom, above 0; need not be whole, and may be infinite.

    Raises:
        ValueError: t is not a number, or the degrees of freedom are not above 0.
    """
    if math.isnan(t):
        raise ValueError("t is not a number")
    nu, whole = _freedom(freedom)
    above = _upper_tail(context().mpf(abs(t)), nu, whole)
    return float(above if t < 0 else 1 - above)


@lru_cache(maxsize=_KEPT)
def student_t_quantile(p: float, freedom: float) -> float:
    """Return where Student's t distribution function reaches p.

    Args:
        p: probability, above 0 and below 1.
        freedom: degrees of freedom, above 0; need not be whole, and may be infinite.

    The first guess is Wallace's transformation of the normal quantile (Annals of Mathematical Statistics 30 (1959)
    1121-1130), refined by Halley's method.

    Raises:
        ValueError: p or the degrees of freedom are out of range.
    """
    nu, whole = _freedom(freedom)
    if not 0 < p < 1:
        raise ValueError(f"a probability above 0 and below 1 has a quantile, not {p}")
    if p == 0.5:
        return 0.0
    mp = context()
    tail = min(p, 1 - p)
    normal = mp.mpf(NormalDist().inv_cdf(tail)) * (8 * nu + 3) / (8 * nu + 1)
    t = mp.sqrt(nu * mp.expm1(normal * normal / nu))
    height = 1 / (mp.sqrt(nu) * whole)  # density at 0
    # In log t, in which the logarithm of the tail is concave.
    step = mp.inf
    while abs(step) > _CLOSE:
        above = _upper_tail(t, nu, whole)
        slope = t * height * (1 + t * t / nu) ** (-(nu + 1) / 2) / above
        newton = mp.log(tail / above) / slope
        step = newton / (1 - newton * (1 + slope - (nu + 1) * t * t / (nu + t * t)) / 2)
        t *= mp.exp(-step)
    return float(t if p > 0.5 else -t)


@lru_cache(maxsize=_KEPT)
def gamma_quantile(p: float, shape: float) -> float:
    """Return where the distribution function of the gamma law with this shape and scale 1 reaches p.

    Args:
        p: probability, above 0 and below 1.
        shape: above 0; need not be whole.

    The first guess is that of Wilson and Hilferty (Proceedings of the National Academy of Sciences 17 (1931) 684-688),
    refined by Newton's method in log x, in which the logarithm of either tail is concave.

    Raises:
        ValueError: the probability or the shape is out of range.
    """
    if not shape > 0:
        raise ValueError(f"the shape of a gamma law must be above 0, not {shape}")
    if not 0 < p < 1:
        raise ValueError(f"a probability above 0 and below 1 has a quantile, not {p}")
    mp = context()
    a = mp.mpf(shape)
    cube = 1 - 1 / (9 * a) + mp.mpf(NormalDist().inv_cdf(p)) / (3 * mp.sqrt(a))
    x = a * cube**3 if cube > 0.1 else mp.exp((mp.log(p) + mp.loggamma(a + 1)) / a)
    if float(x) == 0:  # below the least float, as at a small probability of a shape near 0
        return 0.0
    step = mp.inf
    while abs(step) > _NEWTON_CLOSE:
        slope = mp.exp(a * mp.log(x) - x - mp.loggamma(a))  # density times x
        if p <= 0.5:
            tail = mp.gammainc(a, 0, x, regularized=True)
            step = -mp.log(tail / p) * tail / slope
        else:
            tail = mp.gammainc(a, x, mp.inf, regularized=True)
            step = mp.log(tail / (1 - mp.mpf(p))) * tail / slope
        x *= mp.exp(max(min(step, _FARTHEST), -_FARTHEST))
    return float(x)


@lru_cache(maxsize=_KEPT)
def fair_binomial_cdf(k: int, n: int) -> float:
    """Return the probability of at most k heads in n tosses of a fair coin, from whole numbers."""
    return sum(math.comb(n, i) for i in range(k + 1)) / (1 << n)


@lru_cache(maxsize=16)
def turns(n: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return cosine and sine of the n equal parts of a turn, from 0 on."""
    mp = context()
    parts = [2 * mp.mpf(i) / n for i in range(n)]
    return tuple(float(mp.cospi(part)) for part in parts), tuple(float(mp.sinpi(part)) for part in parts)


def _freedom(freedom: float) -> tuple[Any, Any]:
    """Return degrees of freedom in full precision, and the beta function of half of them and a half."""
    if not freedom > 0:
        raise ValueError(f"degrees of freedom must be above 0, not {freedom}")
    nu = context().mpf(min(freedom, _NORMAL))
    return nu, context().beta(nu / 2, 0.5)


def _upper_tail(t: Any, nu: Any, whole: Any) -> Any:
    """Return the probability of more than t >= 0, from the incomplete beta function (DLMF 8.17) and the `whole` one."""
    mp = context()
    if t < 4 and t * t < nu:  # by what lies between 0 and t: a short series, and at most five digits cancel
        return (1 - mp.betainc(0.5, nu / 2, 0, t * t / (nu + t * t)) / whole) / 2
    return mp.betainc(nu / 2, 0.5, 0, nu / (nu + t * t)) / whole / 2
