"""What a run found, as little as fits beside another: the answer's sentences and a line an arm."""

from __future__ import annotations

from typing import Any, Final

from threatsim.experiment.record.record import RunRecord
from threatsim.report.words.answer_parts.brief import brief_answer
from threatsim.report.words.arm_lines import arm_lines
from threatsim.report.words.numbers import UNDEFINED

_EARLY: Final = "A first look, from too few replicates for intervals: nothing here is told from chance yet."


def told_answer(record: RunRecord) -> dict[str, Any]:
    """Return the answer of a run as plain data; of a first look (`experiment.run.LOOK`) the numbers, no verdicts."""
    lines = arm_lines(record)
    most = record.stopping.replicates if record.stopping else int(record.scenario["replicates"])
    early = record.replicates < most
    return {
        "sentences": [_EARLY] if early else brief_answer(record, commands=False),
        "replicates": record.replicates,
        "of": most,
        "heads": lines.heads,
        "lines": [
            {
                "title": line.title,
                "cells": [
                    {"text": "not yet" if early and c.text == UNDEFINED else c.text, "span": c.span, "sense": c.sense}
                    for c in line.cells
                ],
            }
            for line in lines.lines
        ],
    }
