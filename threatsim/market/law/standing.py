"""How providers stand with a law at a time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from threatsim.market.law.docket import Docket
from threatsim.market.law.look_back import BILLED, SUPPORTED, UNSUPPORTED

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


def standing(docket: Docket, week: int) -> Standing:
    """Return how providers stand with the law of a docket at the start of a week."""
    claims = np.zeros((4, docket.barred.size), np.int64)
    if docket.look_back is not None:
        claims = docket.look_back.total.sum(axis=1)
    return Standing(
        missing=np.maximum(docket.law.findings_to_act - docket.findings.count, 1),
        busy=np.maximum(docket.busy - week + 1, 0),
        barred=docket.barred,
        unsupported=claims[UNSUPPORTED],
        supported=claims[SUPPORTED],
        billed=claims[BILLED],
    )
