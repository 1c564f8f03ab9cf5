"""What runs and trainings that were killed have left, which none may ever take up again."""

from __future__ import annotations

import contextlib
import shutil
import stat
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from threatsim.common.cache import TRAININGS
from threatsim.common.errors import InputError
from threatsim.experiment.execution.durable import running_here
from threatsim.experiment.kept_replicates import BESIDE, report_of
from threatsim.experiment.record.report_finder import below
from threatsim.experiment.record.writing import left_beside

_BETWEEN_FILES: Final = 600.0
"""Seconds between two files of a report that is being written, at most; a younger folder may be one, of any machine."""


@dataclass(frozen=True)
class Leftover:
    """A folder or a file that a killed run or training has left.

    Attributes:
        path: where it is.
        what: what it is, in words.
        size: bytes of its files.
        age: seconds since something in it was written.
    """

    path: Path
    what: str
    size: int
    age: float


def find_leftovers(folders: Sequence[Path], older_than: float) -> list[Leftover]:
    """Find what killed runs have left in folders of reports and up to three levels below, by path.

    Args:
        folders: where reports lie.
        older_than: seconds since the last replicate of an unfinished run was written; younger ones may still be
            taken up by the same command. Those of a run that is on are none at any age.

    Raises:
        InputError: one of `folders` is not there.
    """
    for folder in folders:
        if not folder.is_dir():
            raise InputError("there is no such folder", given=str(folder), location=str(folder))
    hidden = {path.resolve(): path for folder in folders for path in below(folder, ".*.*")}
    own = sorted(path for path in hidden.values() if path.is_dir() and not path.is_symlink())
    return [found for path in own if (found := _leftover(path, older_than)) is not None]


def find_checkpoints(cache: Path, older_than: float) -> list[Leftover]:
    """Find how far trainings were that were killed, and that nobody has gone on with, by path.

    Args:
        cache: the cache folder.
        older_than: seconds since it was written; the same command may still go on with a younger one, and one that is
            training writes it anew.
    """
    found = []
    for path in sorted((cache / TRAININGS).glob("*")):
        with contextlib.suppress(OSError):
            status = path.lstat()
            age = max(0.0, time.time() - status.st_mtime)
            # A dot begins what was being written when the process was killed.
            least = _BETWEEN_FILES if path.name.startswith(".") else older_than
            if stat.S_ISREG(status.st_mode) and age >= least:
                found.append(Leftover(path, "how far a training was, which was not finished", status.st_size, age))
    return found


def remove(leftovers: Sequence[Leftover]) -> Iterator[tuple[Leftover, str]]:
    """Remove what is left over, and yield each with why it could not be removed, empty where it was."""
    for leftover in leftovers:
        try:
            if leftover.path.is_dir():
                shutil.rmtree(leftover.path)
            else:
                leftover.path.unlink()
        except OSError as error:
            yield leftover, error.strerror or str(error)
        else:
            yield leftover, ""


def _leftover(path: Path, older_than: float) -> Leftover | None:
    if path.match(BESIDE):
        least = older_than
        what = f"finished replicates of run {report_of(path).name}, which was not finished"
        if running_here(path):
            return None
    else:
        least, what = _BETWEEN_FILES, left_beside(path)
    size, last = _contents(path)
    age = max(0.0, time.time() - last)
    return Leftover(path, what, size, age) if what and age >= least else None


def _contents(folder: Path) -> tuple[int, float]:
    """Return the bytes of a folder's files, and when the last of it was written (seconds of the epoch)."""
    size, last = 0, folder.stat().st_mtime
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            status = path.lstat()
            size, last = size + status.st_size, max(last, status.st_mtime)
    return size, last
