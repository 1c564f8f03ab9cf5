"""Starting worker processes so that neither Ctrl-C nor the caller's own script gets into them."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from multiprocessing.context import BaseContext
from types import ModuleType


def context(preload: Sequence[str]) -> BaseContext:
    """Return how workers start: on Linux as forks of one process that has imported all they need, else each anew.

    What a replicate imports, Mesa above all, costs more than a second of CPU time; so it is paid once, not by worker.
    Elsewhere system libraries do not survive a fork.
    """
    if sys.platform != "linux":
        return multiprocessing.get_context("spawn")
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload(list(preload))
    return forks


def start_ahead(preload: Sequence[str]) -> None:
    """Start the process that workers are forks of before there is work for them; nothing where each starts anew.

    Args:
        preload: modules that it imports, as `context` is given them.
    """
    if sys.platform == "linux":
        from multiprocessing import forkserver

        context(preload)
        with starting():
            forkserver.ensure_running()


@contextlib.contextmanager
def starting() -> Iterator[None]:
    """Hold Ctrl-C and the caller's own script back until the end of the block, in which a process may start."""
    with _without_interrupts(), _without_main():
        yield


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
