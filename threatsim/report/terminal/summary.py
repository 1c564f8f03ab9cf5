"""What a run found, on one screen of a terminal: the answer, the arms, how far to trust it, and where the rest is.

`details.py` has the tables behind it. Colour only repeats what the text says, and rich leaves it out in a pipe.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.text import Text

from threatsim.experiment.record.record import RunRecord
from threatsim.report.labels import NO_LABEL, Label
from threatsim.report.terminal.brief.arm_lines import arms_in_brief
from threatsim.report.terminal.details import details
from threatsim.report.terminal.showing import NARROWEST, bullets, heading, show
from threatsim.report.words import expectation_words, limits, numbers
from threatsim.report.words.answer_parts.brief import attack_success, brief_answer, patterns_kept
from threatsim.report.words.answer_parts.overridden import overridden_in_words
from threatsim.report.words.stopping_words import stopped

_LIMITS: Final = 1
"""So many limits are told where the rest is a command away; the gravest come first."""
_OVERRIDES: Final = 4
"""So many values set in place of the scenario's own are named."""


def print_summary(
    record: RunRecord, console: Console, *, report_path: Path | str, in_full: bool = False, label: Label = NO_LABEL
) -> None:
    """Print the answer, and where the report lies.

    Args:
        record: the run.
        console: where to; its width decides the layout, its encoding the characters.
        report_path: the report's folder or page, printed as it is and never broken across lines.
        in_full: whether to print all tables as well.
        label: what its user calls it.
    """
    print_answer(record, console, label)
    if in_full:
        _print(details(record, max(NARROWEST, console.width)), console)
    print_rest(record, console, report_path=report_path, in_full=in_full)


def print_answer(record: RunRecord, console: Console, label: Label = NO_LABEL) -> None:
    """Print the question, its answer and the arms: what is known once the replicates are in."""
    if label.text:
        _print(iter([Text(label.text)]), console)
    _print(_answered(record, max(NARROWEST, console.width)), console)


def print_rest(record: RunRecord, console: Console, *, report_path: Path | str, in_full: bool = False) -> None:
    """Print how far to trust the answer and where the rest is: what is known once the report is written."""
    _print(_trust(record, in_full=in_full), console)
    path = f"Report: {numbers.printable(str(report_path))}"
    show(console, Text(path, style="bold"), max(NARROWEST, console.width, cell_len(path)))


def _print(parts: Iterator[RenderableType], console: Console) -> None:
    for part in parts:
        show(console, part, max(NARROWEST, console.width))


def _answered(record: RunRecord, width: int) -> Iterator[RenderableType]:
    scenario = record.scenario
    yield Text(numbers.printable(str(scenario.get("title", scenario.get("name", "")))), style="bold")
    yield Text(numbers.printable(str(scenario.get("question", ""))), style="italic")
    yield Text(f"{limits.simulated(record)}; {limits.images(record)}.", style="dim")
    if asked := overridden_in_words(record, _OVERRIDES):
        yield Text(f"Scenario {numbers.printable(str(scenario.get('name', '')))} {asked}.", style="dim")

    yield Text()
    yield heading("Answer")
    for sentence in brief_answer(record):
        yield Text(sentence)
    if ended := stopped(record):
        yield Text(ended, style="dim")

    yield Text()
    yield heading("Arms: what each changes a year (↓ ↑: found after adjusting for their number)")
    yield from arms_in_brief(record, width)


def _trust(record: RunRecord, *, in_full: bool) -> Iterator[RenderableType]:
    stated = f"{expectation_words.summary(record.expectations)}." * bool(record.expectations)
    first = [attack_success(record), f"{patterns_kept(record)} {stated}".strip()]
    told, left = [sentence for sentence in first if sentence], limits.limits(record, brief=True)
    yield Text()
    yield heading("Read with care")
    yield bullets([*told, *(left if in_full else left[:_LIMITS])])
    yield from (expectation_words.line(check) for check in record.expectations if not check.ok)
    if not in_full:
        yield Text(f"All tables, patterns and limits: threatsim show {record.run_id} --details")
