"""Who bears what, in the terminal: a block an arm, with a row for all payers and one for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from threatsim.experiment.record.record import RunRecord
from threatsim.report.words import balance

_ALL: Final = "All payers"


def balance_table(record: RunRecord, width: int) -> Iterator[RenderableType]:
    """Yield the table; nothing for a record of before it was told who bears what."""
    heads, lines = balance.heads(record), balance.lines(record)
    if not heads:
        return
    yield Text(balance.NOTE, style="dim")
    columns = [max(len(part) for part in head.split("\n")) for head in heads]
    columns = [max([column, *(len(line.cells[i]) for line in lines)]) for i, column in enumerate(columns)]
    labels = [_ALL, *(line.title for line in lines if line.is_payer)]
    label = max(8, min(width - sum(columns) - len(columns), 1 + max(map(len, labels))))

    yield _rows(label, columns, [("", [head if "\n" in head else f"{head}\n" for head in heads])], style="dim")
    rows: list[tuple[str, Sequence[str]]] = []
    for line in lines:
        if not line.is_payer:
            if rows:
                yield _rows(label, columns, rows)
            yield Text(line.title, style="bold cyan")
            rows = []
        rows.append((f" {line.title if line.is_payer else _ALL}", line.cells))
    yield _rows(label, columns, rows)


def _rows(label: int, columns: list[int], rows: Sequence[tuple[str, Sequence[str]]], style: str = "") -> Table:
    table = Table.grid(padding=0)
    table.add_column(width=label, overflow="fold")
    for column in columns:
        table.add_column(width=1)
        table.add_column(width=column, no_wrap=True, justify="right")
    for name, cells in rows:
        table.add_row(name, *(part for cell in cells for part in ("", Text(cell))), style=style)
    return table
