"""How providers of a test stand with the laws, and what they then expect."""

from __future__ import annotations

import numpy as np

from threatsim.market.foresight.standing import Standing
from threatsim.market.foresight.terms import laws_in_force
from threatsim.market.providers.table import ProviderTable
from threatsim.market.providers.utility import ExpectedUtility
from threatsim.scenario.schema import Scenario


def standings(scenario: Scenario, size: int, findings: int = 0) -> list[Standing]:
    """No case is open, nobody is barred, nothing has been billed; so many findings count already."""
    none = np.zeros(size, np.int64)
    return [
        Standing(np.full(size, max(law.findings_to_act - findings, 1)), none, none.astype(np.bool_), none, none, none)
        for law, _ in laws_in_force(scenario)
    ]


def utility_of(scenario: Scenario, table: ProviderTable, findings: int = 0, *, exact: bool = True) -> np.ndarray:
    """Return (P, T x G, S) USD a week."""
    made = ExpectedUtility(scenario, table, lambda: standings(scenario, len(table), findings), exact=exact)
    return made(np.arange(len(table)))
