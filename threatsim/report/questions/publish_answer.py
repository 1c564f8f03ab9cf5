"""From a record to its folder, and to what the terminal prints of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from threatsim.experiment.record.report_finder import answer_folder
from threatsim.questions.optimise.findings import InTurnFindings
from threatsim.questions.optimise.record import InTurnRecord, SearchRecord
from threatsim.questions.sensitivity.record import SensitivityRecord
from threatsim.report.questions import optimise_parts, optimise_words, sensitivity_parts, sensitivity_words
from threatsim.report.questions.answer_files import write_answer
from threatsim.report.questions.answer_tables import in_turn_tables, search_tables, sensitivity_tables
from threatsim.report.questions.parts import AnswerPart, ShownAnswer


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
    shown: Sequence[AnswerPart]

    @classmethod
    def of(cls, folder: Path, shown: ShownAnswer) -> Published:
        """Return what the terminal prints of an answer."""
        return cls(folder, shown.sentences, shown.brief)


def publish_sensitivity(record: SensitivityRecord, out: Path) -> Published:
    """Write the folder of a sensitivity analysis."""
    shown = sensitivity_shown(record)
    folder = answer_folder(out, record.scenario, record.question, record.identity)
    return Published.of(write_answer(record, folder, shown, tables=sensitivity_tables(record)), shown)


def publish_optimise(record: SearchRecord | InTurnRecord, out: Path) -> Published:
    """Write the folder of a search for the best choice."""
    if isinstance(record.findings, InTurnFindings):
        both = InTurnRecord.model_validate(record.model_dump())
        shown, tables = in_turn_shown(both), in_turn_tables(both)
    else:
        one = SearchRecord.model_validate(record.model_dump())
        shown, tables = optimise_shown(one), search_tables(one)
    folder = answer_folder(out, record.scenario, record.question, record.identity)
    return Published.of(write_answer(record, folder, shown, tables=tables), shown)


def sensitivity_shown(record: SensitivityRecord) -> ShownAnswer:
    """Return what is shown of a sensitivity analysis."""
    parts = sensitivity_parts.parts(record)
    loss = sum(not answer.difference for answer in record.findings.answers) - 1
    turns = [part for part in parts if part.key == "turns"]
    title, said = f"What drives the answer: {record.title}", sensitivity_words.sentences(record)
    return ShownAnswer(title, said, parts, [parts[loss], *turns])


def optimise_shown(record: SearchRecord) -> ShownAnswer:
    """Return what is shown of a search for the best choice of one side."""
    parts = optimise_parts.parts(record)
    without_trials = parts[:-1]
    return ShownAnswer(f"The best choice: {record.title}", optimise_words.sentences(record), parts, without_trials)


def in_turn_shown(record: InTurnRecord) -> ShownAnswer:
    """Return what is shown of a search in which both sides choose in turn."""
    parts = optimise_parts.in_turn_parts(record)
    return ShownAnswer(f"The best choice: {record.title}", optimise_words.in_turn_sentences(record), parts, parts)
