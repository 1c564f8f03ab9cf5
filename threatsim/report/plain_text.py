"""Text of others as text: without what acts on a terminal, for tables, lines and JSON alike."""

from __future__ import annotations

import re
from typing import Final

_ACTING: Final = re.compile(
    # Control characters but line breaks and tabs, halves of surrogate pairs, and what turns the direction of text.
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


def visible(text: str) -> str:
    """Return text without what acts on a terminal."""
    return _ACTING.sub("", text)


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
    return "".join(escape(c) if not c.isascii() and (_ACTING.match(c) or lacks(c)) else c for c in text)
