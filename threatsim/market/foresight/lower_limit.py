"""The rate that a sample proves: the lower end of its interval."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_Z_90 = 1.2815515655446004  # 90th percentile of the standard normal
_Z_90_SQUARED = _Z_90 * _Z_90


def lower_limit(found: NDArray[np.int64], audited: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return (N,) the lower end of Wilson's one-sided 90 % interval of a share; 0 where nothing was audited.

    Overpayments are extrapolated at that end (Medicare Program Integrity Manual, chapter 8; Wilson 1927, Journal of the
    American Statistical Association 22:209).

    Args:
        found: (N,) claims that were not found supported.
        audited: (N,) claims audited.
    """
    n = np.maximum(audited, 1).astype(np.float64)
    share = np.minimum(found, audited) / n
    centre = share + _Z_90_SQUARED / (2 * n)
    spread = _Z_90 * np.sqrt(share * (1 - share) / n + _Z_90_SQUARED / (4 * n * n))
    return np.where(audited > 0, np.maximum((centre - spread) / (1 + _Z_90_SQUARED / n), 0.0), 0.0)
