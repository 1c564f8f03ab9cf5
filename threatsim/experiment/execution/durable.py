"""Files that are whole and lasting or not there: written aside, synced, renamed, the folder synced, checksummed."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from threatsim.common import files
from threatsim.common.errors import ThreatsimError

try:
    import fcntl
except ImportError:  # Windows has no such locks; two runs on one folder are then the user's own affair
    fcntl = None  # type: ignore[assignment]

_SUM = ".sha256"


def keep(path: Path, data: bytes) -> None:
    """Write a file and, in a line beside it, its checksum; when this returns, both outlast a loss of power.

    The line comes first: a file without one is not believed.

    Raises:
        ThreatsimError: it cannot be written.
    """
    try:
        files.write_bytes(sum_of(path), f"{hashlib.sha256(data).hexdigest()}  {path.name}\n".encode())
        files.write_bytes(path, data)
        sync_folder(path.parent)
    except OSError as error:
        raise unwritable(path.parent, error) from error


def sum_of(path: Path) -> Path:
    """Return the file that holds a file's checksum, in the form of `sha256sum`."""
    return path.with_name(path.name + _SUM)


def unwritable(folder: Path, error: OSError) -> ThreatsimError:
    """Return what is told where finished replicates cannot be kept."""
    return ThreatsimError(f"cannot keep finished replicates: {error.strerror or error}", location=str(folder))


def sound(path: Path) -> bool:
    """Return whether a kept file is there and has one of the checksums beside it."""
    try:
        told = {line.split()[0] for line in files.read_foreign(sum_of(path), "checksum").decode().splitlines() if line}
        return digest_of(path) in told
    except (OSError, ValueError, IndexError, ThreatsimError):
        return False


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file.

    Raises:
        ThreatsimError: it is no regular file, or larger than any that is kept.
        OSError: it cannot be read.
    """
    with files.open_foreign(path, "kept figures") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def put(aside: Path, path: Path) -> None:
    """Put a finished and synced file in the place of another, with its checksum.

    In between both checksums stand beside it: whichever file a kill leaves is believed.

    Raises:
        OSError: it cannot be put there.
    """
    new = f"{digest_of(aside)}  {path.name}\n"
    old = f"{digest_of(path)}  {path.name}\n" if sound(path) else ""
    files.write_bytes(sum_of(path), (old + new).encode())
    aside.replace(path)
    sync_folder(path.parent)
    files.write_bytes(sum_of(path), new.encode())


def discard(path: Path) -> None:
    """Remove a kept file and its checksum; what cannot be removed is left."""
    for one in (path, sum_of(path)):
        with contextlib.suppress(OSError):
            one.unlink()


def sync_folder(folder: Path) -> None:
    """Make the names of a folder last; systems that cannot open one keep them by themselves."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Wait until no other process is inside a block of this folder, as far as its file system can tell."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as file:
        if fcntl is not None:
            with contextlib.suppress(OSError):  # a file system without locks
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


_RUNNING = ".running"


@contextlib.contextmanager
def while_running(folder: Path) -> Iterator[None]:
    """Say until the end of the block, as far as the file system can, that a run is on in a folder; several may be."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            file = stack.enter_context((folder / _RUNNING).open("a"))
            if fcntl is not None:
                fcntl.flock(file, fcntl.LOCK_SH)
        yield


ALSO_RUNNING = "note: another process is at this very run; both write the same report, so one of them is enough."
"""What is told of a run that was started twice."""


def running_here(folder: Path) -> bool | None:
    """Return whether a run is on in a folder; None where the system cannot tell."""
    if fcntl is None:
        return None
    try:
        with (folder / _RUNNING).open("r") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    except OSError:
        return None
    return False
