"""Progress where there is no terminal: a line every ten seconds."""

from __future__ import annotations

import io

from rich.console import Console

from threatsim.report.terminal.progress_bars import TerminalProgress


def lines(seconds_a_step: float, steps: int, *, quiet: bool = False) -> list[str]:
    """Return what a stage of so many steps prints in a pipe, by a clock of its own."""
    seconds = 0.0
    out = io.StringIO()
    progress = TerminalProgress(Console(file=out, width=40), quiet=quiet, clock=lambda: seconds)
    with progress.stage("Market", steps, "weeks") as advance:
        for _ in range(steps):
            seconds += seconds_a_step
            advance(1)
    return out.getvalue().splitlines()


def test_a_long_stage_tells_every_ten_seconds_how_far_it_is_and_what_is_left() -> None:
    assert lines(4.0, 10) == [
        "Market: 10 weeks",
        "Market: 3 of 10 weeks, about 0:00:28 left",
        "Market: 6 of 10 weeks, about 0:00:16 left",
        "Market: 9 of 10 weeks, about 0:00:04 left",
        "Market: done, 0.25 weeks/s",
    ]


def test_a_short_one_tells_its_start_and_its_end() -> None:
    assert lines(0.9, 10) == ["Market: 10 weeks", "Market: done, 1.11 weeks/s"]


def test_quiet_tells_nothing() -> None:
    assert lines(4.0, 10, quiet=True) == []
