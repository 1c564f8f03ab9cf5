"""How many processes a machine can hold: wanting more than that is no mistake, and results do not depend on it."""

from __future__ import annotations

import os
from typing import Final

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None  # type: ignore[assignment]

MEMORY_EACH: Final = 100_000_000
"""Bytes that a worker is taken to need: forked ones share most, those that start anew do not."""
FILES_EACH: Final = 8
"""Files, pipes above all, that this process holds open for each worker."""
_OWN_FILES: Final = 128
"""Files that this process holds open beside them, at most."""


def most_workers() -> int:
    """Return how many worker processes fit this machine: its memory, and the files that a process may open.

    The limit of files is raised as far as the system lets this process, since it is often set for a few dozen only.
    """
    by_memory = _memory() // MEMORY_EACH
    return max(1, min(by_memory, (_files(FILES_EACH * by_memory + _OWN_FILES) - _OWN_FILES) // FILES_EACH))


def _memory() -> int:
    """Return the machine's memory in bytes; where it is not told, that of a machine of our days."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 16 * 2**30


def _files(wanted: int) -> int:
    """Return how many files this process may hold open, after asking for as many as are wanted."""
    if resource is None:
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    raised = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    except (ValueError, OSError):  # macOS has another limit, which is not told
        return soft
    return raised
