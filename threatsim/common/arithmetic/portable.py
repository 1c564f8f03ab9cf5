"""Functions whose values are equal to the bit on every x86-64 processor.

numpy, scipy and the C library choose their `exp` and `log` by the processor, and the last bit of the result with it.
What stands here is made of additions, multiplications, divisions, square roots and integer operations alone, in a fixed
order, on float64 arrays. IEEE 754 fixes each of them, and numpy runs each as a loop of its own, so that none are fused.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

LARGEST_LEAST = 1000
"""Largest number that `poisson_at_least` asks about."""
LARGEST_MEAN = 1e7
"""Largest mean that `PoissonTable` draws for."""

_LN2_HIGH = float.fromhex("0x1.62e42feep-1")  # 32 bits of ln 2, so that k ln 2 is exact
_LN2_LOW = float.fromhex("0x1.a39ef35793c76p-33")
_LOG2_E = float.fromhex("0x1.71547652b82fep+0")
_INTEGER = 1.5 * 2.0**52  # a number is rounded to an integer by adding this and taking it away
# Minimax coefficients of Sun Microsystems' fdlibm (1993), e_exp.c and e_log.c, highest power first.
# fmt: off
_EXP = (4.13813679705723846039e-08, -1.65339022054652515390e-06, 6.61375632143793436117e-05,
        -2.77777777770155933842e-03, 1.66666666666666019037e-01)
_LOG_ODD = (1.479819860511658591e-01, 1.818357216161805012e-01, 2.857142874366239149e-01, 6.666666666666735130e-01)
_LOG_EVEN = (1.531383769920937332e-01, 2.222219843214978396e-01, 3.999999999940941908e-01)
# Numerator and denominator of the three ranges of Wichura's PPND16, highest power first.
_CENTRE = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457,
     13731.693765509461125, 1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852545925, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867,
     5394.1960214247511077, 687.1870074920579083, 42.313330701600911252, 1.0),
)
_TAIL = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
     3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
     0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0),
)
_FAR_TAIL = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
     0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
     0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0),
)
# fmt: on


def _polynomial(coefficients: tuple[float, ...], x: Floats) -> Floats:
    """Return Horner's rule, highest power first."""
    value = x * coefficients[0]
    for coefficient in coefficients[1:-1]:
        value += coefficient
        value *= x
    value += coefficients[-1]
    return value


def _reduced(x: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return k, high, low and q with x = k ln 2 + r, r = high - low of at most ln 2 / 2, and q = expm1(r) - r."""
    k = x * _LOG2_E
    k += _INTEGER
    k -= _INTEGER
    high = x - k * _LN2_HIGH
    low = k * _LN2_LOW
    r = high - low
    square = r * r
    c = r - square * _polynomial(_EXP, square)
    return k, high, low, r * c / (2 - c)


def _power_of_two(k: Floats) -> Floats:
    """Return 2^k, for whole k from -1022 to 1023."""
    bits: NDArray[np.int64] = k.astype(np.int64)
    bits += 1023
    bits <<= 52
    return bits.view(np.float64)


def exp(x: ArrayLike) -> Floats:
    """Return e^x (*S) of x (*S) to 1 unit in the last place; infinity beyond the largest float, as numpy does."""
    x = np.asarray(x, np.float64)
    plain = np.atleast_1d(x)
    outside = ~(np.abs(plain) <= 708)
    extreme = bool(outside.any())
    if extreme:
        plain = np.where(outside, 0.0, plain)
    k, high, low, q = _reduced(plain)
    value = 1 - ((low - q) - high)  # 1 + r + q, the small parts first
    value *= _power_of_two(k)
    if extreme:
        value[outside] = _extreme_exp(np.atleast_1d(x)[outside])
    return value.reshape(x.shape)


def _extreme_exp(x: Floats) -> Floats:
    """Return e^x where it, or its power of two, may not be a normal number."""
    known = np.where(np.isnan(x), 0.0, np.clip(x, -800.0, 800.0))
    k, high, low, q = _reduced(known)
    half = np.rint(k / 2)
    with np.errstate(over="ignore", under="ignore"):
        value = (1 - ((low - q) - high)) * _power_of_two(half) * _power_of_two(k - half)
    return np.where(np.isnan(x), np.nan, value)


def expm1(x: ArrayLike) -> Floats:
    """Return e^x - 1 (*S) of x (*S) to 2 units in the last place, for small x too."""
    x = np.asarray(x, np.float64)
    plain = np.atleast_1d(x)
    outside = ~(np.abs(plain) <= 708)
    inside = np.where(outside, 0.0, plain)
    k, high, low, q = _reduced(inside)
    power = _power_of_two(k)
    value = (power - 1) + power * (high - (low - q))
    value = np.where(np.abs(inside) < 2.0**-54, inside, value)
    if outside.any():
        value[outside] = _extreme_exp(plain[outside]) - 1
    return value.reshape(x.shape)


def log(x: ArrayLike) -> Floats:
    """Return the natural logarithm (*S) of x (*S) to 1 unit in the last place; -infinity at 0, NaN below."""
    x = np.asarray(x, np.float64)
    regular = (x > 0) & (x < np.inf)
    fraction, k = np.frexp(np.where(regular, x, 1.0))
    small = fraction < 0.7071067811865476
    f = np.where(small, 2 * fraction, fraction) - 1
    whole = (k - small).astype(np.float64)
    s = f / (2 + f)
    square = s * s
    fourth = square * square
    odd, even = square * _polynomial(_LOG_ODD, fourth), fourth * _polynomial(_LOG_EVEN, fourth)
    half = 0.5 * f * f
    value = whole * _LN2_HIGH - ((half - (s * (half + (odd + even)) + whole * _LN2_LOW)) - f)
    return np.where(regular, value, np.where(x == 0, -np.inf, np.where(x > 0, np.inf, np.nan)))


def normal_quantile(u: ArrayLike) -> Floats:
    """Return the quantile (*S) of the standard normal at u (*S), to about 1 part in 10^15.

    M. J. Wichura (1988), Algorithm AS 241, Applied Statistics 37, 477-484. -infinity at 0, infinity at 1, NaN outside.
    """
    u = np.asarray(u, np.float64)
    flat = u.ravel()
    q = flat - 0.5
    r = 0.180625 - q * q
    value = q * _polynomial(_CENTRE[0], r) / _polynomial(_CENTRE[1], r)
    tail = np.flatnonzero(~(np.abs(q) <= 0.425))
    if tail.size:
        below = q[tail] < 0
        with np.errstate(invalid="ignore"):  # outside 0 to 1 the root is NaN, and so is the quantile
            r = np.sqrt(-log(np.where(below, flat[tail], 1 - flat[tail])))
            near, far = np.minimum(r, 5) - 1.6, np.minimum(r, 1e3) - 5
        size = np.where(
            r <= 5,
            _polynomial(_TAIL[0], near) / _polynomial(_TAIL[1], near),
            _polynomial(_FAR_TAIL[0], far) / _polynomial(_FAR_TAIL[1], far),
        )
        size = np.where(r == np.inf, np.inf, size)
        value[tail] = np.where(below, -size, size)
    return value.reshape(u.shape)


def standard_normal(generator: np.random.Generator, size: int) -> Floats:
    """Return (size,) standard normal numbers, each by inversion of one uniform number; none is infinite."""
    return normal_quantile((np.floor(generator.random(size) * 2.0**52) + 0.5) * 2.0**-52)


def poisson_at_least(mean: Floats, least: NDArray[np.int64]) -> Floats:
    """Return the chance that a Poisson number reaches `least`, with an absolute error below 1e-13.

    1 - e^-m (1 + m (1 + m/2 (1 + m/3 ...))), innermost first.

    Args:
        mean: (N, ...) means, at least 0.
        least: (N,) what is to be reached, at most `LARGEST_LEAST`; 0 and less is always reached.

    Raises:
        ValueError: `least` is greater than that.
    """
    greatest = int(least.max(initial=0))
    if greatest > LARGEST_LEAST:
        raise ValueError(f"{greatest} is too many to ask about; the most is {LARGEST_LEAST}")
    order = np.argsort(-least, kind="stable")  # rows that take more terms first
    wanted = np.searchsorted(-least[order], -np.arange(1, greatest + 2), side="right")  # rows of 1, 2, ... or more
    chance = np.ones_like(mean)
    step = max(1, 8192 * len(mean) // max(1, mean.size))  # rows whose means stay in the processor's cache
    for start in range(0, int(wanted[0]), step):
        rows = order[start : min(start + step, int(wanted[0]))]
        m = np.minimum(mean[rows], 1400.0)  # from there on even LARGEST_LEAST is reached for certain
        shown = np.minimum(m, 700.0)  # e^-1400 is too small for a float
        first = exp(-shown)
        total = first.copy()
        for j in range(int(least[rows[0]]) - 1, 0, -1):
            more = int(wanted[j]) - start
            if more > 0:
                part = total[:more]
                part *= m[:more]
                part *= 1 / j
                part += first[:more]
        if (shown < m).any():
            total *= exp(shown - m)
        chance[rows] = np.maximum(1 - total, 0.0)
    return chance


class PoissonTable:
    """Poisson numbers by inversion of one uniform number each, from cumulative probabilities to 2^-32.

    A row's probabilities follow from one another by p(k + 1) = p(k) m / (k + 1), and are divided by their sum.

    Args:
        mean: (P,) means, from 0 to `LARGEST_MEAN`.

    Raises:
        ValueError: a mean lies outside that range.
    """

    def __init__(self, mean: Floats) -> None:
        if not ((mean >= 0) & (mean <= LARGEST_MEAN)).all():
            raise ValueError(f"a mean is not between 0 and {LARGEST_MEAN:g}")
        # Chernoff's bounds: less than 2^-32 lies outside.
        reach = 7 * np.sqrt(mean)
        low = np.floor(np.maximum(mean - reach, 0))
        width = np.ceil(mean + reach + 16 - low).astype(np.int64)
        _, size = np.frexp(width.astype(np.float64))
        rows = len(mean)
        self._first = np.zeros(rows, np.int64)
        lengths = np.zeros(rows, np.int64)
        parts: list[tuple[NDArray[np.int64], NDArray[np.uint64]]] = []
        for power in np.unique(size).tolist():  # equal rows together, so that one large mean costs the others nothing
            some = np.flatnonzero(size == power)
            for group in np.array_split(some, -(-some.size * 2**power // 2**20)):
                limits = self._limits(mean[group], low[group], 2**power)
                below, kept = limits == 0, (limits > 0) & (limits < 2**32)
                self._first[group] = low[group].astype(np.int64) + below.sum(axis=1)
                lengths[group] = kept.sum(axis=1)
                keys = limits.astype(np.uint64) + (group.astype(np.uint64) << np.uint64(32))[:, None]
                parts.append((group, keys[kept]))
        self._start = np.cumsum(lengths) - lengths
        self._keys = np.zeros(int(lengths.sum()), np.uint64)
        for group, keys in parts:
            within = np.arange(keys.size) - np.repeat(np.cumsum(lengths[group]) - lengths[group], lengths[group])
            self._keys[np.repeat(self._start[group], lengths[group]) + within] = keys
        self._row = np.arange(rows, dtype=np.uint64) << np.uint64(32)

    @staticmethod
    def _limits(mean: Floats, low: Floats, width: int) -> NDArray[np.int64]:
        """Return (rows, width) the chances of at most low, low + 1, ... in units of 2^-32, rounded."""
        weights = mean[:, None] / (low[:, None] + np.arange(width).clip(min=1))
        weights[:, 0] = 1.0
        np.multiply.accumulate(weights, axis=1, out=weights)
        np.add.accumulate(weights, axis=1, out=weights)
        weights /= weights[:, -1:].copy()
        weights *= 2.0**32
        limits: NDArray[np.int64] = np.rint(weights, out=weights).astype(np.int64)
        return limits

    def draw(self, generator: np.random.Generator) -> NDArray[np.int64]:
        """Return (P,) a Poisson number of each row."""
        uniform = (generator.random(self._row.size) * 2.0**32).astype(np.uint64)
        place = np.searchsorted(self._keys, self._row + uniform, side="right")
        return np.asarray(place - self._start + self._first, np.int64)
