"""The arms in a line each: the figures that decide between them, what they are ranked by with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from threatsim.catalogue.metrics import ARM_METRICS, shown_in
from threatsim.experiment.record.record import ArmOutcome, RunRecord
from threatsim.report.words import numbers
from threatsim.report.words.answer_parts.endpoint import claims_absence
from threatsim.report.words.answer_parts.suppression import suppresses

Cells = Sequence[Sequence[str]]
"""The lines of each head, or the cells of each column."""
_LEAST_LABEL: Final = 18
"""A title of three words still has two lines at this width."""


def arms_in_brief(record: RunRecord, width: int) -> Iterator[RenderableType]:
    """Yield the table; figures for which there is no room are left to the long one."""
    names = _names(record)
    heads = [ARM_METRICS[name].head.split("\n") for name in names]
    columns = [[_cell(arm, name) for arm in record.arms] for name in names]
    spans = [_interval(arm, names[0]) for arm in record.arms]
    if any(spans):
        heads.insert(1, ["95%", "interval"])
        columns.insert(1, spans)
    yield in_lines([numbers.printable(arm.title) for arm in record.arms], heads, columns, width)


def in_lines(
    labels: Sequence[str], heads: Sequence[Sequence[str]], columns: Sequence[Sequence[str]], width: int
) -> Table:
    """Return a table of a line a label, whose cells are never cut: columns for which there is no room are left out.

    Args:
        labels: what the lines are called; they may wrap.
        heads: the lines of each column's head.
        columns: the cells of each column.
        width: columns of the terminal.
    """
    widths = [max(*map(len, head), *map(len, column)) for head, column in zip(heads, columns, strict=True)]
    longest = max(map(len, labels))
    while len(widths) > 1 and min(longest, _LEAST_LABEL) + sum(widths) + len(widths) > width:
        widths.pop()
    gap = 2 if longest + sum(widths) + 2 * len(widths) <= width else 1
    table = Table.grid(padding=0)
    table.add_column(width=min(longest, width - sum(widths) - gap * len(widths)), overflow="fold")
    for column_width in widths:
        table.add_column(width=gap)
        table.add_column(width=column_width, no_wrap=True, justify="right")
    table.add_row("", *_spaced(["\n".join(head) for head in heads[: len(widths)]]), style="dim")
    for number, label in enumerate(labels):
        table.add_row(Text(label), *_spaced([column[number] for column in columns[: len(widths)]]))
    return table


def _names(record: RunRecord) -> tuple[str, ...]:
    """Return the figures: of absences what is accepted, of payers that alter images what they gain, then of money."""
    if suppresses(record):
        return (*shown_in("suppression"), *shown_in("ranking", record.arms[0].outcomes))
    left = set() if claims_absence(record) else {"accepted_rate"}
    return tuple(name for name in shown_in("brief", record.arms[0].outcomes) if name not in left)


def _spaced(cells: list[str]) -> list[Text]:
    return [part for cell in cells for part in (Text(), Text(cell))]


def _cell(arm: ArmOutcome, name: str) -> str:
    unit = ARM_METRICS[name].unit
    if not arm.differences:
        return f"{numbers.point(arm.outcomes[name], unit)}  "
    change = arm.differences[name]
    return f"{numbers.change(change.value, unit)} {numbers.arrow(change) or ' '}"


def _interval(arm: ArmOutcome, name: str) -> str:
    unit = ARM_METRICS[name].unit
    if not arm.differences:
        return numbers.interval(arm.outcomes[name], unit)
    return numbers.change_interval(arm.differences[name], unit)
