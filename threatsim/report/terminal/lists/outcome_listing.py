"""A table of outcomes on photographs in the terminal: what it is of, and what it holds."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from threatsim.outcomes.bank.kept_table import TableRecord
from threatsim.report.terminal.showing import show
from threatsim.report.words import numbers


def print_kept_table(record: TableRecord, path: Path, console: Console) -> None:
    """Print where a table's outcomes come from, and a line an attack.

    Args:
        record: what it is of.
        path: its file.
        console: where it is printed.
    """
    lines = (
        f"Outcomes of attacks on {record.classifier}: {record.images} of {record.tested} test photographs",
        record.photographs,
        f"Computed {record.computed} by threatsim {record.versions.get('threatsim', '')}, "
        f"torch {record.versions.get('torch', '')}: {record.command}",
        f"For the attacks of {', '.join(record.scenarios)}. Weights {record.weights['victim']}, "
        f"engine {record.engine}.",
    )
    for line in lines:
        show(console, Text(numbers.printable(line)), console.width)
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for column in record.columns:
        controls = f"; {numbers.count(len(column.controls))} controls" if column.controls else ""
        table.add_row(column.name, numbers.printable(column.attack) + controls)
    show(console, table, console.width)
    show(console, Text(str(path), style="bold"), console.width)
