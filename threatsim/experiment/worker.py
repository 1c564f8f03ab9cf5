"""The side of a run that simulates: in a worker process, or in this one.

A worker holds what every replicate needs (sent once, when the process starts), keeps each finished replicate
on disk, and answers with a few numbers. The results themselves do not pass through the pipe: a message stays
far below the size that the system writes in one piece, so a worker can be ended at any moment and leave no
half message behind.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from threatsim.common.errors import ThreatsimError
from threatsim.common.outcome_table import OutcomeTable
from threatsim.experiment.kept_replicates import KeptReplicates
from threatsim.experiment.outer_loop import OuterLoop
from threatsim.market.result import ReplicateResult
from threatsim.scenario.schema import Scenario

_LONGEST_MESSAGE = 600  # characters; with its trace a message fits a pipe's 4096 bytes even if not ASCII


class Simulate(Protocol):
    """One replicate of one arm, a pure function of its arguments (threatsim.market.simulation.simulate)."""

    def __call__(
        self,
        scenario: Scenario,
        tables: Mapping[str, OutcomeTable],
        *,
        arm: str,
        replicate: int,
        seed: int,
        progress: Callable[[int], None] | None = None,
        sample_rate: float = 0.01,
        claims_file: Path | None = None,
    ) -> ReplicateResult:
        """Simulate the scenario of one arm on the tables and give the replicate's result."""


@dataclass(frozen=True)
class Work:
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
    """

    arms: Mapping[str, Scenario]
    tables: Mapping[str, OutcomeTable]
    simulate: Simulate
    seed: int
    sample_rate: float
    kept: KeptReplicates
    claims: Path | None = None
    loop: OuterLoop | None = None

    def claims_file(self, arm: str, replicate: int) -> Path | None:
        """Return the file for the claims of a replicate, if they are kept."""
        return self.claims / f"{arm}-{replicate:05d}.parquet" if self.claims else None


@dataclass(frozen=True)
class Finished:
    """A replicate that was simulated and kept, and the seconds it took."""

    arm: str
    replicate: int
    seconds: float


@dataclass(frozen=True)
class Failed:
    """A replicate that failed.

    Attributes:
        arm, replicate: which one.
        message: what was wrong.
        trace: the traceback if it was the program's fault; None if the input was refused.
    """

    arm: str
    replicate: int
    message: str
    trace: str | None


def simulated(work: Work, arm: str, replicate: int) -> ReplicateResult:
    """Simulate one replicate; of one of a draw the figures alone are kept."""
    scenario = work.arms[arm]
    if work.loop:
        scenario = work.loop.scenario_of(arm, scenario, replicate)
    claims: dict[str, Any] = {}
    if file := work.claims_file(arm, replicate):
        file.parent.mkdir(parents=True, exist_ok=True)
        claims = {"claims_file": file}
    result = work.simulate(
        scenario,
        work.tables,
        arm=arm,
        replicate=replicate,
        seed=work.seed,
        sample_rate=work.sample_rate,
        **claims,
    )
    if work.loop:
        return replace(result, weekly={}, providers={}, sample={}, decisions={}, links=None)
    return result


def simulate_one(work: Work, arm: str, replicate: int) -> Finished | Failed:
    """Simulate and keep one replicate."""
    started = time.perf_counter()
    try:
        work.kept.save(simulated(work, arm, replicate))
    except ThreatsimError as error:
        return Failed(arm, replicate, str(error)[:_LONGEST_MESSAGE], None)
    except MemoryError:
        return Failed(arm, replicate, "there is not enough memory for it; use fewer --workers or claims", None)
    except Exception as error:
        message = f"{type(error).__name__}: {error}"[:_LONGEST_MESSAGE]
        return Failed(arm, replicate, message, traceback.format_exc()[-_LONGEST_MESSAGE:])
    return Finished(arm, replicate, time.perf_counter() - started)


_work: Work | None = None


def start_worker(work: Work) -> None:
    """Set a worker up, once: hold the work, leave Ctrl-C to the parent, end when the parent does."""
    global _work
    _work = work
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "SIGHUP"):  # a closed window is the parent's affair too
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def simulate_batch(batch: Sequence[tuple[str, int]]) -> list[Finished | Failed]:
    """Simulate replicates in a worker process, up to the first that fails.

    Raises:
        RuntimeError: `start_worker` has not run in this process.
    """
    if _work is None:
        raise RuntimeError("start_worker has not run in this process")
    done: list[Finished | Failed] = []
    for arm, replicate in batch:
        done.append(simulate_one(_work, arm, replicate))
        if isinstance(done[-1], Failed):
            break
    return done


def _end_with_parent() -> None:
    """End when the parent does: one that is killed cannot end its workers, which would then wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
