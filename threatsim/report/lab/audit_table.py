"""An audit in the terminal: a row a check, and for every flag what it means and what to do."""

from __future__ import annotations

from typing import Final

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from threatsim.outcomes.audit.audit_report import AuditReport, CheckResult
from threatsim.outcomes.audit.audit_run import Audited
from threatsim.report.terminal.showing import NARROWEST, heading, show
from threatsim.report.words.numbers import printable

_WIDE: Final = 110
"""From this width on what was tried has a column of its own, beside what was found."""


def print_audit(audited: Audited, console: Console, *, brief: bool = False) -> None:
    """Print an audit; `brief` prints its verdict alone."""
    report = audited.report
    width = max(NARROWEST, console.width)
    if not brief:
        show(console, heading(f"Audit of {printable(report.classifier)}"), width)
        show(console, Text(_what(report), style="dim"), width)
        show(console, _table(report, width), width)
    for check in report.flags if not brief else ():
        show(console, Text(f"\n{check.number} {check.name}: flag", style="bold"), width)
        show(console, Text(f"It means: {check.meaning}\nDo: {check.remedy}"), width)
    show(console, Text(("" if brief else "\n") + verdict(report), style="bold"), width)
    if audited.saved and not brief:
        console.print(Text(f"Kept as {audited.saved}", style="dim"), soft_wrap=True)


def verdict(report: AuditReport) -> str:
    """Return the outcome in a sentence."""
    return printable(report.verdict)


def _what(report: AuditReport) -> str:
    return (
        f"{report.n} {printable(report.images)} images, {report.correct} decided rightly when clean; epsilon "
        f"{report.budget.label()}; threshold {report.threshold:.3g}; weights {report.weights}; "
        f"engine {report.engine}; {report.device}."
    )


def _table(report: AuditReport, width: int) -> Table:
    wide = width >= _WIDE
    table = Table(header_style="bold", box=None, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column("#", justify="right", no_wrap=True)
    table.add_column("Check", width=27 if wide else 18, overflow="fold")
    if wide:
        table.add_column("Tried", ratio=4, overflow="fold")
    table.add_column("Found" if wide else "Tried, and found", ratio=5, overflow="fold")
    table.add_column("", no_wrap=True, width=4)
    for check in report.checks:
        table.add_row(*_row(check, wide))
    table.expand = True
    return table


def _row(check: CheckResult, wide: bool) -> list[RenderableType]:
    mark = Text("pass", style="green") if check.ok else Text("FLAG", style="bold red")
    tried, found = Text(printable(check.tried), style="dim"), Text(printable(check.found))
    cells: list[RenderableType] = [Text(str(check.number)), Text(check.name)]
    if wide:
        return [*cells, tried, found, mark]
    return [*cells, Text("\n").join([tried, found]), mark]
