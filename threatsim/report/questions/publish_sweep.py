"""From a sweep or a break-even to its folder, and to what the terminal prints of it."""

from __future__ import annotations

from pathlib import Path

from threatsim.experiment.record.report_finder import answer_folder
from threatsim.questions.break_even.question import BreakEvenRecord
from threatsim.questions.sweep.question import Sweep, SweepRecord
from threatsim.report.questions import break_even_parts, sweep_parts, sweep_words
from threatsim.report.questions.answer_files import write_answer
from threatsim.report.questions.parts import ShownAnswer
from threatsim.report.questions.publish_answer import Published


def publish_sweep(found: Sweep, out: Path) -> Published:
    """Write the folder of a sweep."""
    record, shown = found.record, sweep_shown(found.record)
    folder = answer_folder(out, record.scenario, record.question, record.identity)
    return Published.of(write_answer(record, folder, shown, tables=sweep_parts.tables(found)), shown)


def publish_break_even(record: BreakEvenRecord, out: Path) -> Published:
    """Write the folder of a break-even."""
    shown = break_even_shown(record)
    folder = answer_folder(out, record.scenario, record.question, record.identity)
    return Published.of(write_answer(record, folder, shown, tables=break_even_parts.tables(record)), shown)


def sweep_shown(record: SweepRecord) -> ShownAnswer:
    """Return what is shown of a sweep."""
    title, said = f"As numbers vary: {record.title}", sweep_words.sentences(record)
    return ShownAnswer(title, said, sweep_parts.parts(record), [sweep_parts.brief(record)])


def break_even_shown(record: BreakEvenRecord) -> ShownAnswer:
    """Return what is shown of a break-even."""
    parts = break_even_parts.parts(record)
    return ShownAnswer(f"Break-even: {record.title}", break_even_parts.sentences(record), parts, parts)
