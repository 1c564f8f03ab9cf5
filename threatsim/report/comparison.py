"""Two reports side by side in the terminal: what went in differently, then what came out differently."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from threatsim.experiment.comparison import Comparison, ComparisonRow
from threatsim.experiment.differences import InputDifference
from threatsim.report import words
from threatsim.report.interval_line import interval_line
from threatsim.report.tables import UNIT_WORDS, WIDE
from threatsim.report.terminal import NARROWEST, heading, show
from threatsim.scenario.metrics import ARM_METRICS

_INPUTS_SHOWN: Final = 25  # a whole other scenario differs everywhere; the rest is counted
_Cells = tuple[str, str, str]


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Print a comparison; 80 columns hold every number, wider terminals also the intervals as drawings."""
    width = max(NARROWEST, console.width)
    for part in _sections(comparison, width):
        show(console, part, width)


def _sections(comparison: Comparison, width: int) -> Iterator[RenderableType]:
    yield Text(f"Left   {words.printable(comparison.left)}", style="bold")
    yield Text(f"Right  {words.printable(comparison.right)}", style="bold")
    reason = words.printable(comparison.reason)
    yield Text(f"{reason[:1].upper()}{reason[1:]}. {words.count(comparison.replicates)} replicates.")

    yield Text()
    yield heading("What went in differently")
    yield (_inputs(comparison.inputs, width) if comparison.inputs else Text("Nothing: the inputs are the same."))
    hidden = len(comparison.inputs) - _INPUTS_SHOWN
    if hidden > 0:
        yield Text(f"and {words.count(hidden)} more; --json lists all.", style="dim")

    yield Text()
    yield heading("What came out differently")
    paired = "paired " if comparison.paired else ""
    yield Text(f"Difference: right less left. ↓ ↑: its {paired}95% interval excludes zero.", style="dim")
    yield from _outcomes(comparison.rows, width)

    yield Text()
    yield heading("In short")
    yield Text(_summary(comparison.rows))


def _inputs(inputs: list[InputDifference], width: int) -> RenderableType:
    grid = Table.grid(padding=(0, 2, 0, 0))
    column = width // 4
    grid.add_column(width=width - 2 * column, overflow="fold")
    grid.add_column(width=column, overflow="fold")
    grid.add_column(width=column, overflow="fold")
    grid.add_row("", "left", "right", style="dim")
    for item in inputs[:_INPUTS_SHOWN]:
        grid.add_row(*(Text(text) for text in (words.printable(item.path), _given(item.left), _given(item.right))))
    return grid


def _given(value: object) -> str:
    if value is None:
        return "absent"
    if isinstance(value, float):
        return words.number(value)
    text = words.printable(value) if isinstance(value, str) else words.setting(value)
    return text if len(text) <= 120 else text[:119] + "…"


def _outcomes(rows: list[ComparisonRow], width: int) -> Iterator[RenderableType]:
    """A block a figure, a row a pair of arms: left and right with their intervals below, then the difference."""
    cells = [_cells(row) for row in rows]
    columns = [max([_widest(cell[i]) for cell in cells] + [len("difference")]) for i in range(3)]
    gap = 2
    room = width - sum(columns) - 3 * gap
    label = max(12, min(room, max((len(_pair(row)) for row in rows), default=12) + 1))
    plot = min(40, room - label - gap) if width >= WIDE else 0

    def block() -> Table:
        grid = Table.grid(padding=0)
        grid.add_column(width=label, overflow="fold")
        for column in columns + ([plot] if plot > 10 else []):
            grid.add_column(width=gap)
            grid.add_column(width=column, no_wrap=True)
        return grid

    head = block()
    head.add_row(
        "",
        "",
        "left",
        "",
        "right",
        "",
        "difference",
        *(("", "│ no difference") if plot > 10 else ()),
        style="dim",
    )
    yield head
    for name in dict.fromkeys(row.metric for row in rows):
        metric = ARM_METRICS[name]
        yield Text(f"{metric.label}: {UNIT_WORDS.get(name, metric.unit)}", style="bold cyan")
        chosen = [(row, cell) for row, cell in zip(rows, cells, strict=True) if row.metric == name]
        reach = max(
            (abs(x) for row, _ in chosen for x in (row.difference.low, row.difference.high) if x is not None),
            default=0.0,
        )
        table = block()
        for row, (left, right, difference) in chosen:
            drawn = ("", Text(interval_line(row.difference, reach, plot), style="cyan")) if plot > 10 else ()
            name_cell = Padding(Text(_pair(row)), (0, 0, 0, 1))
            table.add_row(name_cell, "", Text(left), "", Text(right), "", Text(difference), *drawn)
        yield table


def _cells(row: ComparisonRow) -> _Cells:
    unit = ARM_METRICS[row.metric].unit
    left, right = (f"{words.point(e, unit)}\n{words.interval(e, unit)}".rstrip() for e in (row.left, row.right))
    difference = f"{words.change(row.difference.value, unit)} {words.arrow(row.difference)}".rstrip()
    return left, right, f"{difference}\n{words.change_interval(row.difference, unit)}".rstrip()


def _pair(row: ComparisonRow) -> str:
    left, right = words.title(row.arm_left), words.title(row.arm_right)
    return words.printable(left if left == right else f"{left} → {right}")


def _summary(rows: list[ComparisonRow]) -> str:
    """How many figures differ detectably, and the change of payer loss."""
    seen = [row for row in rows if words.excludes_zero(row.difference)]
    if not seen:
        return "No detectable difference: the 95% interval of every difference includes zero."
    text = f"{len(seen)} of {len(rows)} figures differ detectably."
    for row in rows:
        if row.metric == "payer_loss":
            change = words.change_in_words(row.difference, "USD")
            verdict = f"changes by {change} USD a year" if row in seen else "shows no detectable difference"
            text += f" {_pair(row)}: payer loss {verdict}."
    return text


def _widest(text: str) -> int:
    return max(len(line) for line in text.split("\n"))
