"""What the list shows of a report: a row, made from its record alone."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field, field_validator

from threatsim.common.errors import RecordError
from threatsim.experiment.execution.durable import running_here
from threatsim.experiment.kept_replicates import BESIDE, folder_beside, report_of
from threatsim.experiment.record.record import RECORD_NAME
from threatsim.experiment.record.report_finder import below
from threatsim.report.labels import label_of
from threatsim.report.listing.headline import Headline
from threatsim.report.listing.report_reading import known_report
from threatsim.report.plain_text import visible

_BEGUN: Final = "run"
"""Kind of what has no record yet: only runs keep what they have finished beside their reports."""
_ALIVE: Final = 60.0
"""Seconds in which a run is taken to finish a replicate, where the system cannot tell whether it is on."""


class RunRow(Headline):
    """A report in the list."""

    id: str = Field(description="What addresses call it: a hash of its path.")
    path: str = Field(description="Its folder.")
    written: str = Field(description="When its record was written: the file's time, UTC, ISO 8601; empty if unknown.")
    state: Literal["finished", "running", "interrupted", "unreadable"] = Field(description="What became of the run.")
    problem: str = Field(default="", description="Why it cannot be read, or how far it came; empty if it is finished.")
    label: str = Field(default="", description="What its user calls it.")
    tags: tuple[str, ...] = Field(default=(), description="Words that its user finds it by.")
    kind: str = Field(default="", description="Name of its kind, as `REPORT_KINDS` has it; empty if it cannot be told.")

    @field_validator("problem", "label")
    @classmethod
    def _own_seen(cls, text: str) -> str:
        """Take out what reverses or hides text: a label may be somebody else's."""
        return visible(text)

    @field_validator("tags")
    @classmethod
    def _tags_seen(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(visible(text) for text in texts)


def report_folders(folder: Path) -> Iterator[Path]:
    """Yield the folders of reports below a folder, to three levels, and of runs that have left replicates there."""
    written = (record.parent for record in below(folder, RECORD_NAME))
    begun = (report_of(kept) for kept in below(folder, BESIDE) if kept.is_dir())
    yield from dict.fromkeys([*written, *begun])


def row_of(folder: Path) -> RunRow:
    """Return the row of a report's folder; one that cannot be read has a row that says why."""
    file = folder / RECORD_NAME
    known = {"id": id_of(folder), "path": str(folder), **label_of(folder).model_dump()}
    if not record_there(folder):
        scenario, so_far = folder.parent.name, _unfinished(folder_beside(folder))
        return RunRow(**known, written="", kind=_BEGUN, scenario=scenario, **so_far)
    written = ""
    with contextlib.suppress(OSError):  # deleted meanwhile
        written = datetime.fromtimestamp(file.lstat().st_mtime, UTC).isoformat(timespec="seconds")
    try:
        report = known_report(folder)
        headline = report.headline(folder)
    except RecordError as error:
        return RunRow(**known, written=written, state="unreadable", problem=error.message)
    return RunRow(**known, written=written, state="finished", kind=report.kind.name, **dict(headline))


def record_there(folder: Path) -> bool:
    """Return whether a report's folder has a record, or a link in its place that may lead nowhere."""
    return os.path.lexists(folder / RECORD_NAME)


def _unfinished(kept: Path) -> dict[str, Any]:
    """Return how far a run without a report has come, and whether it is on."""
    times = []
    for path in kept.rglob("*.replicate"):
        with contextlib.suppress(OSError):  # put into the report meanwhile
            times.append(path.stat().st_mtime)
    count, age = len(times), time.time() - max(times, default=0.0)
    on = running_here(kept)
    if on or (on is None and age < _ALIVE):
        ago = f", the last {max(0.0, age):.0f} s ago" if times else ""
        return {"state": "running", "problem": f"{count} replicates are finished{ago}"}
    text = f"{count} replicates are kept; the same command goes on from there"
    return {"state": "interrupted", "problem": text}


def id_of(folder: Path) -> str:
    """Return what addresses call a report's folder."""
    return hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
