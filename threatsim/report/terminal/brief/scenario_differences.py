"""What two scenarios say differently, folded: a line a difference, one for what only one of them has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from threatsim.experiment.figures.input_differences import InputDifference, is_part_of_number
from threatsim.report.terminal.showing import Name
from threatsim.report.words import comparison_words as say
from threatsim.report.words.numbers import count, printable

SHOWN: Final = 24
"""Lines of differences; the rest is counted by section."""
_LEAST: Final = 2
"""Lines that a section has before others have more."""
_CELL: Final = 48
_GAP: Final = 2


class _Line(NamedTuple):
    """A difference, or all differences below a place that only one scenario has."""

    path: str
    left: str
    right: str


def folded(
    rows: Sequence[InputDifference], left: Mapping[str, Any], right: Mapping[str, Any], width: int
) -> Iterator[RenderableType]:
    """Yield the differences of two scenarios, section by section.

    Args:
        rows: all of them.
        left, right: the scenarios as plain data.
        width: columns of the terminal.
    """
    sections = {
        name: list(_lines([item for _, item in items], left, right)) for name, items in say.grouped(tuple(rows)).items()
    }
    room = _shares({name: len(lines) for name, lines in sections.items()})
    grid = Table.grid(padding=(0, _GAP, 0, 0))
    column = width // 3
    for each in (width - 2 * column, column, column):
        grid.add_column(width=each - _GAP, overflow="fold")
    grid.add_row("", Text("- first", style="red"), Text("+ second", style="green"))
    for name, lines in sections.items():
        grid.add_row(Text(printable(name), style="bold cyan"))
        for line in lines[: room[name]]:
            grid.add_row(
                Padding(Name(line.path), (0, 0, 0, 1)), Text(line.left, style="red"), Text(line.right, style="green")
            )
        if len(lines) > room[name]:
            grid.add_row(Text(f" and {count(len(lines) - room[name])} more", style="dim"))
    yield grid


def _shares(lengths: Mapping[str, int]) -> dict[str, int]:
    """Return how many lines of each section are shown: a few of each, then what is left in their order."""
    shown = {name: min(length, _LEAST) for name, length in lengths.items()}
    left = SHOWN - sum(shown.values())
    for name, length in lengths.items():
        more = max(0, min(left, length - shown[name]))
        shown[name] += more
        left -= more
    return shown


def _lines(rows: Sequence[InputDifference], left: Mapping[str, Any], right: Mapping[str, Any]) -> Iterator[_Line]:
    """Yield a line a difference; what a number says beside its value is told with it, or alone where that is all."""
    changed = {row.path for row in rows}
    rows = [row for row in rows if not (is_part_of_number(row.path) and row.path.rpartition(".")[0] in changed)]
    places = [_only_in_one(row.path, left, right) for row in rows]
    told = Counter(place for place in places if place is not None)
    seen: set[str] = set()
    for row, place in zip(rows, places, strict=True):
        if place is None:
            yield _Line(_short(row.path), *(_cell(value) for value in (row.left, row.right)))
        elif place not in seen:
            seen.add(place)
            there = _cell(row.left if row.right is None else row.right)
            if row.path != place:
                there = f"has it ({count(told[place])} values)" if told[place] > 1 else "has it"
            yield _Line(_short(place), *((there, "") if row.right is None else ("", there)))


def _cell(value: object) -> str:
    return "" if value is None else say.cut(say.given(value), _CELL)


def _short(path: str) -> str:
    """Return a path without its section, which stands above it."""
    head, _, rest = path.partition(".")
    return printable(rest or head)


def _only_in_one(path: str, left: Mapping[str, Any], right: Mapping[str, Any]) -> str | None:
    """Return the outermost place on the way to a path that only one scenario has; None if both have it."""
    one: Any = left
    other: Any = right
    walked: list[str] = []
    for step in path.split("."):
        walked.append(step)
        one, other = _below(one, step), _below(other, step)
        if one is None or other is None:
            return None if one is other else ".".join(walked)
    return None


def _below(value: Any, step: str) -> Any:
    """Return what is at a step: of a mapping by its key, of a list of named entries by name."""
    if isinstance(value, Mapping):
        return value.get(step)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return next((item for item in value if isinstance(item, Mapping) and item.get("name") == step), None)
    return None
