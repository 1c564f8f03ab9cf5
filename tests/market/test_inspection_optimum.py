"""The search for the best policy, on the inspection game that the market plays: it ends at the game's audit rate.

Above p* = g / (d (g + F)) nobody bills falsely, and every further audit costs; below it everybody does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.market.test_inspection_game import FOUND, GAME, MULTIPLE, approved
from threatsim.market.simulation import simulate
from threatsim.questions.markets import Asked, Figures
from threatsim.questions.optimise.best import best_choice
from threatsim.questions.optimise.goals import WantedSum, read_sum
from threatsim.questions.optimise.levers import read_levers
from threatsim.questions.optimise.trials import Goals

if TYPE_CHECKING:
    from tests.market.conftest import Build
    from threatsim.common.outcome_table import OutcomeTable

pytest.importorskip("optuna")

AUDIT = "payers.*.audit.random"
KNOWN: dict[str, Any] = {
    # What all have seen is known to all, and it is much: by the time of the record beliefs are within half a per cent.
    "weeks": 2,
    "burn_in": 12,
    "conduct.rule": "fictitious_play",
    "conduct.public": True,
    "conduct.shares": [0, 1.0],
    "providers.eye.weekly_volume": 100,
    "payers.*.audit.cost": 60.0,
}


class Game:
    """The markets of the game."""

    arms = ("baseline",)

    def __init__(self, build: Build, tables: dict[str, OutcomeTable]) -> None:
        self.build, self.tables = build, approved(tables)

    def figures(self, asked: Sequence[Asked], metrics: Sequence[str], title: str) -> Sequence[Figures]:
        found = []
        for values, replicates in asked:
            scenario = self.build(GAME | KNOWN | dict(values), tactics=["code_only"])
            rows = [
                simulate(scenario, self.tables, arm="baseline", replicate=one, seed=3, sample_rate=0.0).outcomes
                for one in replicates
            ]
            found.append({"baseline": {name: np.array([row[name] for row in rows]) for name in metrics}})
        return found


def test_the_best_audit_rate_is_that_of_the_game(build: Build, tables: dict[str, OutcomeTable]) -> None:
    goals = Goals("baseline", (WantedSum(read_sum("payer_loss + control_cost", "--minimise"), "minimise"),))
    found = best_choice(
        Game(build, tables),
        read_levers([f"{AUDIT}=0.4:0.65"]),
        goals,
        trials=32,
        replicates=1,
        fresh_replicates=2,
        seed=1,
        name="game",
    )
    assert found.front[0].values[AUDIT] == pytest.approx(1 / (FOUND * (1 + MULTIPLE)), rel=0.01)
