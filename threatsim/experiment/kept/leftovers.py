"""What runs that were killed have left beside the reports, which no run may ever take up again."""

from __future__ import annotations

import contextlib
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from threatsim.common.errors import InputError

_WRITING: Final = re.compile(r"\..+\.(?P<process>\d+)\.(?P<what>partial|replaced|probe)")
_REPLICATES: Final = re.compile(r"\.(?P<run>[0-9a-f]+)\.replicates")
_IN_WORDS: Final = {
    "partial": "a report that was not written to its end",
    "replaced": "an earlier report that a newer one replaced",
    "probe": "a trial of whether the folder can be written to",
}
_DEPTHS: Final = ("", "*/", "*/*/", "*/*/*/")
_BETWEEN_FILES: Final = 600.0
"""Seconds between two files of a report that is being written, at most; a younger folder may be one, of any machine."""


@dataclass(frozen=True)
class Leftover:
    """A folder that a killed run has left.

    Attributes:
        path: the folder.
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

    An earlier report that was moved aside counts only where the newer one is in its place: else it is all that there
    is, and the next run puts it back.

    Args:
        folders: where reports lie.
        older_than: seconds since the last replicate of an unfinished run was written; younger ones may still be
            taken up by the same command.

    Raises:
        InputError: one of `folders` is not there.
    """
    for folder in folders:
        if not folder.is_dir():
            raise InputError("there is no such folder", given=str(folder), location=str(folder))
    unlike = {path.resolve(): path for folder in folders for depth in _DEPTHS for path in folder.glob(f"{depth}.*.*")}
    found = (_leftover(path, older_than) for path in sorted(unlike.values()))
    return [one for one in found if one is not None]


def remove(leftovers: Sequence[Leftover]) -> Iterator[tuple[Leftover, str]]:
    """Remove folders, and yield each with why it could not be removed, empty where it was."""
    for leftover in leftovers:
        try:
            shutil.rmtree(leftover.path)
        except OSError as error:
            yield leftover, error.strerror or str(error)
        else:
            yield leftover, ""


def _leftover(path: Path, older_than: float) -> Leftover | None:
    if path.is_symlink() or not path.is_dir():
        return None
    size, last = _contents(path)
    age = max(0.0, time.time() - last)
    if writing := _WRITING.fullmatch(path.name):
        what = writing["what"]
        if age < _BETWEEN_FILES:
            return None
        if what == "replaced" and not _newer_is_there(path, writing["process"]):
            return None
        return Leftover(path, _IN_WORDS[what], size, age)
    if (run := _REPLICATES.fullmatch(path.name)) and age >= older_than:
        return Leftover(path, f"finished replicates of run {run['run']}, which was not finished", size, age)
    return None


def _newer_is_there(path: Path, process: str) -> bool:
    return (path.parent / path.name.removeprefix(".").removesuffix(f".{process}.replaced")).exists()


def _contents(folder: Path) -> tuple[int, float]:
    """Return the bytes of a folder's files, and when the last of it was written (seconds of the epoch)."""
    size, last = 0, folder.stat().st_mtime
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            status = path.lstat()
            size, last = size + status.st_size, max(last, status.st_mtime)
    return size, last
