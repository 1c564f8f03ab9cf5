"""The cache folder: whether it can be written, how large it is, and whether its disk has room."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from threatsim.experiment.doctor.finding import Finding

LEAST_FREE: Final = 500_000_000
"""Bytes: the kept cases and outcomes of the whole library are smaller."""
_ELSEWHERE: Final = "name another folder in $THREATSIM_CACHE"
_SAMPLE: Final = bytes(65_536)


def storage(folder: Path, *, least_free: int = LEAST_FREE) -> Finding:
    """Return what is known of a cache folder, which need not exist yet. Nothing is left in it.

    Args:
        folder: the cache folder.
        least_free: bytes that should be free.
    """
    there = _nearest(folder)
    if not there.is_dir():
        return _off(folder, f"{there} is not a folder", f"Remove that file, or {_ELSEWHERE}.")
    try:
        free = shutil.disk_usage(there).free
    except OSError as error:
        return _off(folder, error.strerror or str(error), f"Mend it, or {_ELSEWHERE}.")
    room = f"{_size_text(free)} of disk free"
    if free < least_free:
        return _off(folder, f"only {room}", f"Make room (at least {_size_text(least_free)}), or {_ELSEWHERE}.")
    try:
        _try_to_write(folder, there)
    except OSError as error:
        lost = "without it every run attacks anew"
        return _off(
            folder,
            f"cannot be written ({error.strerror or error}); {lost}",
            f"Allow writing to it, or {_ELSEWHERE}.",
        )
    size = f"{_size_text(_size(folder))} in it" if folder.is_dir() else "not there yet"
    return Finding(name="cache", found=f"{folder}: can be written, {size}, {room}")


def _off(folder: Path, what: str, remedy: str) -> Finding:
    return Finding(name="cache", found=f"{folder}: {what}", state="off", remedy=remedy)


def _nearest(folder: Path) -> Path:
    """Return the folder itself, or the nearest above it that exists."""
    return next(path for path in (folder, *folder.absolute().parents) if path.exists())


def _try_to_write(folder: Path, there: Path) -> None:
    """Write a sample and remove it; where the folder is yet to be made, ask whether it could be."""
    if folder != there:
        if not os.access(there, os.W_OK | os.X_OK):
            raise PermissionError(13, f"{there} is read-only")
        return
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor.") as file:
        file.write(_SAMPLE)
        file.flush()


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.lstat().st_size
        except OSError:  # removed in the meantime
            continue
    return total


def _size_text(count: int) -> str:
    """Return bytes in decimal units: `1.2 GB`."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count} bytes"
