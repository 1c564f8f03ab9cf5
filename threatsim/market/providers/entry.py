"""Who comes and goes: newcomers take over from owners who leave, and practices that have stood empty."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from threatsim.common.arithmetic.portable import expm1
from threatsim.market.conventions import WEEKS_PER_YEAR
from threatsim.market.providers.table import ProviderTable
from threatsim.market.streams import Streams
from threatsim.scenario.schema import Scenario


class Entry:
    """Which practices change hands in a week.

    An owner leaves for reasons of its own at the rate `turnover`, though not while the law has something open against
    it; a newcomer follows at once. A practice that may bill to nobody has a newcomer after `vacancy` weeks, if at all.

    Args:
        scenario: has the rates of each group of providers.
        table: the providers.
        streams: of the replicate.
    """

    def __init__(self, scenario: Scenario, table: ProviderTable, streams: Streams) -> None:
        groups = list(scenario.providers.values())
        counts = [group.count for group in groups]
        vacancy = [np.inf if group.vacancy is None else float(group.vacancy) for group in groups]
        self._vacancy = np.repeat(vacancy, counts)
        yearly = np.array([float(group.turnover) for group in groups])
        self._leaves = np.repeat(-expm1(-yearly / WEEKS_PER_YEAR), counts)
        self._turns_over = bool((yearly > 0).any())
        self._table, self._streams = table, streams

    def changing(self, week: int, under_law: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return the rows (N,) of the practices that a newcomer has from this week on.

        Args:
            week: number of the week.
            under_law: (P,) whom a law has a probe or a case open against.
        """
        table = self._table
        changes = table.excluded & (table.excluded_week + self._vacancy <= week)
        if self._turns_over:
            leaves = self._streams.generator("turnover", week).random(len(table)) < self._leaves
            changes |= leaves & ~table.excluded & ~under_law
        return np.flatnonzero(changes)
