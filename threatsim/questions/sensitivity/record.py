"""The record of a sensitivity analysis."""

from __future__ import annotations

from threatsim.questions.answer_record import AnswerRecord
from threatsim.questions.sensitivity.findings import SensitivityFindings

SensitivityRecord = AnswerRecord[SensitivityFindings]
