"""The transfer grid in the terminal: a row a source of attacks, a column an attack."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from threatsim.outcomes.lab.transfer_grid import TransferGrid, TransferRow
from threatsim.outcomes.published.bortsova import SOURCE, transfer_attacks
from threatsim.report.terminal.showing import NARROWEST, bullets, heading, show
from threatsim.report.words import numbers
from threatsim.statistics.estimate import Estimate

_DATA: Final = {"same": "same cases", "disjoint": "other cases", "half": "half as many"}


def print_transfer(grid: TransferGrid, console: Console) -> None:
    """Print AUROC and one-directional success for every source, and what the grid says."""
    width = min(120, max(NARROWEST, console.width))
    for part in _sections(grid):
        show(console, part, width)


def _sections(grid: TransferGrid) -> Iterator[RenderableType]:
    yield Text(f"Transfer to the classifier of {numbers.title(grid.modality).lower()}", style="bold")
    yield Text(
        f"{numbers.count(grid.n)} synthetic test images of {grid.pixels} pixels; the victim started from "
        f"{grid.start} weights; clean AUROC {numbers.in_words(grid.clean_auroc, '')}. Grid of {SOURCE}.",
        style="dim",
    )
    budgets = {name.rpartition(" ")[2]: spec.budget.label() for name, spec in transfer_attacks().items()}
    yield Text(f"Epsilon {'; '.join(budgets.values())}.", style="dim")
    for title, field, unit in (
        ("AUROC of the victim under attack", "auroc", ""),
        ("Lifted over the operating point, % of the negatives rightly below it", "lifted", "share"),
    ):
        yield Text()
        yield heading(title)
        yield _table(grid, field, unit)
    yield Text()
    yield heading("Read with care")
    yield bullets(
        [
            "White box: the victim's own gradients; no surrogate can do better. Pixels shuffled: those changes at "
            "random places, which nothing has been learnt for; a surrogate at that level transfers nothing.",
            "Own: the surrogate's clean AUROC. A surrogate that has learnt little transfers little for that reason "
            "alone.",
            "Both classes are pushed the wrong way, so AUROC below 0.5 is possible.",
        ]
    )


def _table(grid: TransferGrid, field: str, unit: str) -> Table:
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    names = [cell.attack for cell in grid.rows[0].cells]
    for _ in ["own", *names]:
        table.add_column(no_wrap=True, justify="right")
    table.add_row("", Text("own", style="dim"), *(Text(name.replace(" ", "\n"), style="bold") for name in names))
    start = ""
    for row in grid.rows:
        if row.kind is not None and row.kind.start != start:
            start = row.kind.start
            table.add_row(Text(f"{start} start", style="bold cyan"))
        own = Text(
            f"{row.own_auroc.value:.3f}" if row.own_auroc and row.own_auroc.value is not None else "", style="dim"
        )
        table.add_row(Text(_name(row)), own, *(_cell(getattr(cell, field), unit) for cell in row.cells))
    return table


def _name(row: TransferRow) -> str:
    if row.kind is None:
        return {"white box": "White box", "white box, pixels shuffled": "Pixels shuffled"}[row.source]
    return f" {row.kind.architecture} net, {_DATA[row.kind.data]}"


def _cell(estimate: Estimate, unit: str) -> Text:
    def plain(x: float | None) -> str:
        if x is None:
            return numbers.UNDEFINED
        return f"{x:.3f}" if unit != "share" else f"{100 * x:.3g}"

    text = Text(plain(estimate.value), style="bold")
    if estimate.low is not None and estimate.high is not None:
        text.append(f"\n{plain(estimate.low)}–{plain(estimate.high)}", style="not bold dim")
    return text
