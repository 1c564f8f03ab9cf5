"""The side of a run that simulates: in a worker process, or in this one.

A worker holds what every replicate needs (sent once, when the process starts), keeps finished replicates on disk, and
answers with a few numbers. The results themselves do not pass through the pipe: a message stays far below the size that
the system writes in one piece, so a worker can be ended at any moment and leave no half message behind.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
import traceback
from collections.abc import Callable, Sequence

from threatsim.common.errors import ThreatsimError
from threatsim.experiment.execution.cells import Cell
from threatsim.experiment.execution.executor import Failed, Finished, Outcome, Work

_LONGEST_MESSAGE = 600  # characters; with its trace a message fits a pipe's 4096 bytes even if not ASCII


def attempted(cell: Cell, simulated: Callable[[Cell], None]) -> Outcome:
    """Return what became of a cell; whatever goes wrong is told, not raised."""
    started = time.perf_counter()
    try:
        simulated(cell)
    except ThreatsimError as error:
        return Failed(cell, str(error)[:_LONGEST_MESSAGE])
    except MemoryError:
        return Failed(cell, "there is not enough memory for it; use fewer --workers or claims")
    except Exception as error:
        message = f"{type(error).__name__}: {error}"[:_LONGEST_MESSAGE]
        return Failed(cell, message, traceback.format_exc()[-_LONGEST_MESSAGE:])
    return Finished(cell, time.perf_counter() - started)


_work: Work | None = None


def start_worker(work: Work) -> None:
    """Set a worker up, once: hold the work, leave Ctrl-C to the parent, end when the parent does."""
    global _work
    _work = work
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "SIGHUP"):  # a closed window is the parent's affair too
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def ready() -> None:
    """Do nothing: once it is done, the process has started."""


def do_batch(cells: Sequence[Cell]) -> list[Outcome]:
    """Do a batch of the work that this process holds.

    Raises:
        RuntimeError: `start_worker` has not run in this process.
        ThreatsimError: finished cells cannot be kept.
    """
    if _work is None:
        raise RuntimeError("start_worker has not run in this process")
    return _work.do(cells)


def _end_with_parent() -> None:
    """End when the parent does: one that is killed cannot end its workers, which would then wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
