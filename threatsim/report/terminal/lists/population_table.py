"""What an import of providers took and left, as `threatsim providers import` says it."""

from __future__ import annotations

from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from threatsim.population.foreign_table import counted
from threatsim.population.importing import ImportedPopulation
from threatsim.report.plain_text import visible

_IDS: Final = {
    "running": "running numbers; its volumes may still tell whose a practice is",
    "kept": "NPIs, which are personal data",
}


def print_population(found: ImportedPopulation, console: Console, path: str) -> None:
    """Print how many providers there are, what was left out and why, and where the file went."""
    table = Table("specialty", box=None, pad_edge=False)
    table.add_column("providers", justify="right")
    for specialty, count in found.providers.items():
        table.add_row(specialty, f"{count:,}")
    console.print(table)
    lines = [f"Rows: {found.rows_used:,} of {found.rows:,} used"]
    if found.rows_left_out:
        lines[0] += f"; left out {counted(found.rows_left_out)}"
    if found.providers_left_out:
        lines.append(f"Providers left out: {counted(found.providers_left_out)}")
    services = ", ".join(f"{code} {count:,.0f}" for code, count in list(found.services.items())[:8])
    more = f" and {len(found.services) - 8} more codes" if len(found.services) > 8 else ""
    lines.append(f"Services a year: {services}{more}")
    lines.append(f"States: {len(found.states)}; excluded during the year or later: {found.excluded:,}")
    lines.append(f"Fees: {found.fees}")
    lines += found.notes
    ids = (
        "running numbers; its volumes may still tell whose a practice is"
        if found.ids == "running"
        else "NPIs: personal data"
    )
    lines.append(f"Ids: {ids}")
    for line in lines:
        console.print(Text(visible(line)), soft_wrap=True)
    console.print(Text(f"Population: {visible(path)}", style="bold"), soft_wrap=True)
