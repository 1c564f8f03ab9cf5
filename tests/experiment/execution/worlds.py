"""A plan of points on the stand-in market, importable by workers, and simulations that go wrong."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import small_world
import stand_in_market

from threatsim.experiment.execution.cells import Cell
from threatsim.market.result import ReplicateResult
from threatsim.scenario.schema import Scenario

SCENARIO = Scenario.model_validate(small_world.scenario_data())
TABLES = {"all": small_world.small_tables()}


@dataclass(frozen=True)
class PointPlan:
    """Point i has i per mille more of random audits."""

    hash: str = "ab" * 32
    seed: int = 7

    def scenario_of(self, cell: Cell) -> Scenario:
        data = small_world.scenario_data()
        for payer in data["payers"]:
            payer["audit"]["random"] = 0.001 * (1 + cell.point)
        return Scenario.model_validate(data)

    def tables_of(self, cell: Cell) -> str:
        return "all"


def cells(points: int = 2, replicates: int = 10) -> list[Cell]:
    return [
        Cell(point, arm, replicate)
        for point in range(points)
        for arm in ("baseline", "audits_doubled")
        for replicate in range(replicates)
    ]


def dying_at_one(scenario: Any, tables: Any, **keywords: Any) -> ReplicateResult:
    if (keywords["arm"], keywords["replicate"]) == ("baseline", 3):
        os._exit(9)
    return stand_in_market.simulate(scenario, tables, **keywords)


@dataclass(frozen=True)
class KilledOnce:
    """Ends its process at every fifth replicate, the first time it is tried: a kill from outside."""

    marks: Path

    def __call__(self, scenario: Any, tables: Any, **keywords: Any) -> ReplicateResult:
        mark = self.marks / f"{keywords['arm']}-{keywords['replicate']}"
        if keywords["replicate"] % 5 == 4 and not mark.exists():
            mark.touch()
            os._exit(9)
        return stand_in_market.simulate(scenario, tables, **keywords)


@dataclass(frozen=True)
class KilledBesideOthers:
    """At one replicate its process is killed if another is at work, as where memory is enough for one of them only."""

    marks: Path

    def __call__(self, scenario: Any, tables: Any, **keywords: Any) -> ReplicateResult:
        own = self.marks / f"at-{keywords['arm']}-{keywords['replicate']}-{os.getpid()}"
        if (keywords["arm"], keywords["replicate"]) == ("baseline", 3):
            (self.marks / "begun").touch()
            for _ in range(40):
                if list(self.marks.glob("at-*")):
                    os.kill(os.getpid(), signal.SIGKILL)
                time.sleep(0.02)
        own.touch()
        if not (self.marks / "begun").exists():
            time.sleep(0.1)  # so that it is never found alone by chance
        result = stand_in_market.simulate(scenario, tables, **keywords)
        own.unlink()
        return result


def endless_at_one(scenario: Any, tables: Any, **keywords: Any) -> ReplicateResult:
    if keywords["replicate"] == 3:
        time.sleep(600)
    return stand_in_market.simulate(scenario, tables, **keywords)


def slow(scenario: Any, tables: Any, **keywords: Any) -> ReplicateResult:
    time.sleep(0.03)
    return stand_in_market.simulate(scenario, tables, **keywords)
