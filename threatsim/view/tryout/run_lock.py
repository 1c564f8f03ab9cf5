"""One run at a time into a folder, whoever started it: a lock that ends with the process that holds it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from threatsim.common.errors import ThreatsimError

try:
    import fcntl
except ImportError:  # Windows: each viewer then runs one at a time by itself
    fcntl = None  # type: ignore[assignment]

LOCK: Final = ".try.lock"


@contextmanager
def alone(folder: Path) -> Iterator[bool]:
    """Yield whether nobody else is inside a block of this folder; does not wait.

    Raises:
        ThreatsimError: the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / LOCK).open("w")
    except OSError as error:
        raise ThreatsimError(f"cannot be written: {error.strerror or error}", location=str(folder)) from None
    with file:
        if fcntl is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            except OSError:  # a file system without locks
                pass
        yield True
