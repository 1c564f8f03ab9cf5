"""The nearest valid name to a misspelt one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, allowed: Iterable[str]) -> str | None:
    """The allowed name that `name` was probably meant to be, or None."""
    close = difflib.get_close_matches(name, list(allowed), n=1, cutoff=0.6)
    return close[0] if close else None


def did_you_mean(name: str, allowed: Iterable[str], *, found: str = "Did you mean") -> str:
    """A sentence naming the nearest allowed name, or an empty string."""
    close = nearest(name, allowed)
    return f"{found} '{close}'{'?' if found == 'Did you mean' else '.'}" if close else ""
