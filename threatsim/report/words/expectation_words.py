"""Expectations of a scenario in words: for the terminal, the page and `threatsim test`."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from threatsim.catalogue.metrics import METRICS
from threatsim.experiment.record.record import ExpectationCheck
from threatsim.report.words import numbers
from threatsim.scenario.rules.expectation import ATTACK_FIGURES, expectations


def summary(checks: Sequence[ExpectationCheck]) -> str:
    """Return how many hold."""
    held = sum(check.ok for check in checks)
    return f"{held} of {len(checks)} {'expectation' if len(checks) == 1 else 'expectations'} hold{'s' * (held == 1)}"


def found(check: ExpectationCheck) -> str:
    """Return what was found in place of what was expected, and whether that is sure."""
    key, _, bound = check.expected.rpartition(": ")
    one = expectations({key: bound})[0]
    unit = _unit(one.figure)
    figure = numbers.change_in_words(check.found, unit) if one.change else numbers.in_words(check.found, unit)
    doubt = "" if check.sure or check.found.value is None else "; its interval says otherwise in part"
    return f"found {figure}{doubt}"


def line(check: ExpectationCheck) -> RenderableType:
    """Return one expectation: whether it holds, as it was written, and what was found."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    mark = Text("holds", style="green") if check.ok else Text("FAILS", style="bold red")
    grid.add_row(mark, Text(numbers.printable(check.expected)).append(f"   {found(check)}", style="dim"))
    return Padding(grid, (0, 0, 0, 1))


def _unit(figure: str) -> str:
    """Return the unit of a metric, or of the success of an attack; empty if it is of a plug-in that is not there."""
    if figure in ATTACK_FIGURES:
        return "share"
    return METRICS[figure].unit if figure in METRICS else ""
