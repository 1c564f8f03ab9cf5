"""The executor of one machine: as many processes as wanted, each in a pool of its own, made anew when it dies.

A pool of several processes breaks as a whole when one of them dies, and does not say at which task. In a pool of one it
is known: the batch that it was at is tried again, a cell at a time. A cell at which a process then dies is tried a last
time with no other at work, since the system may have run out of memory; if that process dies too, the cell is named.
All others go on.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import time
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from typing import Final

from threatsim.common.errors import InputError
from threatsim.experiment.execution.capacity import most_workers
from threatsim.experiment.execution.cells import Cell
from threatsim.experiment.execution.executor import BatchSize, Failed, Outcome, Work
from threatsim.experiment.execution.process_start import context, starting
from threatsim.experiment.execution.worker import do_batch, ready, start_worker

TIME_LIMIT: Final = 3600.0
"""Seconds after which a batch is given up and its process ended."""


def available_workers() -> int:
    """Return processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class LocalExecutor:
    """Processes of this machine.

    Attributes:
        workers: how many, unless the machine cannot hold them (`capacity`); 1 simulates in this process, where a death
            is the death of all.
        time_limit: seconds that a batch may take, and a cell that is tried alone.
    """

    workers: int = field(default_factory=available_workers)
    time_limit: float = TIME_LIMIT

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise InputError(f"workers is {self.workers}; allowed is at least 1", given=str(self.workers))

    def check(self) -> None:
        """Refuse nothing: what is here can be reached, and is as it is."""

    def run(self, work: Work, cells: Sequence[Cell]) -> Generator[Outcome, None, None]:
        """Yield the outcome of every cell, as they come. Closed early, it leaves no process behind.

        Raises:
            ThreatsimError: finished cells cannot be kept.
        """
        workers = min(self.workers, len(cells), most_workers())
        return self._here(work, deque(cells)) if workers <= 1 else self._in_processes(work, deque(cells), workers)

    def _here(self, work: Work, queue: deque[Cell]) -> Generator[Outcome, None, None]:
        size = BatchSize(work, 1)
        while queue:
            outcomes = work.do([queue.popleft() for _ in range(size.of(len(queue)))])
            size.learn(outcomes)
            yield from outcomes

    def _in_processes(self, work: Work, queue: deque[Cell], workers: int) -> Generator[Outcome, None, None]:
        pickle.dumps(work)  # Fails here, and clearly, rather than in a pool's own thread.
        slots = [_Slot(work) for _ in range(workers)]
        try:
            yield from self._completed(slots, work, queue)
        except BaseException:
            for slot in slots:
                slot.end()
            raise
        for slot in slots:
            slot.close()

    def _completed(self, slots: Sequence[_Slot], work: Work, queue: deque[Cell]) -> Generator[Outcome, None, None]:
        size = BatchSize(work, len(slots))
        suspects: deque[Cell] = deque()
        last: deque[Cell] = deque()  # cells that are tried a last time
        alone: Cell | None = None  # the one of them that is at it
        while queue or suspects or last or any(slot.future for slot in slots):
            if last and not any(slot.future for slot in slots):
                for slot in slots[1:]:
                    slot.close()  # what they hold is memory too; they start again
                alone = last.popleft()
                slots[0].submit([alone])
            for slot in slots:
                if slot.future is not None or alone is not None or last:
                    continue
                if suspects:
                    slot.submit([suspects.popleft()])
                elif queue:
                    slot.submit([queue.popleft() for _ in range(size.of(len(queue)))])
            # Wakes for Ctrl-C on every system, and to look at the clock.
            wait([slot.future for slot in slots if slot.future], timeout=1.0, return_when=FIRST_COMPLETED)
            for slot in slots:
                if slot.future is None:
                    continue
                if not slot.future.done():
                    if slot.seconds() > self.time_limit:
                        slot.kill()
                    continue
                batch = slot.batch
                try:
                    outcomes = slot.taken()
                except BrokenProcessPool:
                    reason = f"took longer than {self.time_limit:g} s" if slot.killed else None
                    slot.end()
                    if len(batch) > 1:
                        suspects.extend(batch)
                        continue
                    if alone is None and reason is None:
                        last.append(batch[0])
                        continue
                    outcomes = [Failed(batch[0], reason or _DIED, died=True)]
                alone = None
                size.learn(outcomes)
                yield from outcomes


_DIED: Final = (
    "a worker process died without a word at this replicate alone, and again with no other process at work; "
    "the system may have run out of memory"
)


class _Slot:
    """One worker process, in whatever pool holds it, and the batch that it is at."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._pool: ProcessPoolExecutor | None = None
        self._process: BaseProcess | None = None
        self.future: Future[list[Outcome]] | None = None
        self.batch: list[Cell] = []
        self._ready: Future[None] | None = None
        self._began = 0.0
        self.killed = False

    def submit(self, batch: list[Cell]) -> None:
        """Give the process a batch; it is started if there is none."""
        if self._pool is not None:
            try:
                self.future = self._pool.submit(do_batch, batch)
            except BrokenProcessPool:  # it died between two batches, and neither is to blame
                self.end()
        if self._pool is None:
            # Not within `starting`: what this sets up lets the signals through that are held back there.
            ways = context([start_worker.__module__, *self._work.preload()])
            self._pool = ProcessPoolExecutor(1, mp_context=ways, initializer=start_worker, initargs=(self._work,))
            before = {process.pid for process in multiprocessing.active_children()}
            with starting():
                self._ready = self._pool.submit(ready)
                try:
                    self.future = self._pool.submit(do_batch, batch)
                except BrokenProcessPool as error:  # it died while it was started
                    self.future = Future()
                    self.future.set_exception(error)
                started = [one for one in multiprocessing.active_children() if one.pid not in before]
                self._process = started[0] if started else None
        self.batch, self._began, self.killed = batch, time.monotonic(), False

    def seconds(self) -> float:
        """Return how long the process has been at the batch; its own start does not count."""
        if self._ready is not None and not self._ready.done():
            self._began = time.monotonic()
        return time.monotonic() - self._began

    def taken(self) -> list[Outcome]:
        """Return the outcomes of the batch, which is done with.

        Raises:
            BrokenProcessPool: the process died.
        """
        future, self.future = self.future, None
        return future.result() if future else []

    def kill(self) -> None:
        """End a process whose time is over; its batch then ends with BrokenProcessPool."""
        self.killed = True
        if self._process is not None:
            self._process.kill()

    def end(self) -> None:
        """End the process, whatever it is at, and its pool."""
        if self._process is not None:
            self._process.terminate()
        self.close()

    def close(self) -> None:
        """Let the process end."""
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool = self._process = self.future = None
