"""The user's cache folder: outcomes of attacks and classifiers trained on the user's own images."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

from threatsim.common.errors import InputError

TRAININGS: Final = "trainings"
"""Folder of the cache in which trainings keep how far they are, a file each."""


def cache_folder() -> Path:
    """Return the cache folder: $THREATSIM_CACHE, or the platform's place for caches.

    It is made, for the user alone, if it is not there and can be made.

    Raises:
        InputError: others may write to it.
    """
    chosen = os.environ.get("THREATSIM_CACHE")
    folder = Path(chosen).expanduser() if chosen else user_cache_path("threatsim")
    with contextlib.suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_own(folder)
    return folder


def _check_own(folder: Path) -> None:
    """Refuse a folder that another user owns or may write to: outcomes in it would decide figures."""
    if not hasattr(os, "geteuid"):
        return
    try:
        status = folder.stat()
    except OSError:
        return
    what = ""
    if status.st_uid != os.geteuid():
        what = "belongs to another user"
    elif status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        what = f"may be written to by others (mode {stat.S_IMODE(status.st_mode):04o})"
    if what:
        raise InputError(
            f"the cache folder {what}, and what lies in it would decide the figures",
            given=str(folder),
            location=str(folder),
            hint=f"chmod go-w {folder}, or name a folder of your own in THREATSIM_CACHE.",
        )
