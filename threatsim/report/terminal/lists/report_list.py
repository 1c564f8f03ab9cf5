"""The reports that are there, and what a check of one found, in the terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from threatsim.catalogue.written.report_kinds import REPORT_KINDS
from threatsim.experiment.record.verification import NO_FILE, SIGNATURE, Check
from threatsim.report.labels import label_of
from threatsim.report.listing.listed_reports import ListedReport
from threatsim.report.terminal.showing import NARROWEST, Name, show
from threatsim.report.terminal.tables import WIDE
from threatsim.report.words import numbers

_STYLES: Final = {"ok": "green", "differs": "bold red", "note": "yellow"}
_UNITS: Final = ("bytes", "kB", "MB", "GB", "TB")


def print_reports(reports: Sequence[ListedReport], folder: Path, console: Console) -> None:
    """Print a line a report, and one for each that cannot be read, with the reason."""
    if not reports:
        show(console, Text(f"There is no report in {numbers.printable(str(folder))}."), max(NARROWEST, console.width))
        return
    width = max(NARROWEST, console.width)
    readable = [one for one in reports if not one.problem]
    columns = _columns(width, kinds=any(one.kind not in ("", _RUN) for one in readable))
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(overflow="fold", min_width=12)
    for title in columns:
        table.add_column(no_wrap=title != "Seed", overflow="fold", justify="left" if title in _LEFT else "right")
        if title == "Seed" and width < WIDE:  # a seed may have 19 digits
            table.columns[-1].max_width = 9
    table.add_row("Scenario", *columns, style="bold")
    for one in readable:
        table.add_row(Name(numbers.printable(one.scenario)), *(Text(_CELLS[title](one)) for title in columns))
    if readable:
        show(console, table, width)
    for one in readable:
        label, called = label_of(Path(one.path)).text, one.run_id
        if label or one.answer:
            said = " ".join(numbers.printable(text) for text in one.answer[:_SAID])
            show(console, Text(f"{called}: {label}{': ' if label and said else ''}{said}"), width)
    for one in (one for one in reports if one.problem):
        text = Text(f"{numbers.printable(one.path)}: ", style="bold")
        text.append(numbers.printable(one.problem), style="not bold")
        show(console, text, width)


_RUN: Final = "run"
_SAID: Final = 2
"""Sentences of an answer that a list has room for."""
_LEFT: Final = ("Kind", "Run", "Written, UTC")


def _titled(one: ListedReport) -> str:
    return REPORT_KINDS[one.kind].title if one.kind in REPORT_KINDS else one.kind


_CELLS: Final[Mapping[str, Callable[[ListedReport], str]]] = {
    "Kind": _titled,
    "Run": lambda one: one.run_id,
    "Written, UTC": lambda one: one.written[:16].replace("T", " "),
    "Seed": lambda one: str(one.seed),
    "Repl.": lambda one: "" if one.replicates is None else numbers.count(one.replicates),
    "Arms": lambda one: numbers.count(len(one.arms)),
    "Size": lambda one: size_in_words(one.size),
}
"""What is said of a report beside its scenario."""


def _columns(width: int, *, kinds: bool) -> list[str]:
    """Return what a line of that width has room for: kinds only where there are others than runs."""
    left_out = {"Kind"} if not kinds else {"Seed", "Size"} if width < WIDE else set()
    return [title for title in _CELLS if title not in left_out]


def print_checks(checks: Sequence[Check], report: Path, console: Console, *, brief: bool = False) -> None:
    """Print a line an artefact: ok, or what differs; then what it comes to.

    Args:
        brief: only what differs, and the verdict.
    """
    width = max(NARROWEST, console.width)
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", max_width=width // 2)
    table.add_column(overflow="fold")
    for check in checks:
        if not brief or check.state == "differs":
            table.add_row(
                Text(check.state, style=_STYLES[check.state]),
                Name(numbers.printable(check.artefact)),
                Text(numbers.printable(check.detail)),
            )
    if table.row_count:
        show(console, table, width)
    differing = sum(check.state == "differs" for check in checks)
    name = numbers.printable(str(report))
    verdict = (
        f"{name}: {differing} of {len(checks)} checks differ."
        if differing
        else f"{name}: ok, unchanged since it was written ({_signed(checks)}){_beside(checks)}."
    )
    show(console, Text(verdict, style="bold red" if differing else "bold green"), max(width, len(verdict)))


def _beside(checks: Sequence[Check]) -> str:
    """Return how many files lie in the folder that are none of the report, which nothing is proved of."""
    count = sum(check.detail == NO_FILE for check in checks)
    if count == 0:
        return ""
    return "; a file beside it is not part of it" if count == 1 else f"; {count} files beside it are not part of it"


def _signed(checks: Sequence[Check]) -> str:
    """Return what is proved of who stands by a report."""
    found = next((check for check in checks if check.artefact == SIGNATURE), None)
    if found is None:
        return "not signed"
    if found.state == "note":
        return "its signature was not checked: name the key with --key"
    return f"signed {numbers.printable(found.detail.split(':')[0])}"


def size_in_words(size: int) -> str:
    """Return a number of bytes: 950 bytes, 1.45 MB."""
    amount, unit = float(size), 0
    while amount >= 999.5 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{size} {_UNITS[0]}" if unit == 0 else f"{numbers.number(amount)} {_UNITS[unit]}"
