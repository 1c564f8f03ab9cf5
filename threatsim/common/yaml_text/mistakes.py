"""What is wrong in a YAML file and how it is shown: place, what was found, what is allowed, a hint."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from threatsim.common.errors import InputError

SHOWN_IN_FULL = 5
SHOWN = 15
_WIDTH = 96
KeyPath = tuple[str | int, ...]
"""Keys and list indices from the top of a file down to a value."""
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")


@dataclass(frozen=True, eq=False, repr=False)
class SourceFile:
    """A file that part of a scenario was read from: its path and its text."""

    path: Path
    text: str


class Place(NamedTuple):
    """A place in a text: line and column count from 1, `length` is in characters.

    `file` is None in the file that was requested, and names the one that it extends or refers to otherwise.
    """

    line: int
    column: int
    length: int = 1
    file: SourceFile | None = None

    def within(self, path: Path) -> str:
        """Return `file:line:column`, for a place in `path` or in a file of its own."""
        return f"{self.file.path if self.file else path}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Mistake:
    """One mistake.

    Attributes:
        text: what was found and what is allowed.
        place: where in the file, or None where it is not in the file.
        hint: what to try, or empty.
        origin: what stands for the place where there is none, such as `override seed`.
    """

    text: str
    place: Place | None = None
    hint: str = ""
    origin: str = ""


class TextError(InputError):
    """All mistakes of a YAML file in one message; `problems` has them one by one."""

    def __init__(self, problems: Sequence[Mistake], path: Path, text: str) -> None:
        ordered = sorted(dict.fromkeys(problems), key=_order)
        self.problems = tuple(ordered)
        if len(ordered) == 1:
            only = ordered[0]
            super().__init__(
                only.text,
                given=str(path),
                hint=only.hint or None,
                location=_location(only, path),
                excerpt=_excerpt(only.place, text),
            )
        else:
            super().__init__(_listing(ordered, path, text), given=str(path), location=str(path))


def lines_of(text: str) -> list[str]:
    """Return the lines of a text as YAML counts them."""
    return _BREAK.split(text)


def excerpt(text: str, place: Place) -> str:
    """Return the source line of a place, with carets under it; a long line is cut around the place."""
    lines = lines_of(text)
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    line = "".join(character if character.isprintable() else " " for character in line)
    start = max(0, place.column - _WIDTH // 2) if len(line) > _WIDTH else 0
    shown = line[start : start + _WIDTH].rstrip()
    indent = place.column - 1 - start
    number = f"{place.line:5d} | "
    carets = "^" * max(1, min(place.length, len(shown) - indent))
    return f"{number}{shown}\n{' ' * (len(number) - 2)}| {' ' * indent}{carets}"


def _order(problem: Mistake) -> tuple[str, int, int]:
    """Return the order: first the file that was requested, from its top to its bottom; then those that it extends."""
    place = problem.place or Place(0, 0)
    return str(place.file.path) if place.file else "", place.line, place.column


def _excerpt(place: Place | None, text: str) -> str | None:
    return excerpt(place.file.text if place.file else text, place) if place else None


def _location(problem: Mistake, path: Path) -> str:
    if problem.place:
        return problem.place.within(path)
    return f"{path}: {problem.origin}" if problem.origin else str(path)


def _short(problem: Mistake) -> str:
    """Return the nearest name or the right spelling, where the hint has one, for a line."""
    found = re.match(r"Did you mean '[^']*'\?|Write .{1,60}\Z", problem.hint)
    return f". {found[0]}" if found else ""


def _listing(problems: Sequence[Mistake], path: Path, text: str) -> str:
    """Return at most about a screenful: the first few in full, some more in a line each, the rest counted."""
    parts = [f"{len(problems)} mistakes"]
    for problem in problems[:SHOWN_IN_FULL]:
        lines = [f"{_location(problem, path)}: {problem.text}"]
        if shown := _excerpt(problem.place, text):
            lines.append(shown)
        if problem.hint:
            lines.append(problem.hint)
        parts.append("\n".join(lines))
    brief = [
        f"{_location(problem, path)}: {problem.text}{_short(problem)}" for problem in problems[SHOWN_IN_FULL:SHOWN]
    ]
    if len(problems) > SHOWN:
        brief.append(f"and {len(problems) - SHOWN} more; mend these first.")
    return "\n\n".join(parts + (["\n".join(brief)] if brief else []))
