"""Where the patients go of a practice that may not bill to their payer: to open colleagues of the specialty."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from threatsim.market.providers.table import ProviderTable
from threatsim.market.streams import WeekDraws
from threatsim.scenario.schema import Scenario


def lost_shares(scenario: Scenario) -> NDArray[np.float32]:
    """Return (specialties,) the share of such patients whom nobody else sees."""
    return np.array([float(group.lost_patients) for group in scenario.providers.values()], np.float32)


def move_patients(
    provider: NDArray[np.int64],
    payer: NDArray[np.uint8],
    counts: NDArray[np.int64],
    table: ProviderTable,
    lost: NDArray[np.float32],
    draws: WeekDraws,
) -> NDArray[np.int64]:
    """Give cases of barred practices to colleagues who may bill to their payer, each by its volume.

    Args:
        provider: (n,) row of the provider of each case, in order; that of a case that moves is changed in place.
        payer: (n,) number of the payer of each.
        counts: (P,) cases of each provider.
        table: the providers.
        lost: (specialties,) share of the patients whom nobody else sees.
        draws: of the week.

    Returns:
        The rows (m,) of the cases that have moved.
    """
    if (lost >= 1).all() or not table.barred.any():
        return np.zeros(0, np.int64)
    stop = np.cumsum(counts)
    closed = np.flatnonzero(table.barred.any(axis=0))
    rows = np.concatenate([np.arange(stop[row] - counts[row], stop[row]) for row in closed])
    rows = rows[table.barred[payer[rows], provider[rows]]]
    specialty = table.specialty[provider[rows]]
    rows = rows[draws("lost_patient")[rows] >= lost[specialty]]
    moved = []
    for number in np.unique(table.specialty[provider[rows]]):
        peers = np.flatnonzero(table.specialty == number)
        for payer_number in np.unique(payer[rows]):
            here = rows[(table.specialty[provider[rows]] == number) & (payer[rows] == payer_number)]
            reach = np.cumsum(np.where(table.barred[payer_number, peers], 0.0, table.volume[peers]))
            if here.size and reach[-1] > 0:
                place = np.searchsorted(reach, draws("colleague")[here] * reach[-1], side="right")
                moved.append((here, peers[place]))
    for here, colleague in moved:
        provider[here] = colleague
    return np.sort(np.concatenate([here for here, _ in moved])) if moved else np.zeros(0, np.int64)
