"""Three reports or more, held against the first of them on one screen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from threatsim.experiment.figures.comparison import Against, Comparison
from threatsim.experiment.figures.input_differences import InputDifference, is_part_of_number
from threatsim.report.terminal.brief.differences import brief_outcomes, outcomes_of_all
from threatsim.report.terminal.showing import Name, heading
from threatsim.report.words import comparison_words as say
from threatsim.report.words import numbers
from threatsim.scenario.schema import TOLD

SCREEN: Final = 60
"""Lines that a comparison may have; with more to say, it says less of each report."""
_GAP: Final = 2
_NARROWEST: Final = 8


class _Room(NamedTuple):
    """How much is said of each report."""

    inputs: int
    """Rows of the table of inputs."""
    every_sentence: bool
    arms: int | None
    """Pairs of arms in the table of figures; None for a table a report, with its intervals."""
    alone: bool
    """Whether arms without a partner are named, not counted."""


_ROOMS: Final = (
    _Room(8, True, None, True),
    _Room(8, False, 8, True),
    _Room(6, False, 4, True),
    _Room(4, False, 2, True),
    _Room(4, False, 2, False),
    _Room(3, False, 1, False),
    _Room(0, False, 1, False),
)
"""From the most to the least; the first that fits a screen is taken, else the last."""


def sections_of_several(
    comparison: Comparison, width: int, lines_of: Callable[[RenderableType], int]
) -> list[RenderableType]:
    """Return the parts of the comparison, as much of each as fits a screen.

    Args:
        comparison: of the reference and two others or more.
        width: columns of the terminal.
        lines_of: how many lines a part takes there.
    """
    parts: list[RenderableType] = []
    for room in _ROOMS:
        parts = list(_sections(comparison, width, room))
        if sum(map(lines_of, parts)) <= SCREEN:
            break
    return parts


def _sections(comparison: Comparison, width: int, room: _Room) -> Iterator[RenderableType]:
    yield from _headers(comparison)
    yield Text()
    yield heading("In short")
    sentences = say.summary(comparison) if room.every_sentence else say.folded_summary(comparison, 0)[0]
    yield from map(Text, sentences)
    yield from map(Text, _alone(comparison, named=room.alone))

    yield Text()
    yield heading("What went in differently")
    yield from _inputs(comparison, width, room.inputs)
    differing = [other for other in comparison.others if not other.identical]
    if not differing:
        return
    yield Text()
    yield heading("What came out differently")
    if room.arms is None:
        for other in differing:
            yield from brief_outcomes(comparison, other, width)
    else:
        yield from outcomes_of_all(comparison, differing, width, room.arms)
    yield Text("Every figure with its intervals: --details.", style="dim")


def _headers(comparison: Comparison) -> Iterator[RenderableType]:
    """Yield what each report is, and once how those that are paired alike are paired."""
    yield Text(f"{comparison.key}  {numbers.printable(comparison.reference)} (reference)", style="bold")
    if asked := say.asked(comparison.overridden):
        yield Padding(Text(asked), (0, 0, 0, 3))
    alike: dict[str, list[str]] = {}
    for other in comparison.others:
        yield Text(f"{other.key}  {numbers.printable(other.name)}", style="bold")
        if asked := say.asked(other.overridden):
            yield Padding(Text(asked), (0, 0, 0, 3))
        alike.setdefault(say.pairing(other), []).append(other.key)
    for sentence, keys in alike.items():
        yield Text(f"{numbers.listed(keys)}: {sentence[:1].lower()}{sentence[1:]}")


def _alone(comparison: Comparison, *, named: bool) -> Iterator[str]:
    """Yield which arms nothing was held against; what is the same beside every report is said once."""
    sides = {other.alone_reference for other in comparison.others}
    same = len(sides) == 1
    held = [
        (where, titles)
        for other in comparison.others
        for where, titles in (
            (f"{comparison.key}, beside {other.key}", () if same else other.alone_reference),
            (other.key, other.alone),
        )
    ]
    held.append((comparison.key, sides.pop() if same else ()))
    told = [(where, titles) for where, titles in held if titles]
    if named:
        for where, titles in told:
            yield f"Only in {where}: {numbers.listed([numbers.printable(title) for title in titles])}."
    elif told:
        counts = [f"{numbers.count(len(titles))} in {where}" for where, titles in told]
        yield f"Arms without a partner: {'; '.join(counts)}."


def _inputs(comparison: Comparison, width: int, most: int) -> Iterator[RenderableType]:
    """Yield what went in differently: a row an input, a column a report; what differs in most reports comes first."""
    for other in comparison.others:
        if not other.inputs:
            yield Text(f"{other.key}  {say.NO_INPUTS}")
    others = [other for other in comparison.others if other.inputs]
    if not others:
        return
    by_path = [{item.path: item for item in other.inputs} for other in others]
    rows = _rows(by_path)[:most]
    if rows:
        yield _table(comparison.key, others, rows, width)
    shown = {path for path, _ in rows}
    left_out = [
        f"{numbers.count(len(items.keys() - shown))} of {other.key}"
        for other, items in zip(others, by_path, strict=True)
        if items.keys() - shown
    ]
    if left_out:
        yield Text(
            f"{'And more' if rows else 'Inputs'}: {numbers.listed(left_out)}; --json and --html list all.", "dim"
        )


def _rows(by_path: Sequence[dict[str, InputDifference]]) -> list[tuple[str, list[InputDifference | None]]]:
    """Return path -> what each report has there, None where it has what the reference has."""
    first = {path: item for items in reversed(by_path) for path, item in items.items()}
    ordered = [
        ((item.path not in TOLD) + say.is_policy(section), item.path)
        for section, items in say.grouped(tuple(first.values())).items()
        for _, item in items
        if not (is_part_of_number(item.path) and item.path.rpartition(".")[0] in first)
    ]
    ordered.sort(key=lambda found: (-found[0], -sum(found[1] in items for items in by_path)))
    return [(path, [items.get(path) for items in by_path]) for _, path in ordered]


def _table(
    key: str, others: Sequence[Against], rows: Sequence[tuple[str, list[InputDifference | None]]], width: int
) -> Table:
    column = max(_NARROWEST, (width * 3 // 5) // (len(others) + 1))
    grid = Table.grid(padding=(0, _GAP, 0, 0))
    for each in (width - column * (len(others) + 1), *([column] * (len(others) + 1))):
        grid.add_column(width=each - _GAP, overflow="fold")
    grid.add_row(f"=: as in {key}", key, *(other.key for other in others), style="bold")
    for path, items in rows:
        there = next(item for item in items if item)
        cells = [there.left, *(item.right if item else None for item in items)]
        texts = [
            "=" if place and not items[place - 1] else " ".join(say.given(value).split())
            for place, value in enumerate(cells)
        ]
        grid.add_row(Name(numbers.printable(path)), *(Text(say.cut(text, column - _GAP)) for text in texts))
    return grid
