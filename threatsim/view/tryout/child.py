"""The process of one run: told what to run in a line of JSON, it tells how far it is in lines of JSON.

It imports what a run needs before it reads that line, so that it may be started before there is anything to run.

It is the same runner as the command's. It ends when its input does, so none is left behind by a viewer that has died,
and keeps what is finished, as after Ctrl-C.
"""

from __future__ import annotations

import _thread
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from threatsim.common.errors import ThreatsimError
from threatsim.view.tryout.run_lock import alone

_EVERY: Final = 0.2
"""Seconds between two lines on the same stage."""


class _Told:
    """Progress in lines of JSON."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream, self._lock = stream, threading.Lock()

    def tell(self, **what: Any) -> None:
        with self._lock:
            self._stream.write(json.dumps(what) + "\n")
            self._stream.flush()

    @contextmanager
    def stage(self, title: str, total: int, unit: str = "steps") -> Iterator[Callable[[int], None]]:
        done, last = 0, time.monotonic()
        self.tell(stage=title, done=0, total=total, unit=unit)

        def advance(steps: int) -> None:
            nonlocal done, last
            done += steps
            if time.monotonic() - last >= _EVERY or done >= total:
                last = time.monotonic()
                self.tell(stage=title, done=done, total=total, unit=unit)

        yield advance

    def note(self, text: str) -> None:
        self.tell(note=text)


def main() -> None:
    """Run what the first line of the input asks for."""
    told = _Told(os.fdopen(os.dup(1), "w", encoding="utf-8"))
    os.dup2(2, 1)  # whatever a library prints is no line of ours
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background has it ignored
    try:
        _stand_ready()
        line = _first_line()
    except KeyboardInterrupt:
        return
    if not line:
        return  # nothing was to be run
    request = json.loads(line)
    threading.Thread(target=_end_with_input, daemon=True).start()
    try:
        with alone(Path(request["out"])) as free:
            if not free:
                told.tell(error="another viewer is running a scenario into this folder; one runs at a time")
            else:
                _run(request, told)
    except KeyboardInterrupt:
        told.tell(stopped=True)
    except ThreatsimError as error:
        told.tell(error=str(error))
    except Exception as error:
        told.tell(error=f"the run failed: {type(error).__name__}: {error}")


def _stand_ready() -> None:
    """Import what stands between a click and its answer, here and in the process that workers are forks of."""
    import threatsim.experiment.whole_run
    import threatsim.market.simulation
    import threatsim.view.tryout.told_answer  # noqa: F401
    from threatsim.experiment.execution.process_start import start_ahead
    from threatsim.experiment.execution.worker import start_worker
    from threatsim.experiment.replicates import available_workers

    if available_workers() > 1:
        start_ahead([start_worker.__module__, "threatsim.experiment.replicates", "threatsim.market.simulation"])


def _run(request: dict[str, Any], told: _Told) -> None:
    from threatsim.experiment.replicates import available_workers
    from threatsim.experiment.run_request import RunRequest
    from threatsim.experiment.whole_run import run
    from threatsim.view.tryout.told_answer import told_answer

    finished = run(
        RunRequest(
            scenario=request["scenario"],
            images=None,
            replicates=None,
            seed=None,
            workers=available_workers(),
            device="auto",
            out=Path(request["out"]),
            patterns=request["patterns"],
            overrides=request["values"],
            again=False,
        ),
        told,
        on_look=lambda record: told.tell(answer=told_answer(record)),
        on_answer=lambda record: told.tell(answer=told_answer(record)),
    )
    if finished.there is None:
        from threatsim.report.publishing import publish  # takes its time, and the answer comes before it

        publish(finished, told)
    else:
        told.tell(answer=told_answer(finished.record), there=True)
    told.tell(folder=str(finished.folder))


def _first_line() -> bytes:
    line = b""
    while not line.endswith(b"\n") and (part := os.read(0, 1)):
        line += part
    return line


def _end_with_input() -> None:
    while os.read(0, 1024):
        pass
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
    else:
        _thread.interrupt_main()


if __name__ == "__main__":
    main()
