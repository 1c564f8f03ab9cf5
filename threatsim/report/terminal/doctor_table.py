"""A check-up in the terminal: a row a finding, and for each that is off what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from threatsim.experiment.doctor.finding import Finding, State
from threatsim.report.terminal.showing import NARROWEST, show
from threatsim.report.words.numbers import printable

_MARKS: Final[dict[State, Text]] = {
    "ok": Text("ok", style="green"),
    "note": Text("note", style="yellow"),
    "off": Text("OFF", style="bold red"),
}


def print_findings(findings: Sequence[Finding], console: Console) -> None:
    """Print the findings and, in the last line, whether all is well."""
    width = max(NARROWEST, console.width)
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in findings:
        found = Text(printable(finding.found))
        if finding.remedy:
            found.append(f"\n{printable(finding.remedy)}", style="dim" if finding.state == "note" else "bold")
        table.add_row(_MARKS[finding.state], Text(finding.name, style="bold"), found)
    show(console, table, width)
    show(console, Text(verdict(findings), style="bold"), width)


def verdict(findings: Sequence[Finding]) -> str:
    """Return the outcome in a sentence."""
    off = [finding.name for finding in findings if finding.state == "off"]
    return f"Off: {', '.join(off)}." if off else "All is well."
