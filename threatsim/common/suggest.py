"""The nearest valid name to a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: object, names: Iterable[str]) -> str | None:
    """Return the valid name that `name` most resembles, or None if it resembles none."""
    valid = {_plain(valid_name): valid_name for valid_name in names}
    close = get_close_matches(_plain(str(name)), valid, n=1, cutoff=0.6)
    return valid[close[0]] if close else None


def did_you_mean(name: object, names: Iterable[str], *, found: str = "Did you mean") -> str:
    """Return a sentence naming the nearest valid name, or an empty string if `name` resembles none."""
    close = nearest(name, names)
    return f"{found} '{close}'{'?' if found == 'Did you mean' else '.'}" if close else ""


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")
