"""The arms in a line each: the figures that decide between them, what they are ranked by with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from threatsim.experiment.record.record import RunRecord
from threatsim.report.words.arm_lines import arm_lines

Cells = Sequence[Sequence[str]]
"""The lines of each head, or the cells of each column."""
_LEAST_LABEL: Final = 18
"""A title of three words still has two lines at this width."""


def arms_in_brief(record: RunRecord, width: int) -> Iterator[RenderableType]:
    """Yield the table; figures for which there is no room are left to the long one."""
    found = arm_lines(record)
    heads = [metric.head.split("\n") for metric in found.metrics]
    columns = [[_marked(line.cells[place].text) for line in found.lines] for place in range(len(heads))]
    spans = [line.cells[0].span for line in found.lines]
    if any(spans):
        heads.insert(1, ["95%", "interval"])
        columns.insert(1, spans)
    yield in_lines([line.title for line in found.lines], heads, columns, width)


def in_lines(
    labels: Sequence[str], heads: Sequence[Sequence[str]], columns: Sequence[Sequence[str]], width: int
) -> Table:
    """Return a table of a line a label, whose cells are never cut: columns for which there is no room are left out.

    Args:
        labels: what the lines are called; they may wrap.
        heads: the lines of each column's head.
        columns: the cells of each column.
        width: columns of the terminal.
    """
    widths = [max(*map(len, head), *map(len, column)) for head, column in zip(heads, columns, strict=True)]
    longest = max(map(len, labels))
    while len(widths) > 1 and min(longest, _LEAST_LABEL) + sum(widths) + len(widths) > width:
        widths.pop()
    gap = 2 if longest + sum(widths) + 2 * len(widths) <= width else 1
    table = Table.grid(padding=0)
    table.add_column(width=min(longest, width - sum(widths) - gap * len(widths)), overflow="fold")
    for column_width in widths:
        table.add_column(width=gap)
        table.add_column(width=column_width, no_wrap=True, justify="right")
    table.add_row("", *_spaced(["\n".join(head) for head in heads[: len(widths)]]), style="dim")
    for number, label in enumerate(labels):
        table.add_row(Text(label), *_spaced([column[number] for column in columns[: len(widths)]]))
    return table


def _marked(text: str) -> str:
    """Return a figure with room for an arrow, so that those without one stand in line."""
    return text if text.endswith(("↓", "↑")) else f"{text}  "


def _spaced(cells: list[str]) -> list[Text]:
    return [part for cell in cells for part in (Text(), Text(cell))]
