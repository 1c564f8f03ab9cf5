"""Options that several functions of the public face take: who is told of progress, and how many processes work."""

from __future__ import annotations

from threatsim.common.errors import InputError
from threatsim.common.progress import Progress
from threatsim.experiment.replicates import available_workers
from threatsim.report.terminal.progress_bars import TerminalProgress


def progress_of(given: bool | Progress) -> Progress:
    """Return who is told how far long work is.

    Args:
        given: False prints nothing; True shows bars on stderr; or what is told of each stage itself.
    """
    if not isinstance(given, bool):
        return given

    from threatsim.report.terminal.safe_console import SafeConsole

    return TerminalProgress(SafeConsole(stderr=True), quiet=not given)


def workers_of(given: int | None) -> int:
    """Return the number of processes: as many as there are processors if None.

    Raises:
        InputError: it is below 1.
    """
    if given is not None and given < 1:
        raise InputError(f"workers is {given}; allowed is at least 1", given=str(given))
    return available_workers() if given is None else given
