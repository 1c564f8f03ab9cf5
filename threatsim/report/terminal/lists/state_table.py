"""How far runs, sweeps and shards are, in the terminal: a row a folder, then what failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from threatsim.report.terminal.showing import NARROWEST, show
from threatsim.report.words.numbers import printable

_FAILURES: Final = 10


@dataclass(frozen=True)
class StateRow:
    """How far a folder is.

    Attributes:
        folder: its path.
        points, points_done: how many points, and how many of them are whole.
        wanted, done, failed, missing: replicates of arms.
        running: whether a run is on; None where the system cannot tell.
        failures: what failed, and why.
    """

    folder: str
    points: int
    points_done: int
    wanted: int
    done: int
    failed: int
    missing: int
    running: bool | None
    failures: Sequence[tuple[str, str]] = ()


def print_states(rows: Sequence[StateRow], console: Console) -> None:
    """Print a row a folder and the first failures; replicates that are missing wait, or a run is at them."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("folder", overflow="fold")
    points = any(row.points > 1 for row in rows)
    for head in (*(["points done"] if points else []), "replicates done", "failed", "missing"):
        table.add_column(head, justify="right")
    table.add_column("now")
    for row in rows:
        cells = [Text(printable(row.folder), style="bold")]
        if points:
            cells.append(Text(f"{row.points_done:,} of {row.points:,}"))
        cells += [
            Text(f"{row.done:,} of {row.wanted:,}"),
            Text(f"{row.failed:,}", style="bold red" if row.failed else ""),
            Text(f"{row.missing:,}"),
            Text(_now(row)),
        ]
        table.add_row(*cells)
    show(console, table, max(NARROWEST, console.width))
    failures = [one for row in rows for one in row.failures]
    for cell, why in failures[:_FAILURES]:
        console.print(Text(f"{printable(cell)} failed: {printable(why)}"), soft_wrap=True)
    if len(failures) > _FAILURES:
        console.print(Text(f"and {len(failures) - _FAILURES:,} more, which --json lists"))


def _now(row: StateRow) -> str:
    if row.running is None:
        return "unknown"
    if row.running:
        return "running"
    return "done" if row.done == row.wanted else "stopped"
