"""How providers stand with the law of a docket."""

from __future__ import annotations

import numpy as np

from threatsim.market.foresight.standing import Standing
from threatsim.market.law.docket import Docket
from threatsim.market.law.look_back import BILLED, SUPPORTED, UNSUPPORTED


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
