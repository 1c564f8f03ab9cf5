"""Text of others as text: without what acts on a terminal, for tables, lines and JSON alike."""

from __future__ import annotations

import unicodedata
from typing import Final

_DIRECTION: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def visible(text: str) -> str:
    """Return text without what acts on a terminal: control characters but line breaks and tabs, direction overrides."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c for c in text if c in "\n\t" or not _acts(c))


def _acts(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs"} or character in _DIRECTION


def escaped_json(text: str, encoding: str) -> str:
    """Return JSON text in which whatever acts on a terminal, or is not in an encoding, is escaped as JSON has it."""

    def escape(character: str) -> str:
        units = character.encode("utf-16-be", "surrogatepass")
        return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))

    def lacks(character: str) -> bool:
        try:
            character.encode(encoding)
        except UnicodeEncodeError:
            return True
        return False

    if text.isascii():
        return text
    return "".join(escape(c) if not c.isascii() and (_acts(c) or lacks(c)) else c for c in text)
