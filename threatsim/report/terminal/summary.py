"""The summary of a run in the terminal: 80 columns without a cut number, more where there is room.

The sections are in `tables.py`. Colour only repeats what the text says, and rich leaves it out in a pipe.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from threatsim.experiment.record.record import RunRecord
from threatsim.report.terminal import tables
from threatsim.report.terminal.balance_table import balance_table
from threatsim.report.words import (
    arm_words,
    balance,
    expectation_words,
    limits,
    numbers,
    pattern_words,
)
from threatsim.report.words.answer import answer
from threatsim.report.words.answer_parts.suppression import bills_falsely
from threatsim.report.words.doubt.section import doubt_section
from threatsim.report.words.kept_words import attacked_in_run, kept_outcomes
from threatsim.report.words.parameter_rows import kind_counts

NARROWEST: Final = 80
"""Below this width the layout stays as it is at 80: a terminal's own line break beats a cut number."""
_ASCII: Final = str.maketrans(
    {
        numbers.MINUS: "-",
        "Δ": "d",
        "↓": "v",
        "↑": "^",
        "“": '"',
        "”": '"',
        "─": "-",
        "├": "|",
        "┤": "|",
        "●": "o",
        "│": "|",
        "•": "*",
        "–": "-",
        "█": "#",
        "→": ">",
        "×": "x",
        "…": "~",
        "∞": "inf",
    }
)


def print_summary(record: RunRecord, console: Console, *, report_path: Path | str) -> None:
    """Print the question and what came out, and where the report lies.

    Args:
        record: the run.
        console: where to; its width decides the layout, its encoding the characters.
        report_path: the report's folder or page, printed as it is and never broken across lines.
    """
    width = max(NARROWEST, console.width)
    for part in _sections(record, width):
        show(console, part, width)
    path = f"Report: {numbers.printable(str(report_path))}"
    show(console, Text(f"\n{path}", style="bold"), max(width, cell_len(path)))


def show(console: Console, part: RenderableType, width: int) -> None:
    """Print one part at a width, without blanks at the ends of lines.

    Where the encoding lacks the characters (a Windows code page), they are replaced by ASCII ones.
    """
    unicode = console.encoding.lower().startswith("utf")
    for line in console.render_lines(part, console.options.update(width=width), pad=False):
        text = Text(end="").join(Text(segment.text, segment.style or "") for segment in line if not segment.control)
        text.rstrip()
        if not unicode:
            text = Text(text.plain.translate(_ASCII).encode(console.encoding, "replace").decode(console.encoding))
        console.print(text, soft_wrap=True)


def heading(text: str) -> Rule:
    """Return the line that opens a section."""
    return Rule(Text(text, style="bold"), align="left", style="dim", characters="─")


def bullets(items: list[str]) -> RenderableType:
    """Return a list whose lines hang under their own first word."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for item in items:
        grid.add_row(Text("•", style="dim"), Text(item))
    return Padding(grid, (0, 0, 0, 1))


def _sections(record: RunRecord, width: int) -> Iterator[RenderableType]:
    scenario = record.scenario
    yield Text(numbers.printable(str(scenario.get("title", scenario.get("name", "")))), style="bold")
    yield Text(numbers.printable(str(scenario.get("question", ""))), style="italic")
    yield Text(f"{limits.simulated(record)}. The attacks ran on {limits.images(record)}.")
    for sentence in (kept_outcomes(record), attacked_in_run(record)):
        if sentence:
            yield Text(f"{sentence}.")
    yield Text(f"Scenario {numbers.printable(str(scenario.get('name', '')))}, run {record.run_id}.", style="dim")

    yield Text()
    yield heading("Classifiers, clean and attacked")
    yield from tables.classifiers(record, width)

    yield Text()
    yield heading("Arms: what each policy changes")
    yield Text(arm_words.marks(record), style="dim")
    yield from tables.arms(record, width)

    if balance.heads(record):
        yield Text()
        yield heading("Who bears what")
        yield from balance_table(record, width)

    yield Text()
    yield heading("Tactics in each arm")
    yield Text(
        "Of those who chose them, which is not what they would bring others. Below each figure its 95% interval. "
        "Δ: paired difference to the baseline.",
        style="dim",
    )
    yield Text(arm_words.marks(record, of_tactics=True), style="dim")
    yield from tables.tactics(record, width)

    yield Text()
    yield heading("Answer")
    for sentence in answer(record):
        yield Text(sentence)

    if record.patterns and bills_falsely(record):  # they are patterns of false billing
        yield Text()
        yield heading("Does this market behave as markets do?")
        yield Text(pattern_words.summary(record.patterns))
        yield from pattern_words.table(record.patterns, width)

    if doubt := doubt_section(record):
        yield Text()
        yield heading(doubt.title)
        yield Text(doubt.summary)
        yield bullets(doubt.lines)

    if record.expectations:
        yield Text()
        yield heading("What the scenario expects")
        yield Text(f"{expectation_words.summary(record.expectations)}.")
        yield from map(expectation_words.line, record.expectations)

    yield Text()
    yield heading("Read with care")
    kinds = ", ".join(f"{n} {kind}" for kind, n in kind_counts(record).items())
    yield bullets(
        [f"Numbers of the scenario: {kinds}; their sources are in the report.", *limits.limits(record, brief=True)]
    )
