"""A run in shares: its plan with the outcomes of its attacks, and the market on them wherever that is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from threatsim.common.progress import Progress
from threatsim.experiment.execution.cells import Cell
from threatsim.experiment.execution.executor import Executor
from threatsim.experiment.execution.figures_run import FiguresRun
from threatsim.experiment.execution.sharding.prepared_plan import ListedPlan, PreparedPlan, write_prepared
from threatsim.experiment.execution.sharding.shards import Shard, run_shard
from threatsim.scenario.schema import Scenario

if TYPE_CHECKING:
    from threatsim.experiment.run_request import RunRequest

ALL = "all"
"""Key of the one set of outcome tables that all arms of a run read."""


@dataclass(frozen=True)
class RunPlan:
    """The plan of a run: one point, its arms.

    Attributes:
        hash, seed: as of any plan.
        arms: arm name -> the scenario as that arm sets it.
    """

    hash: str
    seed: int
    arms: Mapping[str, Scenario]

    def scenario_of(self, cell: Cell) -> Scenario:
        """Return the scenario of the cell's arm."""
        return self.arms[cell.arm]

    def tables_of(self, cell: Cell) -> str:
        """Return the key of the only set of tables."""
        return ALL


def prepare_run(request: RunRequest, out: Path, progress: Progress) -> tuple[ListedPlan, int]:
    """Attack as a run would, and write its plan.

    Args:
        request: the run.
        out: folder to write to.
        progress: told of what is attacked.

    Returns:
        The plan, and how many replicates of arms it has.

    Raises:
        ThreatsimError: as of a run, or the folder holds another plan.
    """
    # A shard imports this module and must not import what attacks.
    from threatsim.experiment.run import Run
    from threatsim.scenario.reading.reader import load_scenario

    loaded = load_scenario(request.scenario, overrides=request.overrides, include=request.include)
    run = Run(loaded, request, progress)
    run.check()
    run.prepare()
    scenario = loaded.scenario
    cells = [Cell(0, arm, replicate) for arm in run.arms for replicate in range(scenario.replicates)]
    plan = RunPlan(run.inputs.fingerprint, scenario.seed, run.arms)
    return write_prepared(out, plan, {ALL: run.tables}, cells, title=scenario.title), len(cells)


def run_market_shard(
    prepared: PreparedPlan, shard: Shard, *, out: Path, executor: Executor, progress: Progress, fail_fast: bool = False
) -> FiguresRun:
    """Simulate a shard of a prepared plan in the market.

    Raises:
        ThreatsimError: as `run_shard` does.
    """
    from threatsim.market.simulation import simulate

    total = len(shard.share(prepared.cells))
    with progress.stage(f"Shard {shard.number} of {shard.of}", total, "replicates") as advance:
        return run_shard(
            prepared, shard, simulate, out=out, executor=executor, progress=lambda one: advance(1), fail_fast=fail_fast
        )
