"""Runs every replicate of every arm, on as many processes as requested; the results do not depend on how many."""

from __future__ import annotations

import contextlib
import math
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from multiprocessing.context import BaseContext
from pathlib import Path
from types import ModuleType

import numpy as np

from threatsim.common.errors import InputError, ThreatsimError
from threatsim.common.outcome_table import OutcomeTable
from threatsim.experiment.kept_replicates import KeptReplicates
from threatsim.experiment.outer_loop import OuterLoop
from threatsim.experiment.worker import (
    Failed,
    Finished,
    Simulate,
    Work,
    simulate_batch,
    simulate_one,
    simulated,
    start_worker,
)
from threatsim.market.result import ReplicateResult
from threatsim.scenario.schema import Scenario

BATCH_SECONDS = 1.0
"""A task holds about this much work, so that handing it over costs next to nothing beside it."""

Batch = list[tuple[str, int]]
Outcomes = list[Finished | Failed]


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


def available_workers() -> int:
    """Return processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


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
    sample_rate: float = 0.01,
    keep_claims: bool = False,
    loop: OuterLoop | None = None,
    progress: Callable[[ReplicateDone], None] | None = None,
) -> list[ReplicateResult]:
    """Run replicates 0 to `replicates` - 1 of every arm, or take up those that an interrupted run has left.

    Args:
        arms: arm name -> the scenario as that arm sets it, in the order wanted.
        tables: modality -> scores, sent to each process once.
        simulate: runs one replicate; a function of an importable module if there are several workers.
        replicates: replicates of every arm.
        seed: root of all random streams.
        inputs_fingerprint: hash of everything that the results depend on; kept replicates of another are not
            used.
        folder: where finished replicates are kept until the caller discards them (`KeptReplicates.discard`).
        workers: processes; 1 stays in this process.
        sample_rate: share of the claims that each replicate keeps as a sample.
        keep_claims: whether to write every claim of every replicate to `folder`/claims.
        loop: draws of uncertain numbers, whose replicates are run in place of those of the scenario.
        progress: called in this process, as replicates come in.

    Returns:
        The results ordered by arm, in the order of `arms`, then by replicate.

    Raises:
        ThreatsimError: naming arm and replicate, if one fails; if a worker process dies; if the folder cannot
            be written to. Replicates finished before are kept.
        KeyboardInterrupt: on Ctrl-C, after the workers have ended. Replicates finished before are kept.
    """
    if workers < 1:
        raise InputError(f"workers is {workers}; allowed is at least 1", given=str(workers))
    if replicates < 1:
        raise InputError(f"replicates is {replicates}; allowed is at least 1", given=str(replicates))
    kept_replicates = KeptReplicates(folder, inputs_fingerprint)
    claims = folder / "claims" if keep_claims else None
    work = Work(dict(arms), _arrays(tables), simulate, seed, sample_rate, kept_replicates, claims, loop)
    numbers = loop.replicates if loop else range(replicates)
    wanted = [(arm, replicate) for arm in arms for replicate in numbers]
    results: dict[tuple[str, int], ReplicateResult] = {}

    def report(arm: str, replicate: int, result: ReplicateResult, *, resumed: bool) -> None:
        results[arm, replicate] = result
        if progress is not None:
            progress(ReplicateDone(len(results), len(wanted), arm, replicate, resumed))

    for arm, replicate in wanted:
        kept = work.kept.load(arm, replicate)
        file = work.claims_file(arm, replicate)
        if kept is not None and (file is None or file.is_file()):
            report(arm, replicate, kept, resumed=True)
    # By replicate, then arm: whatever is finished when a run stops can be compared across arms.
    missing = sorted((key for key in wanted if key not in results), key=lambda key: key[1])
    workers = min(workers, len(missing))
    run = _in_processes(work, missing, workers) if workers > 1 else _in_process(work, missing)
    with contextlib.closing(run) as outcomes:
        for outcome in outcomes:
            if isinstance(outcome, Failed):
                raise _failure(outcome)
            result = work.kept.load(outcome.arm, outcome.replicate)
            if result is None:  # a run of the same inputs beside this one has finished and cleared the folder
                result = simulated(work, outcome.arm, outcome.replicate)
            report(outcome.arm, outcome.replicate, result, resumed=False)
    return [results[key] for key in wanted]


def _arrays(tables: Mapping[str, OutcomeTable]) -> dict[str, OutcomeTable]:
    """Return the tables as plain NumPy arrays, so that a worker need import nothing more to read them."""
    return {
        name: replace(
            table,
            labels=np.asarray(table.labels),
            patients=np.asarray(table.patients),
            clean=np.asarray(table.clean),
            attacked={tactic: np.asarray(scores) for tactic, scores in table.attacked.items()},
            calibration_scores=np.asarray(table.calibration_scores),
            calibration_labels=np.asarray(table.calibration_labels),
        )
        for name, table in tables.items()
    }


def _in_process(work: Work, missing: Batch) -> Generator[Finished | Failed, None, None]:
    for arm, replicate in missing:
        yield simulate_one(work, arm, replicate)


def _in_processes(work: Work, missing: Batch, workers: int) -> Generator[Finished | Failed, None, None]:
    """Yield outcomes as they come. However it is left, no worker process is behind when it ends."""
    pickle.dumps(work.simulate)  # Fails here, and clearly, rather than in the pool's own thread.
    ours = {process.pid for process in multiprocessing.active_children()}
    pool = ProcessPoolExecutor(workers, mp_context=_context(work), initializer=start_worker, initargs=(work,))
    try:
        yield from _completed(pool, deque(missing), workers)
    except BaseException:
        for process in multiprocessing.active_children():
            if process.pid not in ours:
                process.terminate()
        pool.shutdown(wait=True, cancel_futures=True)
        raise
    pool.shutdown(wait=True)


def _context(work: Work) -> BaseContext:
    """Return how workers start: on Linux as forks of one process that has imported all they need, else each anew.

    What a replicate imports, Mesa above all, costs more than a second of CPU time; so it is paid once, not by worker.
    Elsewhere system libraries do not survive a fork.
    """
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([start_worker.__module__, getattr(work.simulate, "__module__", __name__)])
    return context


def _completed(pool: ProcessPoolExecutor, queue: deque[tuple[str, int]], workers: int) -> Iterator[Finished | Failed]:
    running: dict[Future[Outcomes], Batch] = {}
    seconds, finished = 0.0, 0
    while queue or running:
        while queue and len(running) < 2 * workers:
            # One replicate a task until the first has shown how long it takes; the last tasks are small too.
            size = math.ceil(BATCH_SECONDS * finished / seconds) if seconds > 0 else 1
            size = max(1, min(size, len(queue) // (2 * workers)))
            batch = [queue.popleft() for _ in range(size)]
            with _without_interrupts(), _without_main():
                running[pool.submit(simulate_batch, batch)] = batch
        done, _ = wait(running, timeout=1.0, return_when=FIRST_COMPLETED)  # Wakes for Ctrl-C on every system.
        for future in done:
            try:
                outcomes = future.result()
            except BrokenProcessPool as error:
                raise _death([key for batch in running.values() for key in batch]) from error
            del running[future]
            for outcome in outcomes:
                if isinstance(outcome, Finished):
                    seconds, finished = seconds + outcome.seconds, finished + 1
                yield outcome


@contextlib.contextmanager
def _without_interrupts() -> Iterator[None]:
    """Hold Ctrl-C and its like back until the end of the block; a process started within it never sees Ctrl-C.

    Interrupted half way, a start would leave a worker that dies with a traceback. So this process notes the
    signal and raises it afterwards; and the worker inherits a mask that blocks those which a terminal sends to workers
    too. SIGTERM is not among them: it is how this process ends its workers.
    """
    noted: list[int] = []
    ours = threading.current_thread() is threading.main_thread()
    handlers = {number: signal.getsignal(number) for number in _numbers("SIGINT", "SIGHUP", "SIGTERM") if ours}
    # What was not set from Python, or is left to the system, stays as it is.
    handlers = {number: handler for number, handler in handlers.items() if callable(handler)}
    masks = hasattr(signal, "pthread_sigmask")
    for number in handlers:
        signal.signal(number, lambda number, frame: noted.append(number))
    if masks:
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _numbers("SIGINT", "SIGHUP"))
    try:
        yield
    finally:
        if masks:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        if noted:
            signal.raise_signal(noted[0])


def _numbers(*names: str) -> set[signal.Signals]:
    """Return the signals of these names that the system has."""
    return {signal.Signals[name] for name in names if name in signal.Signals.__members__}


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """Hide the caller's own script until the end of the block: a process started within it does not run it again.

    A new process runs the script it comes from, to have what was defined there. A worker needs nothing of it, and a
    script that runs a scenario at its top level would start all over.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _failure(failed: Failed) -> ThreatsimError:
    head = f"replicate {failed.replicate} of arm '{failed.arm}' failed: {failed.message}"
    if failed.trace is None:
        return ThreatsimError(head)
    return ThreatsimError(head, excerpt=failed.trace, hint="This is a fault of threatsim; please report it.")


def _death(unfinished: Batch) -> ThreatsimError:
    arm, replicate = unfinished[0]
    others = f" or one of {len(unfinished) - 1} others" if len(unfinished) > 1 else ""
    return ThreatsimError(
        f"a worker process died without a word, at replicate {replicate} of arm '{arm}'{others}; "
        "the system may have run out of memory",
        hint="Run the same command again to go on from the finished replicates, with fewer --workers.",
    )
