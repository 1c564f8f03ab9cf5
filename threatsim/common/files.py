"""Files: what is written is wholly there or not at all; what others made is read within bounds.

`read_foreign` is the one door for files of others: no pipe, device or folder can hang or fill it, and no file is read
further than the bound of its kind.
"""

from __future__ import annotations

import contextlib
import functools
import os
import stat
import tempfile
from pathlib import Path

from threatsim.common.errors import InputError

MEGABYTE = 1_000_000
BOUNDS = {
    "key": MEGABYTE // 10,
    "signature": MEGABYTE // 10,
    "scenario": MEGABYTE,
    "file of moments": MEGABYTE,
    "classifier card": MEGABYTE,
    "list of a report's files": 16 * MEGABYTE,
    "run record": 64 * MEGABYTE,
    "file of figures": 64 * MEGABYTE,
    "table of labels": 64 * MEGABYTE,
    "picture": 256 * MEGABYTE,
    "table of outcomes": 512 * MEGABYTE,
    "file of weights": 2_000 * MEGABYTE,
}
"""Kind of file -> the most bytes of it that are read."""


def read_foreign(path: Path, what: str, *, within: Path | None = None) -> bytes:
    """Read a file that somebody else may have made.

    Args:
        path: the file; a link is followed.
        what: its kind, one of `BOUNDS`.
        within: a folder that the file must lie in when links are followed; None for none.

    Raises:
        FileNotFoundError: it is not there.
        InputError: it is no regular file, lies outside the folder, is larger than its kind may be, or cannot be read.
    """

    def refused(text: str) -> InputError:
        return InputError(f"the {what} {text}", given=str(path), location=str(path))

    try:
        if within is not None and not path.resolve().is_relative_to(within.resolve()):
            raise refused(f"is a link to a file outside {within}")
        # Not blocking: to open a pipe that nobody writes to would wait for ever. Asked of what was opened, not of
        # the name, which may lead elsewhere a moment later.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise refused("is a pipe, a device or a folder, not a file")
            bound = BOUNDS[what]
            data = file.read(bound + 1) if status.st_size <= bound else b""
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise refused(f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > bound or status.st_size > bound:
        raise refused(f"is larger than {bound:,} bytes, the most that is read of one")
    return data


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file through a temporary sibling, renamed into place; readers never see half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(name).unlink()
        raise


@functools.cache
def _umask() -> int:
    """Return what the user takes from the mode of new files; a temporary file is made without regard to it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def write_text(path: Path, text: str) -> None:
    """Write text in UTF-8 by `write_bytes`."""
    write_bytes(path, text.encode())
