"""Outcome tables whose every number is a small whole number over a power of two: the same bits on any processor.

No image is attacked for them. They feed markets whose results are then compared between processors, where a difference
must come from the market and never from what it was fed.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from threatsim.common.outcome_table import ControlStatistics, OutcomeTable
from threatsim.market.streams import Streams
from threatsim.scenario.schema import Scenario

_GRID = 1024
_SPREAD = 640
"""Scores of a class lie within so much of the grid: from 0 without the finding, from `_APART` with it."""
_APART = _GRID - _SPREAD


def exact_tables(
    scenario: Scenario, *, cases: int = 120, hardened: bool = True, controls: Iterable[str] = ()
) -> dict[str, OutcomeTable]:
    """Make a table for each modality of a scenario, with a column for each tactic.

    Args:
        scenario: names the modalities and the tactics; nothing else of it is read.
        cases: rows of a table, two of each patient; half of the patients have the finding.
        hardened: whether there is a hardened classifier, before which fewer attacks succeed.
        controls: names of the controls on the picture that the scenario's arms use.
    """
    names = list(controls)
    return {modality: _table(scenario, modality, cases, names, hardened) for modality in scenario.modalities}


def _table(scenario: Scenario, modality: str, cases: int, controls: list[str], hardened: bool) -> OutcomeTable:
    labels = (np.arange(cases) // 2 % 2).astype(np.int8)
    streams = Streams(0, 0)

    def scores(name: str, seen: NDArray[np.int8]) -> NDArray[np.float32]:
        drawn = streams.generator(f"{modality}/{name}").integers(0, _SPREAD, seen.size)
        return ((drawn + np.where(seen == 1, _APART, 0)) / _GRID).astype(np.float32)

    def victim(kind: str, blunted: int) -> OutcomeTable:
        """Attacks show the other class, but for every `blunted`-th case, which they leave as it is."""
        clean = scores(f"{kind}/clean", labels)
        fails = np.arange(cases) % blunted == 0
        attacked = {
            name: clean if tactic.attack == "none" else np.where(fails, clean, scores(f"{kind}/{name}", 1 - labels))
            for name, tactic in scenario.tactics.items()
        }
        held_out = (np.arange(200) % 2).astype(np.int8)
        return OutcomeTable(
            modality=modality,
            labels=labels,
            patients=np.arange(cases) // 2,
            clean=clean,
            attacked=attacked,
            calibration_scores=scores(f"{kind}/calibration", held_out),
            calibration_labels=held_out,
            hardened=victim("hardened", 2) if hardened and kind == "plain" else None,
            queries={
                name: streams.generator(f"{modality}/{kind}/{name}/queries").integers(1, 50, cases)
                for name, tactic in scenario.tactics.items()
                if tactic.access == "queries"
            },
            control_statistics={name: statistics(f"{kind}/{name}") for name in controls},
        )

    def statistics(name: str) -> ControlStatistics:
        none = np.zeros(cases, np.int8)
        clean = scores(f"{name}/clean", none)
        seen = {
            tactic: clean if spec.attack == "none" else scores(f"{name}/{tactic}", none + 1)
            for tactic, spec in scenario.tactics.items()
        }
        return ControlStatistics(clean, seen, scores(f"{name}/calibration", np.zeros(200, np.int8)))

    return victim("plain", 5)
