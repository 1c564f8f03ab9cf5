"""Columns of numbers as short texts, so that a scenario of thousands of practices stays one that can be read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby

_ENTRY = re.compile(r"(\d+(?:\.\d+)?(?:e-?\d+)?)(?:\*(\d{1,6}))?")
MOST = 200_000
"""Most numbers of a column."""


def column_text(numbers: Sequence[float]) -> str:
    """Return numbers with blanks between; `12*3` stands for three of 12."""
    parts = []
    for number, run in groupby(numbers):
        count = sum(1 for _ in run)
        shortest = repr(int(number)) if float(number).is_integer() else repr(float(number))
        parts.append(shortest if count == 1 else f"{shortest}*{count}")
    return " ".join(parts)


@lru_cache(maxsize=64)
def numbers_in(text: str) -> tuple[float, ...]:
    """Return the numbers that `column_text` wrote.

    Raises:
        ValueError: it is no such text, or has too many numbers.
    """
    found: list[float] = []
    for part in text.split():
        match = _ENTRY.fullmatch(part)
        if not match:
            raise ValueError(f"'{part[:40]}' is no number, nor one with a count, as 12*3")
        found += [float(match[1])] * int(match[2] or 1)
        if len(found) > MOST:
            raise ValueError(f"it has more than {MOST:,} numbers")
    return tuple(found)
