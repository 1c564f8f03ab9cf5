"""Asking something of many files: a few at a time, in order, and never many ahead of whoever takes the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_Asked = TypeVar("_Asked")
_Answer = TypeVar("_Answer")
_AT_ONCE = 4
"""Pictures decoded at a time: decoded, one may be a hundred times as large as what is kept of it."""
_AHEAD = 64
"""Answers that may wait to be taken."""


def answers(asked: Sequence[_Asked], of: Callable[[_Asked], _Answer]) -> Iterator[_Answer]:
    """Give the answers of `of` to each, in order; what it raises is raised in its place."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for start in range(0, len(asked), _AHEAD):
            yield from pool.map(of, asked[start : start + _AHEAD])
