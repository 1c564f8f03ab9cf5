"""An answer in the terminal: its sentences, a table, and where the rest is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from threatsim.report.plain_text import visible
from threatsim.report.questions.parts import AnswerPart
from threatsim.report.terminal.showing import Name

ROWS = 12
"""Rows of a table where not all are asked for."""


def print_answer(
    sentences: Sequence[str],
    parts: Sequence[AnswerPart],
    console: Console,
    *,
    folder: Path | None = None,
    rows: int | None = ROWS,
) -> None:
    """Print an answer.

    Args:
        sentences: it in words.
        parts: tables to print, the first rows of each.
        console: where to.
        folder: where all of it is; None if it is nowhere else.
        rows: rows of each table; None for all.
    """
    console.print()
    for sentence in sentences:
        console.print(Padding(Text(visible(sentence)), (0, 2, 0, 0)))
    for part in parts:
        table = Table(title=visible(part.title), title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for place, head in enumerate(part.heads):
            table.add_column(visible(head), justify="left" if place == 0 else "right", overflow="fold")
        for row in part.rows[:rows]:
            table.add_row(Name(visible(row[0])), *(Text(visible(cell)) for cell in row[1:]))
        console.print()
        console.print(table)
        for note in part.notes:
            console.print(Text(visible(note), style="dim"))
    console.print()
    if folder is not None:
        console.print(Text(f"All of it: {folder / 'page.html'}"), soft_wrap=True)
