"""How providers stand with a law at a time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]


class Standing(NamedTuple):
    """How all P providers stand with a law now.

    Attributes:
        missing: (P,) findings missing to the next case.
        busy: (P,) weeks until the probe or the case that is open ends; 0 where none is.
        barred: (P,) whether one may not bill to the payers under this law.
        unsupported, supported: (P,) untrue and true claims paid with the finding within the look-back.
        billed: (P,) claims billed with it.
    """

    missing: Counts
    busy: Counts
    barred: NDArray[np.bool_]
    unsupported: Counts
    supported: Counts
    billed: Counts
