"""Options that several functions of the public face take, and what is refused of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

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
        InputError: it is no whole number, or below 1.
    """
    if given is not None and not isinstance(given, int):
        raise InputError(f"workers is {given!r}; wanted is a whole number, or None", given=str(given))
    if given is not None and given < 1:
        raise InputError(f"workers is {given}; allowed is at least 1", given=str(given))
    return available_workers() if given is None else given


def mapping_of(given: Mapping[str, Any] | None, name: str) -> Mapping[str, Any]:
    """Return values by their paths, none if None.

    Args:
        given: dotted path -> value.
        name: what a message calls it.

    Raises:
        InputError: it is no mapping, or a key of it is no text.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        text = f'{name}: wanted is a mapping, as in {{"weeks": 26}}, not a {type(given).__name__}'
        raise InputError(text, given=name)
    for key in given:
        if not isinstance(key, str):
            raise InputError(f"{name}: the key {key!r} is not text, as every path is", given=name)
    return given


def texts_of(given: str | Sequence[str], name: str) -> tuple[str, ...]:
    """Return texts that are given alone or as several.

    Args:
        given: a text, or a sequence of them.
        name: what a message calls it.

    Raises:
        InputError: it is neither.
    """
    found = (given,) if isinstance(given, str) else given
    if not isinstance(found, Sequence) or not all(isinstance(one, str) for one in found):
        raise InputError(f"{name}: wanted is text, or several, not {given!r}", given=name)
    return tuple(found)
