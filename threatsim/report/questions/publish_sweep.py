"""From a sweep or a break-even to its folder, and to what the terminal prints of it."""

from __future__ import annotations

from pathlib import Path

from threatsim.experiment.record.report_finder import answer_folder
from threatsim.questions.break_even.question import BreakEvenRecord
from threatsim.questions.sweep.question import Sweep
from threatsim.report.questions import break_even_parts, sweep_parts, sweep_words
from threatsim.report.questions.answer_files import write_answer
from threatsim.report.questions.publish_answer import Published


def publish_sweep(found: Sweep, out: Path) -> Published:
    """Write the folder of a sweep."""
    record = found.record
    said = sweep_words.sentences(record)
    folder = write_answer(
        record,
        answer_folder(out, record.scenario, "sweep", record.identity),
        title=f"As numbers vary: {record.title}",
        sentences=said,
        parts=sweep_parts.parts(record),
        tables=sweep_parts.tables(found),
    )
    return Published(folder, said, [sweep_parts.brief(record)])


def publish_break_even(record: BreakEvenRecord, out: Path) -> Published:
    """Write the folder of a break-even."""
    said, parts = break_even_parts.sentences(record), break_even_parts.parts(record)
    folder = write_answer(
        record,
        answer_folder(out, record.scenario, "break-even", record.identity),
        title=f"Break-even: {record.title}",
        sentences=said,
        parts=parts,
        tables=break_even_parts.tables(record),
    )
    return Published(folder, said, parts)
