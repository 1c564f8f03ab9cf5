"""Words of a command as a shell takes them."""

from __future__ import annotations

import re
import shlex
from typing import Final

_PLAIN: Final = re.compile(r"[A-Za-z0-9_./+-][A-Za-z0-9_./:+=-]*")
"""What no shell reads as anything else; `*`, `,`, blanks and a leading `=` are something to one or another."""
_EXPANDED: Final = frozenset('"$`!\\')


def quoted(word: object) -> str:
    """Return a word in the quotes that bash, zsh and PowerShell want around it; as it is where they want none."""
    text = str(word)
    if _PLAIN.fullmatch(text):
        return text
    if "'" not in text:
        return f"'{text}'"
    return shlex.quote(text) if _EXPANDED & set(text) else f'"{text}"'
