"""What plug-ins there are, in the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from threatsim.catalogue.plugin_list import PluginEntry
from threatsim.report.terminal.showing import NARROWEST, show
from threatsim.report.words.numbers import printable


def print_plugins(entries: Sequence[PluginEntry], console: Console) -> None:
    """Print a line for each thing that a package adds; then what is wrong with those that are broken."""
    width = max(NARROWEST, console.width)
    if not entries:
        show(console, Text("No installed package adds anything."), width)
        return
    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(4):
        table.add_column(overflow="fold")
    table.add_row("Kind", "Name", "Package", "State", style="bold")
    for entry in entries:
        state = Text("loaded", style="green") if entry.state == "loaded" else Text("broken", style="bold red")
        package = Text(printable(f"{entry.package} {entry.version}"))
        table.add_row(Text(entry.kind), Text(printable(entry.name)), package, state)
    show(console, table, width)
    for entry in entries:
        if entry.why:
            show(console, Text(printable(entry.why)), width)
