"""Prints the market held against published patterns."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from threatsim.experiment.record.record import PatternCheck
from threatsim.report.terminal.summary import NARROWEST, bullets, heading, show
from threatsim.report.words.pattern_words import expected_in_words, found_in_words, summary, verdict


def print_patterns(checks: Sequence[PatternCheck], inputs: Sequence[str], console: Console) -> None:
    """Print every pattern with what was measured, and which numbers were inputs."""
    width = max(NARROWEST, console.width)
    show(console, heading("The market against published patterns"), width)
    show(console, Text(summary(checks), style="bold"), width)
    for check in checks:
        style = {True: "green", False: "red", None: "yellow"}[check.ok]
        show(console, Text(), width)
        show(console, Text(f"{check.check}: {verdict(check)}", style=style), width)
        show(
            console,
            bullets(
                [
                    f"found {found_in_words(check)}; expected {expected_in_words(check)}",
                    f"measured: {check.measured}",
                    check.source,
                ]
            ),
            width,
        )
    show(console, Text(), width)
    show(console, heading("Inputs, not tests"), width)
    show(console, bullets(list(inputs)), width)
