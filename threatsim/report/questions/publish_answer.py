"""From a record to its folder, and to what the terminal prints of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from threatsim.experiment.record.report_finder import answer_folder
from threatsim.questions.optimise.findings import InTurnFindings
from threatsim.questions.optimise.record import InTurnRecord, SearchRecord
from threatsim.questions.sensitivity.record import SensitivityRecord
from threatsim.report.questions import optimise_parts, optimise_words, sensitivity_parts, sensitivity_words
from threatsim.report.questions.answer_files import write_answer
from threatsim.report.questions.answer_tables import in_turn_tables, search_tables, sensitivity_tables
from threatsim.report.questions.parts import AnswerPart


@dataclass(frozen=True)
class Published:
    """An answer that is written.

    Attributes:
        folder: where it is.
        sentences: it in words.
        shown: the parts for the terminal.
    """

    folder: Path
    sentences: list[str]
    shown: list[AnswerPart]


def publish_sensitivity(record: SensitivityRecord, out: Path) -> Published:
    """Write the folder of a sensitivity analysis."""
    parts = sensitivity_parts.parts(record)
    said = sensitivity_words.sentences(record)
    folder = write_answer(
        record,
        answer_folder(out, record.scenario, "sensitivity", record.identity),
        title=f"What drives the answer: {record.title}",
        sentences=said,
        parts=parts,
        tables=sensitivity_tables(record),
    )
    loss = sum(not answer.difference for answer in record.findings.answers) - 1
    turns = [part for part in parts if part.key == "turns"]
    return Published(folder, said, [parts[loss], *turns])


def publish_optimise(record: SearchRecord | InTurnRecord, out: Path) -> Published:
    """Write the folder of a search for the best choice."""
    if isinstance(record.findings, InTurnFindings):
        both = InTurnRecord.model_validate(record.model_dump())
        said, parts = optimise_words.in_turn_sentences(both), optimise_parts.in_turn_parts(both)
        tables, shown = in_turn_tables(both), parts
    else:
        one = SearchRecord.model_validate(record.model_dump())
        said, parts = optimise_words.sentences(one), optimise_parts.parts(one)
        tables, shown = search_tables(one), parts[:-1]  # all but what was tried
    folder = write_answer(
        record,
        answer_folder(out, record.scenario, record.question, record.identity),
        title=f"The best choice: {record.title}",
        sentences=said,
        parts=parts,
        tables=tables,
    )
    return Published(folder, said, shown)
