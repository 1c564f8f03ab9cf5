"""What a report's section on uncertain numbers holds, of a record that tells doubts apart or of an older one."""

from __future__ import annotations

from dataclasses import dataclass

from threatsim.experiment.record.record import RunRecord
from threatsim.report.words.doubt import doubt_words, older_draws


@dataclass(frozen=True)
class NumberRow:
    """An uncertain number: where it stands, what it was drawn from, and what that rests on."""

    label: str
    distribution: str
    unit: str
    kind: str
    source: str


@dataclass(frozen=True)
class DoubtSection:
    """The section.

    Attributes:
        title: its heading.
        summary: what was drawn, and how.
        lines: what came of it, a line each.
        numbers: what was drawn.
    """

    title: str
    summary: str
    lines: list[str]
    numbers: list[NumberRow]


def doubt_section(record: RunRecord) -> DoubtSection | None:
    """Return the section; None where nothing was drawn."""
    if record.doubt:
        rows = [NumberRow(n.label, n.distribution, n.unit, n.kind, n.source) for n in record.doubt.numbers]
        return DoubtSection(
            "What the numbers' doubt does", doubt_words.summary(record), doubt_words.lines(record), rows
        )
    if record.uncertain:
        rows = [NumberRow(n.path, n.distribution, n.unit, n.kind, n.source) for n in record.uncertain]
        return DoubtSection("Uncertain numbers", older_draws.summary(record), older_draws.lines(record), rows)
    return None
