"""What a run found, as little as fits beside another: the answer's sentences and a line an arm."""

from __future__ import annotations

from typing import Any

from threatsim.experiment.record.record import RunRecord
from threatsim.report.words.answer_parts.brief import brief_answer
from threatsim.report.words.arm_lines import arm_lines


def told_answer(record: RunRecord) -> dict[str, Any]:
    """Return the answer of a run as plain data."""
    lines = arm_lines(record)
    return {
        "sentences": brief_answer(record, commands=False),
        "replicates": record.replicates,
        "of": record.stopping.replicates if record.stopping else int(record.scenario["replicates"]),
        "heads": lines.heads,
        "lines": [
            {"title": line.title, "cells": [{"text": c.text, "span": c.span, "sense": c.sense} for c in line.cells]}
            for line in lines.lines
        ],
    }
