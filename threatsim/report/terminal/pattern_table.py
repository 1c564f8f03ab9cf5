"""Prints the market held against published patterns."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from threatsim.experiment.record.record import PatternCheck
from threatsim.report.terminal.showing import NARROWEST, bullets, heading, show
from threatsim.report.words.pattern_words import summary, table


def print_patterns(checks: Sequence[PatternCheck], inputs: Sequence[str], console: Console) -> None:
    """Print every pattern with what was found, then what was measured and who reports it, and what were inputs."""
    width = max(NARROWEST, console.width)
    show(console, heading("The market against published patterns"), width)
    show(console, Text(summary(checks), style="bold"), width)
    show(console, Text(), width)
    for part in table(checks, width):
        show(console, part, width)
    show(console, Text(), width)
    show(console, heading("What was measured, and who reports it"), width)
    for check in checks:
        show(console, Text(check.check, style="bold"), width)
        show(console, bullets([check.measured, check.source]), width)
    show(console, Text(), width)
    show(console, heading("Inputs, not tests"), width)
    show(console, bullets(list(inputs)), width)
