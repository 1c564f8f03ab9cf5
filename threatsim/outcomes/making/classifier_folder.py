"""A classifier's folder is filled only when all of it is made."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from threatsim.common.errors import InputError, ThreatsimError


@contextmanager
def filled_when_done(destination: Path, last: str) -> Iterator[Path]:
    """Yield a folder to work in, whose files go to `destination` at the end; if the work fails, nothing changes there.

    It lies beside the destination and is made before the work, so that an unusable place is known at once.

    Args:
        destination: the folder to fill; other files of one that exists stay.
        last: the file that is moved last, so that where it stands the others do.

    Raises:
        InputError: the destination is a file.
        ThreatsimError: nothing can be written beside it.
    """
    if destination.exists() and not destination.is_dir():
        place = str(destination)
        raise InputError("this is a file, so no classifier can be written there", given=place, location=place)
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(dir=destination.parent, prefix=f".{destination.name}."))
    except OSError as error:
        raise ThreatsimError(
            f"the classifier cannot be written there: {error.strerror or error}",
            location=str(destination),
            hint="Name another folder with --out, or another cache with THREATSIM_CACHE.",
        ) from error
    try:
        yield work
        if destination.exists():
            for file in sorted(work.iterdir(), key=lambda file: file.name == last):
                file.replace(destination / file.name)
        else:
            work.chmod(0o755)
            work.rename(destination)
    finally:
        shutil.rmtree(work, ignore_errors=True)
