"""What killed runs have left, in the terminal: a row each, and how much it is together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from threatsim.experiment.kept.leftovers import Leftover
from threatsim.report.terminal.showing import NARROWEST, show
from threatsim.report.words.numbers import printable


def print_leftovers(found: Sequence[Leftover], failed: Mapping[Path, str], console: Console) -> None:
    """Print where they lie; `failed` tells of those that could not be removed why."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for one in found:
        text = Text(printable(str(one.path)), style="bold")
        text.append(f"\n{one.what}, {one.age / 86400:.1f} days old", style="dim")
        if why := failed.get(one.path):
            text.append(f"\ncannot be removed: {printable(why)}", style="bold red")
        table.add_row(decimal(one.size), text)
    if found:
        show(console, table, max(NARROWEST, console.width))


def in_total(found: Sequence[Leftover], failed: Mapping[Path, str], *, removed: bool) -> str:
    """Return how much it is together, and what becomes of it, in a sentence."""
    if not found:
        return "Nothing is left over."
    gone = [one for one in found if one.path not in failed]
    size = decimal(sum(one.size for one in (gone if removed else found)))
    if removed:
        return f"{len(gone)} of {len(found)} removed: {size}."
    return f"{len(found)} left over, {size} in all. Remove them: threatsim clean --yes"
