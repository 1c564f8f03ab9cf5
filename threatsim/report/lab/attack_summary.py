"""The outcome of one attack in the terminal: 80 columns without a cut number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from threatsim.outcomes.lab.attack_record import AttackReport, Curve
from threatsim.report.lab.attack_words import (
    answer_of,
    attack_title,
    budget_in_words,
    cost_rows,
    curve_notes,
    images_in_words,
    some_points,
    success_rows,
)
from threatsim.report.terminal.showing import NARROWEST, heading, show
from threatsim.report.words import numbers
from threatsim.statistics.estimate import Estimate

_POINTS: Final = 12


def print_attack(figures: AttackReport, console: Console, *, folder: Path) -> None:
    """Print what was attacked, what came of it, the curve, and where the files lie."""
    width = min(120, max(NARROWEST, console.width))
    for part in _sections(figures, width):
        show(console, part, width)
    path = f"Pictures, curve and page: {numbers.printable(str(folder))}"
    show(console, Text(f"\n{path}", style="bold"), max(width, cell_len(path)))


def _sections(figures: AttackReport, width: int) -> Iterator[RenderableType]:
    yield Text(attack_title(figures), style="bold")
    yield Text(f"{figures.task}. {images_in_words(figures)}.")
    goal = f", {figures.goal}" if figures.goal else ""
    yield Text(f"{figures.words}{goal}. MITRE ATLAS {figures.technique}.", style="dim")
    yield Text(
        f"Operating point {numbers.number(figures.threshold)} on p(finding): "
        f"{numbers.in_words(figures.clean_correct, 'share')} rightly decided when clean.",
        style="dim",
    )
    yield Text()
    yield heading("Success")
    yield _success(figures, width)
    for name, text in cost_rows(figures):
        line = Text(f"{name}: ", style="bold")
        line.append(text, style="not bold")
        yield line
    if figures.curve is not None and figures.curve.points:
        yield Text()
        yield heading("Success against budget, of the rightly decided")
        yield _curve(figures.curve, width)
        for note in curve_notes(figures):
            yield Text(note, style="dim")
    yield Text()
    yield heading("Answer")
    for sentence in answer_of(figures):
        yield Text(sentence)


def _success(figures: AttackReport, width: int) -> Table:
    table = _grid()
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", style="dim")
    for name, estimate, of in success_rows(figures):
        table.add_row(
            Text(name), Text(numbers.point(estimate, "share"), style="bold"), _span(estimate), Text(f"of {of}")
        )
    return table


def _curve(curve: Curve, width: int) -> Table:
    control = any(point.control is not None for point in curve.points)
    shows_negatives = any(point.lifted.n and point.lifted.n != point.success.n for point in curve.points)
    table = _grid()
    table.add_column(justify="right", no_wrap=True)
    heads = [
        curve.unit.partition(",")[0],
        "all",
        *(["lifted"] if shows_negatives else []),
        *(["shuffled"] if control else []),
    ]
    for _ in heads[1:]:
        table.add_column(justify="right", no_wrap=True)
    room = width - 24 - 22 * (len(heads) - 1)
    bar = min(30, room) if room >= 12 else 0
    if bar:
        table.add_column(no_wrap=True)
    table.add_row(*(Text(head, style="dim") for head in heads), *([""] if bar else []))
    for point in some_points(curve.points, _POINTS):
        is_requested = curve.asked is not None and abs(point.budget - curve.asked) < 1e-9
        cells = [_cell(point.success)]
        cells += [_cell(point.lifted)] if shows_negatives else []
        cells += [_cell(point.control)] if control and point.control is not None else []
        label = Text(("asked  " if is_requested else "") + budget_in_words(point.budget))
        if is_requested:
            label.stylize("bold")
        drawn = [Text("█" * round(bar * (point.success.value or 0)), style="cyan")] if bar else []
        table.add_row(label, *cells, *drawn)
    return table


def _grid() -> Table:
    return Table.grid(padding=(0, 2, 0, 0))


def _cell(estimate: Estimate) -> Text:
    text = Text(numbers.point(estimate, "share"))
    span = _bare(estimate)
    text.append(f" ({span})" if span else "", style="dim")
    return text


def _bare(estimate: Estimate) -> str:
    return numbers.interval(estimate, "share").replace("%", "")


def _span(estimate: Estimate) -> Text:
    span = numbers.interval(estimate, "share")
    return Text(f"({span})" if span else "", style="dim")
