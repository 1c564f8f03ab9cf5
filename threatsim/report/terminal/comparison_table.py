"""Runs and arms side by side in the terminal: what went in differently, then what came out differently."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from threatsim.catalogue.metrics import ARM_METRICS
from threatsim.experiment.figures.comparison import Against, Comparison, ComparisonRow
from threatsim.experiment.figures.input_differences import is_part_of_number
from threatsim.report.terminal.brief.differences import brief_outcomes
from threatsim.report.terminal.brief.several import sections_of_several
from threatsim.report.terminal.interval_line import interval_line
from threatsim.report.terminal.showing import NARROWEST, Name, heading, show
from threatsim.report.terminal.tables import WIDE
from threatsim.report.words import comparison_words as say
from threatsim.report.words import numbers
from threatsim.statistics.estimate import Estimate

_INPUTS_SHOWN: Final = 25  # a whole other scenario differs everywhere; the rest is counted
_FEW: Final = 8
"""The same of a short comparison, a line each."""
_GAP: Final = 2


class _Line(NamedTuple):
    """A line of a figure's block: the reference's, or one that is held against it."""

    label: str
    figure: str
    difference: str = ""
    needed: str = ""
    drawn: Estimate | None = None


def print_comparison(comparison: Comparison, console: Console, *, in_full: bool = True) -> None:
    """Print a comparison; 80 columns hold every number, wider terminals also the intervals as drawings.

    Args:
        comparison: what was compared.
        console: where to.
        in_full: whether to print every figure, not those alone that decide, and more of the inputs.
    """
    width = max(NARROWEST, console.width)
    if in_full or len(comparison.others) == 1:
        parts = _sections(comparison, width, in_full)
    else:
        options = console.options.update(width=width)
        parts = iter(sections_of_several(comparison, width, lambda part: len(console.render_lines(part, options))))
    for part in parts:
        show(console, part, width)


def _sections(comparison: Comparison, width: int, in_full: bool) -> Iterator[RenderableType]:
    yield Text(f"{comparison.key}  {numbers.printable(comparison.reference)} (reference)", style="bold")
    if asked := say.asked(comparison.overridden):
        yield _indented(asked)
    for other in comparison.others:
        yield Text(f"{other.key}  {numbers.printable(other.name)}", style="bold")
        if asked := say.asked(other.overridden):
            yield _indented(asked)
        yield _indented(say.pairing(other))

    yield Text()
    yield heading("In short")
    for sentence in say.summary(comparison):
        yield Text(sentence)
    for other in comparison.others:
        yield from map(Text, say.alone(comparison, other))

    yield Text()
    yield heading("What went in differently")
    for other in comparison.others:
        yield from _inputs(comparison.key, other, width, None if in_full else _FEW)
    if all(other.identical for other in comparison.others):
        return

    yield Text()
    yield heading("What came out differently")
    if in_full:
        for line in say.legend(comparison):
            yield Text(line, style="dim")
        yield from _outcomes(comparison, width)
    else:
        for other in comparison.others:
            if not other.identical:
                yield from brief_outcomes(comparison, other, width)
        yield Text("Every figure with its intervals: --details.", style="dim")


def _inputs(key: str, other: Against, width: int, few: int | None) -> Iterator[RenderableType]:
    """Yield what went in differently; where a few are to do, a line each and without what numbers say of themselves."""
    if not other.inputs:
        yield Text(f"{other.key}  {say.NO_INPUTS}")
        return
    grid = Table.grid(padding=(0, _GAP, 0, 0))
    column = width // 4
    for each in (width - 2 * column, column, column):
        grid.add_column(width=each - _GAP, overflow="fold")
    grid.add_row("", key, other.key, style="bold")
    left, left_out = few or _INPUTS_SHOWN, []
    changed = {item.path for item in other.inputs}
    for section, items in say.grouped(other.inputs).items():
        telling = [
            (path, item)
            for path, item in items
            if few is None or not (is_part_of_number(item.path) and item.path.rpartition(".")[0] in changed)
        ]
        shown = telling[:left]
        left -= len(shown)
        if shown:
            grid.add_row(Text(numbers.printable(section), style="bold cyan"))
        for path, item in shown:
            given = (say.given(value) for value in (item.left, item.right))
            values = (
                Text(say.cut(text) if few is None else say.cut(" ".join(text.split()), column - _GAP)) for text in given
            )
            grid.add_row(Padding(Name(path), (0, 0, 0, 1)), *values)
        if len(items) > len(shown):
            left_out.append((section, len(items) - len(shown)))
    yield grid
    if left_out:
        parts = ", ".join(f"{numbers.printable(section)} {numbers.count(n)}" for section, n in left_out)
        yield Text(
            f"and {numbers.count(sum(n for _, n in left_out))} more ({parts}); --json and --html list all.", style="dim"
        )


def _outcomes(comparison: Comparison, width: int) -> Iterator[RenderableType]:
    """Yield a block a figure: the reference, then a line for each that is held against it."""
    rows = [(other, row) for other in comparison.others for row in other.rows]
    blocks = {
        name: list(_lines(comparison, [(other, row) for other, row in rows if row.metric == name]))
        for name in dict.fromkeys(row.metric for _, row in rows)
    }
    lines = [line for block in blocks.values() for line in block]
    columns = [
        max([_widest(line.figure) for line in lines] + [len("figure")]),
        max([_widest(line.difference) for line in lines] + [len("difference")]),
        max([_widest(line.needed) for line in lines] + [len("needed")]),
    ]
    room = width - sum(columns) - len(columns) * _GAP
    label = max(12, min(room, max((len(line.label) for line in lines), default=12) + 1))
    plot = min(40, room - label - _GAP) if width >= WIDE else 0
    widths = [label, *columns, *([plot] if plot > 10 else [])]

    head = _block(widths)
    head.add_row("", "figure", "difference", "needed", *(("│ no difference",) if plot > 10 else ()), style="dim")
    yield head
    for name, block in blocks.items():
        metric = ARM_METRICS[name]
        yield Text(f"{metric.title}: {metric.heading}", style="bold cyan")
        ends = [x for line in block if line.drawn for x in (line.drawn.low, line.drawn.high) if x is not None]
        reach = max((abs(x) for x in ends), default=0.0)
        table = _block(widths)
        for line in block:
            drawn = (Text(interval_line(line.drawn, reach, plot), style="cyan"),) if plot > 10 else ()
            cells = (Text(f" {line.label}"), Text(line.figure), Text(line.difference), Text(line.needed))
            table.add_row(*cells, *drawn)
        yield table


def _lines(comparison: Comparison, rows: list[tuple[Against, ComparisonRow]]) -> Iterator[_Line]:
    """Yield the lines of one figure; the reference stands before what is held against it, and again where it changes.

    It is another where fewer of its replicates are compared.
    """
    for arm in dict.fromkeys(row.arm_reference for _, row in rows):
        last: Estimate | None = None
        for other, row in rows:
            if row.arm_reference != arm:
                continue
            unit = ARM_METRICS[row.metric].unit
            if row.reference != last:
                last = row.reference
                yield _Line(
                    _label(comparison.key, row.title_reference or numbers.title(arm)),
                    _stacked(numbers.point(last, unit), numbers.interval(last, unit)),
                )
            change = f"{numbers.change(row.difference.value, unit)} {say.mark(row)}".rstrip()
            yield _Line(
                _label(other.key, row.title or numbers.title(row.arm)),
                _stacked(numbers.point(row.value, unit), numbers.interval(row.value, unit)),
                _stacked(change, numbers.change_interval(row.difference, unit)),
                say.need(row, other.pairing.replicates),
                row.difference,
            )


def _block(widths: list[int]) -> Table:
    grid = Table.grid(padding=(0, _GAP, 0, 0))
    for i, width in enumerate(widths):
        grid.add_column(width=width, overflow="fold", no_wrap=i > 0)
    return grid


def _indented(text: str) -> Table:
    grid = Table.grid()
    grid.add_column(width=3)
    grid.add_column(overflow="fold")
    grid.add_row("", Text(text))
    return grid


def _label(key: str, arm: str) -> str:
    return f"{key}  {numbers.printable(arm)}"


def _stacked(*lines: str) -> str:
    return "\n".join(line for line in lines if line)


def _widest(text: str) -> int:
    return max(len(line) for line in text.split("\n"))
