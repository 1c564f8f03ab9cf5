"""The values of a path: in words, and their place in its range."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from threatsim.common.arithmetic.portable import log
from threatsim.questions.sweep.findings import VariedPath
from threatsim.report.words import numbers


def in_short(value: Any) -> str:
    """Return a value of a path: a number to three digits, a word as it is."""
    if not _is_number(value):
        return numbers.printable(str(value))
    return numbers.number(float(value))


def each_in_short(values: Sequence[Any]) -> list[str]:
    """Return values to three digits, or in full where two would read the same."""
    short = [in_short(value) for value in values]
    return short if len(set(short)) == len(short) else [numbers.printable(str(value)) for value in values]


def numeric(values: Sequence[Any]) -> bool:
    """Return whether a path takes numbers."""
    return all(_is_number(value) for value in values)


def short_path(path: str) -> str:
    """Return the last two names of a path."""
    return ".".join(path.split(".")[-2:])


def titled(varied: VariedPath) -> str:
    """Return a path with its unit."""
    return f"{varied.path}{f', {varied.unit}' if varied.unit else ''}"


def place_of(value: Any, values: Sequence[Any], *, logarithmic: bool) -> float:
    """Return where a value lies among those of a path, from 0 to 1; of words by their order.

    Args:
        value: the value.
        values: of the path, or the ends of its range.
        logarithmic: whether equal steps are equal quotients.
    """
    if not numeric(values):
        return list(values).index(value) / max(1, len(values) - 1)
    low, high, at = (float(one) for one in (min(values), max(values), value))
    if logarithmic and low > 0:
        low, high, at = (float(one) for one in log([low, high, at]))
    return (at - low) / (high - low) if high > low else 0.5


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
