"""The paper's table in the terminal: each classifier's figures beside the printed ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from threatsim.outcomes.lab.paper_table import ClassifierTable, TableRow
from threatsim.outcomes.lab.paper_table_run import PaperTables
from threatsim.outcomes.lab.pgd_curve import CurveOfPGD
from threatsim.outcomes.published.finlayson import SOURCE, TABLE_1
from threatsim.report.lab.paper_table_words import input_title, name_of, notes, ordering_sentences, why_cells_differ
from threatsim.report.terminal.showing import NARROWEST, bullets, heading, show
from threatsim.report.words import numbers
from threatsim.statistics.estimate import Estimate

WIDE: Final = 120
"""From this width on an interval stands beside its figure, not below it."""


def print_tables(made: PaperTables, console: Console, *, folder: Path | None) -> None:
    """Print every classifier's table, whether the paper's ordering holds, and why cells differ."""
    width = min(132, max(NARROWEST, console.width))
    for part in _sections(made, width):
        show(console, part, width)
    if folder is not None:
        path = f"Written to {numbers.printable(str(folder))}"
        show(console, Text(f"\n{path}", style="bold"), max(width, cell_len(path)))


def _sections(made: PaperTables, width: int) -> Iterator[RenderableType]:
    yield Text(f"Beside {SOURCE}", style="bold")
    yield Text(
        "Under or beside each figure its 95% interval; those of the paper's accuracies are derived from its number of "
        "test images, it prints none.",
        style="dim",
    )
    for table in made.tables:
        yield Text()
        yield heading(name_of(table))
        borrowed = table.subject.real and table.subject.classifier == table.subject.modality
        taken = "; the archive's label is taken for it" if borrowed else ""
        yield Text(f"{table.subject.task}{taken}.")
        yield Text(_subtitle(table), style="dim")
        yield _figures(table, width)
    for curve in made.curves:
        yield Text()
        yield heading(f"{numbers.title(curve.modality)}: white-box PGD by budget, n = {numbers.count(curve.n)}")
        yield _curve(curve, made.budget.whole_levels, width >= WIDE)
    yield Text()
    yield heading("Does the paper's ordering hold?")
    yield Text("Clean > natural patch > black-box patch and PGD > white-box PGD and patch.", style="dim")
    yield bullets([sentence for table in made.tables for sentence in ordering_sentences(table)])
    yield Text()
    yield heading("Why cells differ from the paper's")
    yield bullets(why_cells_differ(made))
    yield Text()
    yield heading("Read with care")
    yield bullets(notes(made))


def _subtitle(table: ClassifierTable) -> str:
    subject = table.subject
    kind = f"real test images, {numbers.printable(subject.source)}" if subject.real else "synthetic test images"
    return (
        f"{numbers.count(subject.n)} {kind}, {numbers.count(subject.findings)} with the finding, "
        f"{subject.pixels[1]} x {subject.pixels[0]} pixels. Operating point {numbers.number(subject.threshold)}: "
        f"{numbers.count(table.eligible)} negatives rightly below it."
    )


def _figures(table: ClassifierTable, width: int) -> Table:
    wide = width >= WIDE
    grid = Table.grid(padding=(0, 0))
    grid.add_column(no_wrap=True)
    for _ in range(7):
        grid.add_column(width=2 if width >= WIDE + 6 else 1)
        grid.add_column(no_wrap=True, justify="left" if wide else "right")
    upper = ("", "Acc., %", "paper", "AUROC", "paper", "Conf., %", "paper", "Lifted, %")
    grid.add_row(*_spaced([Text(name, style="bold" if name != "paper" else "dim") for name in upper]))
    for row in table.rows:
        grid.add_row(*_spaced(_cells(row, wide)))
    return grid


def _spaced(cells: list[Text]) -> list[RenderableType]:
    spaced: list[RenderableType] = [cells[0]]
    for cell in cells[1:]:
        spaced += ["", cell]
    return spaced


def _cells(row: TableRow, wide: bool) -> list[Text]:
    paper = TABLE_1[row.modality].get(row.input)
    printed = [Text("–", style="dim")] * 3
    if paper is not None:
        low, high = paper.accuracy_interval
        accuracy = Estimate(value=paper.accuracy, low=low, high=high, n=paper.n)
        printed = [
            _cell(accuracy, "share", wide, faint=True),
            Text(f"{paper.auroc:.3f}", style="dim"),
            Text(f"{_plain(paper.confidence, 'share'):>4}", style="dim"),
        ]
    negatives = row.one_directional_success
    return [
        Text(input_title(row.input)),
        _cell(row.accuracy, "share", wide),
        printed[0],
        _cell(row.auroc, "", wide),
        printed[1],
        _cell(row.confidence, "share", wide),
        printed[2],
        _cell(negatives, "share", wide) if negatives.n else Text("–", style="dim"),
    ]


def _cell(estimate: Estimate, unit: str, wide: bool, *, faint: bool = False) -> Text:
    text = Text(_plain(estimate.value, unit), style="dim" if faint else "bold")
    if estimate.low is None or estimate.high is None:
        return text
    span = f"{_plain(estimate.low, unit)}–{_plain(estimate.high, unit)}"
    if not wide:
        text.append(f"\n{span}", style="not bold dim")
        return text
    text.pad_left(max(0, 4 - len(text.plain)))
    text.append(f" {f'({span})':<{11 if unit == 'share' else 13}}", style="not bold dim")
    return text


def _plain(x: float | None, unit: str) -> str:
    """Return a share in percent with one decimal, an area with three: columns line up, and three digits are kept."""
    if x is None:
        return numbers.UNDEFINED
    if unit != "share":
        return f"{x:.3f}"
    return f"{100 * x:.1f}" if 0.0005 <= x < 0.9995 else numbers.value(x, "share").rstrip("%")


def _curve(curve: CurveOfPGD, requested: int | None, wide: bool) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(4):
        grid.add_column(no_wrap=True, justify="right")
    heads = ("grey levels", "wrong at 0.5, %", "shuffled, %", "lifted, %")
    grid.add_row(*(Text(head, style="dim") for head in heads))
    for level, wrong, shuffled, negatives in zip(curve.levels, curve.wrong, curve.shuffled, curve.lifted, strict=True):
        here = requested is not None and level == requested
        grid.add_row(
            Text(("this budget  " if here else "") + f"{level:g}", style="bold" if here else ""),
            _cell(wrong, "share", wide),
            _cell(shuffled, "share", wide, faint=True),
            _cell(negatives, "share", wide),
        )
    grid.add_row(
        Text("the paper, 224 pixels  2.55", style="dim"), Text("100", style="dim"), *[Text("–", style="dim")] * 2
    )
    return grid
