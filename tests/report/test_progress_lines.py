"""Progress where there is no terminal: a line every ten seconds."""

from __future__ import annotations

import io
import re
import threading

import pytest
from rich.console import Console

from threatsim.report.terminal import progress_bars
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
        "Market: done in 0:00:40",
    ]


def test_what_an_earlier_try_had_done_does_not_shorten_what_is_left() -> None:
    seconds, out = 0.0, io.StringIO()
    progress = TerminalProgress(Console(file=out, width=40), clock=lambda: seconds)
    with progress.stage("Patches", 100, "steps") as advance:
        advance(90)  # at once, as a training that was killed goes on
        for _ in range(9):
            seconds += 5
            advance(1)
    told = out.getvalue().splitlines()
    assert told[1] == "Patches: 92 of 100 steps, about 0:00:40 left"
    assert told[3] == "Patches: 96 of 100 steps, about 0:00:20 left"


def test_a_short_one_tells_its_start_and_its_end() -> None:
    assert lines(0.9, 10) == ["Market: 10 weeks", "Market: done in 0:00:09"]


def test_a_step_that_lasts_is_told_of_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_bars, "EVERY", 0.01)
    out, told = io.StringIO(), threading.Event()

    class Listening(io.StringIO):
        def write(self, text: str) -> int:
            if "of 10 weeks" in text:
                told.set()
            return out.write(text)

    with TerminalProgress(Console(file=Listening(), width=80)).stage("Market", 10, "weeks"):
        assert told.wait(120)  # no step has ended
    assert "Market: 0 of 10 weeks, 0:00:00 so far" in out.getvalue()


@pytest.mark.parametrize(("width", "rate"), [(80, False), (120, True)])
def test_a_bar_fits_its_line_and_has_the_rate_where_there_is_room(width: int, rate: bool) -> None:
    out = io.StringIO()
    console = Console(file=out, width=width, force_terminal=True)
    with TerminalProgress(console).stage("Success against epsilon", 100_000, "weeks") as advance:
        advance(50_000)
    shown = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", out.getvalue()).splitlines()
    assert max(len(line.rstrip()) for line in shown) <= width
    assert all("Success" in line for line in shown if line.strip())  # one line, not two
    assert ("weeks/s" in out.getvalue()) == rate


def test_quiet_tells_nothing() -> None:
    assert lines(4.0, 10, quiet=True) == []
