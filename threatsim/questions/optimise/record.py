"""The records of a search for the best choice, and of one in which both sides choose in turn."""

from __future__ import annotations

from threatsim.questions.answer_record import AnswerRecord
from threatsim.questions.optimise.findings import InTurnFindings, SearchFindings

SearchRecord = AnswerRecord[SearchFindings]
InTurnRecord = AnswerRecord[InTurnFindings]
