"""Files: what is written is wholly there or not at all; what others made is read within bounds.

`open_foreign` is the one door for files of others, and `read_foreign` reads one whole: no pipe, device or folder can
hang or fill it, and no file is read further than the bound of its kind.
"""

from __future__ import annotations

import contextlib
import functools
import os
import stat
import tempfile
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

from threatsim.common.errors import InputError

MEGABYTE = 1_000_000
BOUNDS = {
    "key": MEGABYTE // 10,
    "signature": MEGABYTE // 10,
    "label": MEGABYTE // 10,
    "scenario": MEGABYTE,
    "file of moments": MEGABYTE,
    "classifier card": MEGABYTE,
    "list of a report's files": 16 * MEGABYTE,
    "run record": 64 * MEGABYTE,
    "file of figures": 64 * MEGABYTE,
    "table of fee indices": 4 * MEGABYTE,
    "table of labels": 64 * MEGABYTE,
    "population file": 128 * MEGABYTE,
    "list of exclusions": 128 * MEGABYTE,
    "picture": 256 * MEGABYTE,
    "table of outcomes": 512 * MEGABYTE,
    "file of weights": 2_000 * MEGABYTE,
    "file of services": 16_000 * MEGABYTE,
    "checksum": MEGABYTE // 10,
    "plan": 128 * MEGABYTE,
    "shard": 128 * MEGABYTE,
    "state of a run": 128 * MEGABYTE,
    "file of a plan": 512 * MEGABYTE,
    "replicate": 512 * MEGABYTE,
    "file of a report": 16_000 * MEGABYTE,
    "kept figures": 16_000 * MEGABYTE,
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
    with open_foreign(path, what, within=within) as file:
        try:
            data = file.read(BOUNDS[what] + 1)
        except OSError as error:
            raise _refused(path, what, f"cannot be read: {error.strerror or error}") from None
    if len(data) > BOUNDS[what]:
        raise _too_large(path, what)
    return data


@contextlib.contextmanager
def open_foreign(path: Path, what: str, *, within: Path | None = None) -> Iterator[BufferedReader]:
    """Open a file that somebody else may have made, to be read piece by piece; arguments and errors as `read_foreign`.

    Raises:
        FileNotFoundError: it is not there.
        InputError: it is no regular file, lies outside the folder, is larger than its kind may be, or cannot be opened.
    """
    try:
        if within is not None and not path.resolve().is_relative_to(within.resolve()):
            raise _refused(path, what, f"is a link to a file outside {within}")
        # Not blocking: to open a pipe that nobody writes to would wait for ever. Asked of what was opened, not of
        # the name, which may lead elsewhere a moment later.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        file = os.fdopen(handle, "rb")
        status = os.fstat(file.fileno())
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise _refused(path, what, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    with file:
        if not stat.S_ISREG(status.st_mode):
            raise _refused(path, what, "is a pipe, a device or a folder, not a file")
        if status.st_size > BOUNDS[what]:
            raise _too_large(path, what)
        yield file


def _refused(path: Path, what: str, text: str) -> InputError:
    return InputError(f"the {what} {text}", given=str(path), location=str(path))


def _too_large(path: Path, what: str) -> InputError:
    return _refused(path, what, f"is larger than {BOUNDS[what]:,} bytes, the most that is read of one")


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
