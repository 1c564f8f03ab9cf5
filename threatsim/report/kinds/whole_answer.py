"""An answer to a question, whole: in the terminal, and its page made anew."""

from __future__ import annotations

from pathlib import Path

from threatsim.report.listing.report_reading import KnownReport, answer_record, known_report
from threatsim.report.questions.answer_page import answer_page
from threatsim.report.questions.parts import ShownAnswer


def shown_answer(known: KnownReport, folder: Path) -> ShownAnswer:
    """Return all that is shown of an answer.

    Raises:
        RecordError: its record is damaged.
    """
    found: ShownAnswer = known.kind.resolve(known.kind.shown)(answer_record(known, folder))
    return found


def answer_page_of(folder: Path) -> str:
    """Return the page of an answer, made from its record.

    Raises:
        RecordError: its record is damaged, or was edited.
    """
    shown = shown_answer(known_report(folder), folder)
    return answer_page(shown.title, shown.sentences, shown.parts)
