"""A run in shares: its plan with all that is known of its pictures, the market wherever that is wanted, its report."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from threatsim.common.errors import FailedReplicatesError, ThreatsimError
from threatsim.common.progress import Progress
from threatsim.common.yaml_text.document import Document
from threatsim.experiment.doubt.drawn_runs import folder_of_draws
from threatsim.experiment.execution.cells import Cell
from threatsim.experiment.execution.executor import Executor, Failed
from threatsim.experiment.execution.figures_run import plain
from threatsim.experiment.execution.folder_state import recorded
from threatsim.experiment.execution.handshake import handshake, refuse_another
from threatsim.experiment.execution.sharding.plan_file import RunFile, formed
from threatsim.experiment.execution.sharding.prepared_plan import PreparedPlan, write_prepared
from threatsim.experiment.execution.sharding.shards import (
    Keeping,
    KeptFigures,
    Shard,
    ShardDone,
    run_shard,
    whole_shards,
)
from threatsim.experiment.kept.given_pictures import GivenPictures, pictures_from
from threatsim.experiment.kept_replicates import KeptReplicates
from threatsim.experiment.outer_loop import OuterLoop, outer_loop
from threatsim.experiment.record.record import Override
from threatsim.experiment.record.writing import check_writable
from threatsim.experiment.replicates import SAMPLED, ReplicateWork
from threatsim.experiment.run_request import RunRequest, loaded_for
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.schema import Scenario

if TYPE_CHECKING:
    from threatsim.experiment.run import Run

ALL: Final = "all"
"""Key of the one set of outcome tables that all arms of a run read."""
RUN: Final = "run"
"""The question of a plan that is put together to a run's report."""
_RUN_NAME: Final = "run.json"


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


def prepare_run(request: RunRequest, out: Path, progress: Progress) -> tuple[str, int]:
    """Attack as a run would, and write its plan.

    Args:
        request: the run.
        out: folder to write to.
        progress: told of what is attacked.

    Returns:
        The plan's identity, and how many replicates of arms it has.

    Raises:
        ThreatsimError: as of a run, or the folder holds another plan.
    """
    # A shard imports this module and must not import what attacks.
    from threatsim.experiment.run import Run
    from threatsim.experiment.written import written_in

    loaded = loaded_for(request)
    check_writable(out / "plan")
    run = Run(loaded, request, progress)
    run.check()
    run.prepare()
    run.show()
    scenario = loaded.scenario
    written = written_in(loaded, request)
    told = {
        "scenario": scenario.model_dump(mode="json"),
        "written": written.origins,
        "overridden": [one.model_dump() for one in written.overridden],
        "file": loaded.path.name,
        "device": run.device,
    }
    numbers = [*range(scenario.replicates), *(run.loop.replicates if run.loop else ())]
    cells = [Cell(0, arm, number) for arm in run.arms for number in numbers]
    identity = write_prepared(
        out,
        RunPlan(run.inputs.fingerprint, scenario.seed, run.arms),
        {ALL: run.tables},
        cells,
        title=scenario.title,
        question=RUN,
        files={
            _RUN_NAME: json.dumps(told, ensure_ascii=False).encode(),
            **GivenPictures(run.device, run.pictures, run.shown).files(),
        },
    )
    return identity, len(cells)


@dataclass(frozen=True)
class KeptRun:
    """The replicates of a run, a file each, as `threatsim run` keeps them (`shards.Keeping`)."""

    prepared: PreparedPlan

    @cached_property
    def arms(self) -> dict[str, Scenario]:
        """Arm name -> the scenario as that arm sets it, in their order."""
        plan = self.prepared.plan
        names = [arm.name for arm in plan.scenario_of(self.prepared.cells[0]).arms]
        return {name: plan.scenario_of(Cell(0, name, 0)) for name in names}

    @cached_property
    def loop(self) -> OuterLoop | None:
        """The draws of the uncertain numbers, if doubt is asked for."""
        draws = next(iter(self.arms.values())).doubt
        return outer_loop(self.arms, draws=draws, seed=self.prepared.plan.seed) if draws else None

    def kept_in(self, folder: Path) -> dict[bool, KeptReplicates]:
        """Return where replicates of draws lie in a folder, and where all others."""
        own = KeptReplicates(folder, self.prepared.plan.hash)
        return {False: own, True: KeptReplicates(folder_of_draws(own), own.inputs_fingerprint)}

    def drawn(self, cell: Cell) -> bool:
        """Return whether a cell is a replicate of a draw."""
        return self.loop is not None and cell.replicate >= self.loop.replicates[0]

    def simulate(
        self,
        cells: Sequence[Cell],
        *,
        folder: Path,
        executor: Executor,
        progress: Callable[[int], None],
        fail_fast: bool,
    ) -> Mapping[Cell, str]:
        """Simulate, as `Keeping` says."""
        from threatsim.market.simulation import simulate

        there = self.there(folder, cells)
        progress(len(there))
        failures: dict[Cell, str] = {}
        for drawn, kept in self.kept_in(folder).items():
            if drawn and self.loop is None:
                continue
            work = ReplicateWork(
                self.arms,
                plain(self.prepared.tables[ALL]),
                simulate,
                self.prepared.plan.seed,
                0.0 if drawn else SAMPLED,
                kept,
                loop=self.loop if drawn else None,
                goes_on=True,
            )
            own = [cell for cell in cells if self.drawn(cell) == drawn]
            missing = sorted((cell for cell in own if cell not in there), key=lambda cell: cell.replicate)
            with (
                recorded(kept.folder, kept.inputs_fingerprint, "replicates", own) as wanted,
                contextlib.closing(executor.run(work, missing)) as outcomes,
            ):
                for outcome in outcomes:
                    if isinstance(outcome, Failed):
                        wanted.fail(outcome.cell, outcome.message)
                        if fail_fast:
                            raise outcome.error()
                    progress(1)
            failures |= wanted.failures
        return failures

    def there(self, folder: Path, cells: Sequence[Cell]) -> set[Cell]:
        """Return what is there, as `Keeping` says."""
        kept = self.kept_in(folder)
        return {cell for cell in cells if kept[self.drawn(cell)].holds(cell.arm, cell.replicate)}

    def gather(self, folders: Mapping[str, Path], out: Path) -> None:
        """Put together, as `Keeping` says."""
        goal = self.kept_in(out)
        for folder in folders.values():
            kept = self.kept_in(folder)
            for cell in self.prepared.cells:
                drawn = self.drawn(cell)
                source = kept[drawn].path(cell.arm, cell.replicate)
                if source.is_file():
                    goal[drawn].folder.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(source, goal[drawn].path(cell.arm, cell.replicate))


def keeping_of(prepared: PreparedPlan) -> Keeping:
    """Return how the shards of a plan are kept: of a run whole replicates, else figures alone.

    Raises:
        ThreatsimError: it is the plan of a run, and has not the tables of one.
    """
    from threatsim.market.simulation import simulate

    if prepared.question == RUN and ALL not in prepared.tables:
        raise ThreatsimError("is the plan of a run without its outcome tables", location=str(prepared.folder))
    return KeptRun(prepared) if prepared.question == RUN else KeptFigures(prepared.plan, prepared.tables, simulate)


def run_market_shard(
    prepared: PreparedPlan, shard: Shard, *, out: Path, executor: Executor, progress: Progress, fail_fast: bool = False
) -> ShardDone:
    """Simulate a shard of a prepared plan in the market.

    Raises:
        ThreatsimError: as `run_shard` does.
    """
    keeping = keeping_of(prepared)
    total = len(shard.share(prepared.cells))
    with progress.stage(f"Shard {shard.number} of {shard.of}", total, "replicates") as advance:
        return run_shard(prepared, shard, keeping, out=out, executor=executor, progress=advance, fail_fast=fail_fast)


def merged_run(
    prepared: PreparedPlan, folders: Sequence[Path], *, out: Path, patterns: bool, page: bool, progress: Progress
) -> Run:
    """Return the finished run whose shards are in folders, its report not yet written.

    Args:
        prepared: its plan.
        folders: of shards, or folders that hold some.
        out: folder that the report's own folder is made in.
        patterns: whether to hold the market against published patterns.
        page: whether the report gets its page, Markdown and charts.
        progress: told of what takes time.

    Raises:
        ThreatsimError: a shard is missing, damaged or another's, or this machine would write another report; nothing
            is then written.
        FailedReplicatesError: replicates failed in the shards.
    """
    from threatsim.experiment.run import Run
    from threatsim.experiment.written import Provenance

    keeping = KeptRun(prepared)
    shards = whole_shards(prepared, folders, keeping)
    if shards.failures:
        cell, message = min(shards.failures.items())
        raise FailedReplicatesError(
            f"{len(shards.failures)} of {len(prepared.cells)} replicates failed: {cell}: {message}",
            failed=len(shards.failures),
            hint="Run their shards again: what is finished is kept.",
        )
    refuse_another(prepared.expected, handshake(), where="this machine")
    path = prepared.folder / _RUN_NAME
    told = formed(lambda: RunFile.model_validate(json.loads(prepared.file(_RUN_NAME))), path, "plan")
    scenario = formed(lambda: Scenario.model_validate(told.scenario), path, "plan")
    overridden = formed(lambda: [Override.model_validate(one) for one in told.overridden], path, "plan")
    loaded = LoadedScenario(scenario, Path(told.file), Document(text="", data=told.scenario))
    request = RunRequest("", None, None, None, 1, told.device, out, patterns=patterns, page=page)
    run = Run(loaded, request, progress, given=pictures_from(prepared.file, told.device))
    run.check()
    run.prepare()
    if run.inputs.fingerprint != prepared.plan.hash:
        raise ThreatsimError(
            "this machine would write another report: it has other versions of libraries that a report names",
            location=str(prepared.folder),
            hint="Merge where the plan was prepared, or install the very same versions.",
        )
    with run.on():
        keeping.gather(shards.folders, run.work.folder)
        run.simulate()
        run.answer(Provenance(told.written, overridden))
        run.measure()
    return run
