"""The folder of finished markets: it outlasts a stop and a failure, and goes with a refusal."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from threatsim.common.errors import InputError


@contextlib.contextmanager
def gone_if_refused(folder: Path) -> Iterator[None]:
    """Remove a folder, and those above it that were not there either, if what is done within is refused.

    A folder that was there before stays as it is: an earlier calibration may go on from it.

    Args:
        folder: where markets are kept.
    """
    begun = [one for one in (folder, *folder.parents) if not one.exists()]
    try:
        yield
    except InputError:
        if folder in begun:
            shutil.rmtree(folder, ignore_errors=True)
            with contextlib.suppress(OSError):  # one that holds something else by now stays
                for one in begun[1:]:
                    one.rmdir()
        raise
