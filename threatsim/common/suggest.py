"""The nearest valid name to a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

_LEAST: Final = 5
"""Letters below which a word of one's own is as likely as a slip."""
_LONG: Final = 8


def nearest(name: object, names: Iterable[str]) -> str | None:
    """Return the valid name that `name` most resembles, or None if it resembles none."""
    valid = {_plain(valid_name): valid_name for valid_name in names}
    close = get_close_matches(_plain(str(name)), valid, n=1, cutoff=0.6)
    return valid[close[0]] if close else None


def did_you_mean(name: object, names: Iterable[str], *, found: str = "Did you mean") -> str:
    """Return a sentence naming the nearest valid name, or an empty string if `name` resembles none."""
    close = nearest(name, names)
    return f"{found} '{close}'{'?' if found == 'Did you mean' else '.'}" if close else ""


def slip_of(word: str, words: Iterable[str]) -> str | None:
    """Return the word of which `word` is one slip away: a letter too many or too few, or two changed round.

    Another letter in place of one is a slip in a long word alone: dental is not denial.
    """
    plain = _plain(word)
    if len(plain) < _LEAST:
        return None
    for other in words:
        known = _plain(other)
        longer, shorter = sorted((plain, known), key=len, reverse=True)
        if len(longer) == len(shorter) + 1:
            if any(longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer))):
                return other
        elif len(longer) == len(shorter):
            wrong = [place for place in range(len(plain)) if plain[place] != known[place]]
            round_about = len(wrong) == 2 and wrong[1] == wrong[0] + 1 and sorted(plain) == sorted(known)
            if round_about or (len(wrong) == 1 and len(plain) >= _LONG):
                return other
    return None


def _plain(name: str) -> str:
    return name.lower().replace("-", "_")
