"""Insiders: who works for a provider and reports it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from threatsim.common.arithmetic.portable import expm1
from threatsim.market.conventions import HONEST, WEEKS_PER_YEAR
from threatsim.market.providers.table import ProviderTable
from threatsim.scenario.schema import Tips


def tipped(tips: Tips, table: ProviderTable, generator: np.random.Generator) -> NDArray[np.int64]:
    """Return the rows (N,) of the providers reported this week, by the yearly rates of false billers and of the rest.

    Args:
        tips: the rates.
        table: the providers.
        generator: the stream of this decision in this week.
    """
    uniform = generator.random(len(table))
    honest, fraud = -expm1([-float(tips.honest) / WEEKS_PER_YEAR, -float(tips.fraud) / WEEKS_PER_YEAR])
    return np.flatnonzero(~table.excluded & (uniform < np.where(table.tactic != HONEST, fraud, honest)))
