"""One run at a time, in a process of its own: started, looked at, and stopped with what it has finished kept."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from threatsim.catalogue.plugins import OFF
from threatsim.common.errors import InputError, ThreatsimError
from threatsim.view.runs import id_of
from threatsim.view.tryout.bases import Base

_MOST_NOTES: Final = 20
_PATIENCE: Final = 20.0
"""Seconds that a process has to end by itself."""


@dataclass
class Job:
    """A run.

    Attributes:
        number: counts the runs of this viewer, from 1.
        title: what runs, in a line.
        original: the report that it is held against, as addresses call it; empty if there is none.
        state: what became of it; stopping until the process has ended.
        stage: title, done, total and unit of what it is at.
        notes: what it told in between.
        answer: what it found, as soon as that is known (`told_answer`).
        report: the finished report, as addresses call it; empty until it is written.
        there: whether the report was there already.
        error: why it failed; empty if it did not.
    """

    number: int
    title: str
    original: str
    state: Literal["running", "stopping", "finished", "stopped", "failed"] = "running"
    stage: dict[str, Any] = field(default_factory=lambda: {"title": "Starting", "done": 0, "total": 0, "unit": ""})
    notes: list[str] = field(default_factory=list)
    answer: dict[str, Any] | None = None
    report: str = ""
    there: bool = False
    error: str = ""


class Runner:
    """Runs scenarios into one folder.

    Args:
        out: the folder of the reports.
        plugins: whether plug-ins may run.
    """

    def __init__(self, out: Path, *, plugins: bool = False) -> None:
        self.out = out
        self._plugins = plugins
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._spare: subprocess.Popen[bytes] | None = None
        self._job: Job | None = None

    def stand_ready(self) -> None:
        """Have a process import what a run needs, so that the next run need not wait for that.

        It is quiet where none can be started: the run then says why.
        """
        with self._lock, contextlib.suppress(OSError):
            going = self._job is not None and self._job.state in ("running", "stopping")
            if not going and (self._spare is None or self._spare.poll() is not None):
                self._spare = self._started()

    def start(
        self, base: Base, values: Mapping[str, Any], *, title: str, original: str = "", patterns: bool = False
    ) -> Job:
        """Start a run.

        Args:
            base: the scenario.
            values: dotted path -> value, set in it.
            title: what to call it while it runs.
            original: the report that it is held against.
            patterns: whether the market is held against published patterns as well.

        Raises:
            InputError: one is running already.
            ThreatsimError: no process can be started.
        """
        request = {"scenario": str(base.path), "values": values, "out": str(self.out), "patterns": patterns}
        with self._lock:
            if self._job is not None and self._job.state in ("running", "stopping"):
                text = f"a run is going on ({self._job.title}); one runs at a time"
                raise InputError(text, given=title, hint="Wait for it, or stop it: what it has finished is kept.")
            try:
                process = self._asked(request)
            except OSError as error:
                raise ThreatsimError(f"the run cannot be started: {error.strerror or error}") from None
            job = Job((self._job.number if self._job else 0) + 1, title, original)
            self._process, self._job = process, job
            threading.Thread(target=self._listen, args=(process, job), daemon=True).start()
            return job

    def _asked(self, request: Mapping[str, Any]) -> subprocess.Popen[bytes]:
        """Return a process that was told what to run: the one that stands ready, unless it has died, or a new one."""
        spare, self._spare = self._spare, None
        line = json.dumps(request).encode() + b"\n"
        if spare is not None and spare.poll() is None:
            with contextlib.suppress(OSError):
                return _told(spare, line)
        return _told(self._started(), line)

    def _started(self) -> subprocess.Popen[bytes]:
        environment = dict(os.environ)
        if not self._plugins:
            environment[OFF] = "1"
        return subprocess.Popen(
            # -P: no file of the folder that the viewer was started in is taken for a module.
            [sys.executable, "-P", "-m", "threatsim.view.tryout.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # Ctrl-C is the viewer's, which then ends it in order
        )

    def told(self) -> dict[str, Any] | None:
        """Return the last run as plain data; None if there was none."""
        with self._lock:
            return None if self._job is None else {**vars(self._job), "notes": list(self._job.notes)}

    def stop(self) -> None:
        """Ask the run to end; what it has finished is kept. Nothing happens where none is running."""
        with self._lock:
            process, job = self._process, self._job
            if process is None or job is None or job.state != "running":
                return
            job.state = "stopping"
        threading.Thread(target=_end, args=(process,), daemon=True).start()

    def close(self) -> None:
        """End the run, if there is one, before the viewer does."""
        self.stop()
        with self._lock:
            processes = [self._process, self._spare]
        for process in processes:
            if process is not None:
                _end(process)

    def _listen(self, process: subprocess.Popen[bytes], job: Job) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            with contextlib.suppress(ValueError):
                self._take(job, json.loads(line))
        code = process.wait()
        with self._lock:
            if job.report:
                job.state = "finished"
            elif job.error:
                job.state = "failed"
            elif job.state == "stopping":
                job.state = "stopped"
            else:
                job.state = "failed"
                job.error = f"the process of the run ended without a word (exit code {code}); memory may have run out"
        with contextlib.suppress(OSError):
            if process.stdin is not None:
                process.stdin.close()

    def _take(self, job: Job, told: dict[str, Any]) -> None:
        with self._lock:
            if "stage" in told:
                job.stage = {"title": told["stage"], **{key: told[key] for key in ("done", "total", "unit")}}
            if "note" in told:
                job.notes = [*job.notes, str(told["note"])][-_MOST_NOTES:]
            if "answer" in told:
                job.answer, job.there = told["answer"], bool(told.get("there"))
            if "folder" in told:
                job.report = id_of(Path(told["folder"]))
            if "error" in told:
                job.error = str(told["error"])
            if "stopped" in told:
                job.state = "stopping"


def _told(process: subprocess.Popen[bytes], line: bytes) -> subprocess.Popen[bytes]:
    """Return a process after a line was written to it.

    Raises:
        OSError: it has died.
    """
    assert process.stdin is not None
    process.stdin.write(line)
    process.stdin.flush()
    return process


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process by ending its input, and by force where that does not do it."""
    with contextlib.suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()
    for harder in (process.terminate, process.kill):
        try:
            process.wait(_PATIENCE)
            return
        except subprocess.TimeoutExpired:
            harder()
    process.wait()
