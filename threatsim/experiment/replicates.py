"""Runs every replicate of every arm, wherever is asked for; the results do not depend on where, nor on how many."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from threatsim.common.errors import FailedReplicatesError, InputError
from threatsim.common.outcome_table import OutcomeTable
from threatsim.experiment.execution.cells import Cell, Simulate
from threatsim.experiment.execution.executor import Executor, Failed, Outcome
from threatsim.experiment.execution.figures_run import plain
from threatsim.experiment.execution.folder_state import recorded
from threatsim.experiment.execution.local import LocalExecutor, available_workers
from threatsim.experiment.execution.worker import attempted
from threatsim.experiment.kept_replicates import KeptReplicates
from threatsim.experiment.outer_loop import OuterLoop
from threatsim.market.result import ReplicateResult
from threatsim.scenario.schema import Scenario

__all__ = ["ReplicateDone", "ReplicateWork", "Simulate", "available_workers", "run_replicates"]


SAMPLED: Final = 0.01
"""Share of the claims that a replicate of a run keeps as a sample."""


@dataclass(frozen=True)
class ReplicateDone:
    """A replicate is there.

    Attributes:
        done, total: replicates of all arms so far, and in all.
        arm, replicate: the one that is now there.
        resumed: whether an earlier, interrupted run had already finished it.
    """

    done: int
    total: int
    arm: str
    replicate: int
    resumed: bool


@dataclass(frozen=True)
class ReplicateWork:
    """What all replicates of a run share.

    Attributes:
        arms: arm name -> the scenario as that arm sets it.
        tables: modality -> scores.
        simulate: the function that runs a replicate; importable by name from another process.
        seed: root of all random streams.
        sample_rate: share of the claims that each replicate keeps as a sample.
        kept: where finished replicates go.
        claims: folder that every claim is written to, a Parquet file a replicate; None for none.
        loop: the draws that the replicates are of; None where every number is held at its value.
        goes_on: whether a replicate that fails leaves the rest of its batch to be simulated.
        batch_seconds, batch_cells: about how much a batch holds, and at most; each replicate is kept by itself.
    """

    arms: Mapping[str, Scenario]
    tables: Mapping[str, OutcomeTable]
    simulate: Simulate
    seed: int
    sample_rate: float
    kept: KeptReplicates
    claims: Path | None = None
    loop: OuterLoop | None = None
    goes_on: bool = False
    batch_seconds: float = 1.0
    batch_cells: int = 1000

    def preload(self) -> Sequence[str]:
        """Return modules that a worker needs."""
        return (__name__, getattr(self.simulate, "__module__", __name__))

    def do(self, cells: Sequence[Cell]) -> list[Outcome]:
        """Simulate and keep replicates; up to the first that fails, unless the work goes on."""
        outcomes: list[Outcome] = []
        for cell in cells:
            outcomes.append(attempted(cell, lambda one: self.kept.save(self.simulated(one))))
            if isinstance(outcomes[-1], Failed) and not self.goes_on:
                break
        return outcomes

    def claims_file(self, cell: Cell) -> Path | None:
        """Return the file for the claims of a replicate, if they are kept."""
        return self.claims / f"{cell.arm}-{cell.replicate:05d}.parquet" if self.claims else None

    def simulated(self, cell: Cell) -> ReplicateResult:
        """Simulate one replicate; of one of a draw the figures alone are kept."""
        scenario = self.arms[cell.arm]
        if self.loop:
            scenario = self.loop.scenario_of(cell.arm, scenario, cell.replicate)
        claims: dict[str, Any] = {}
        if file := self.claims_file(cell):
            file.parent.mkdir(parents=True, exist_ok=True)
            claims = {"claims_file": file}
        result = self.simulate(
            scenario,
            self.tables,
            arm=cell.arm,
            replicate=cell.replicate,
            seed=self.seed,
            sample_rate=self.sample_rate,
            **claims,
        )
        if self.loop:
            return replace(result, weekly={}, providers={}, sample={}, decisions={}, links=None)
        return result


def run_replicates(
    arms: Mapping[str, Scenario],
    tables: Mapping[str, OutcomeTable],
    simulate: Simulate,
    *,
    replicates: int,
    seed: int,
    inputs_fingerprint: str,
    folder: Path,
    workers: int = 1,
    executor: Executor | None = None,
    sample_rate: float = SAMPLED,
    keep_claims: bool = False,
    loop: OuterLoop | None = None,
    first: int = 0,
    every: int = 1,
    fail_fast: bool = False,
    progress: Callable[[ReplicateDone], None] | None = None,
) -> list[ReplicateResult]:
    """Run replicates from `first` up to `replicates` of every arm, or take up those that an interrupted run has left.

    Args:
        arms: arm name -> the scenario as that arm sets it, in the order wanted.
        tables: modality -> scores, sent to each process once.
        simulate: runs one replicate; a function of an importable module if there are several workers.
        replicates: replicates of every arm, with those before `first`.
        seed: root of all random streams.
        inputs_fingerprint: hash of everything that the results depend on; kept replicates of another are not
            used.
        folder: where finished replicates are kept until the caller discards them (`KeptReplicates.discard`).
        workers: processes; 1 stays in this process.
        executor: where replicates run, in place of processes of this machine.
        sample_rate: share of the claims that each replicate keeps as a sample.
        keep_claims: whether to write every claim of every replicate to `folder`/claims.
        loop: draws of uncertain numbers, whose replicates are run in place of those of the scenario.
        first: number of the first replicate.
        every: steps between the numbers; 2 runs every second replicate.
        fail_fast: whether a worker process that dies at a replicate ends the run at once, not when the rest is done.
        progress: called in this process, as replicates come in.

    Returns:
        The results ordered by arm, in the order of `arms`, then by replicate.

    Raises:
        ThreatsimError: naming arm and replicate, if one fails, at once: it would fail again; if the folder cannot be
            written to. Replicates finished before are kept.
        FailedReplicatesError: at the end, naming all at which a worker process died.
        KeyboardInterrupt: on Ctrl-C, after the workers have ended. Replicates finished before are kept.
    """
    executor = executor or LocalExecutor(workers)
    if replicates < 1:
        raise InputError(f"replicates is {replicates}; allowed is at least 1", given=str(replicates))
    kept_replicates = KeptReplicates(folder, inputs_fingerprint)
    claims = folder / "claims" if keep_claims else None
    work = ReplicateWork(dict(arms), plain(tables), simulate, seed, sample_rate, kept_replicates, claims, loop)
    numbers = loop.replicates if loop else range(first, replicates, every)
    wanted = [Cell(0, arm, replicate) for arm in arms for replicate in numbers]
    results: dict[Cell, ReplicateResult] = {}
    deaths: list[Failed] = []

    def report(cell: Cell, result: ReplicateResult, *, resumed: bool) -> None:
        results[cell] = result
        if progress is not None:
            progress(ReplicateDone(len(results), len(wanted), cell.arm, cell.replicate, resumed))

    for cell in wanted:
        kept = work.kept.load(cell.arm, cell.replicate)
        file = work.claims_file(cell)
        if kept is not None and (file is None or file.is_file()):
            report(cell, kept, resumed=True)
    # By replicate, then arm: whatever is finished when a run stops can be compared across arms.
    missing = sorted((cell for cell in wanted if cell not in results), key=lambda cell: cell.replicate)
    with (
        recorded(folder, inputs_fingerprint, "replicates", wanted) as state,
        contextlib.closing(executor.run(work, missing)) as outcomes,
    ):
        for outcome in outcomes:
            if isinstance(outcome, Failed):
                state.fail(outcome.cell, outcome.message)
                if fail_fast or not outcome.died:
                    raise outcome.error()
                deaths.append(outcome)
                continue
            result = work.kept.load(outcome.cell.arm, outcome.cell.replicate)
            if result is None:  # a run of the same inputs beside this one has finished and cleared the folder
                result = work.simulated(outcome.cell)
            report(outcome.cell, result, resumed=False)
    if deaths:
        raise _deaths(deaths, len(wanted))
    return [results[cell] for cell in wanted]


def _deaths(deaths: Sequence[Failed], total: int) -> FailedReplicatesError:
    """Return what is told in the end of replicates at which processes died; all others are kept."""
    first, *others = sorted(deaths, key=lambda one: one.cell)
    more = f"; so did {', '.join(str(one.cell) for one in others)}" if others else ""
    return FailedReplicatesError(
        f"{len(deaths)} of {total} replicates failed: {first.cell}: {first.message}{more}",
        failed=len(deaths),
        hint="All others are kept; the same command tries those that failed again. With fewer --workers each process "
        "has more memory.",
    )
