"""Progress on stderr: bars with the time left on a terminal; elsewhere lines, of a long stage one every ten seconds."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text


class _Speed(ProgressColumn):
    """How many steps a second over the whole stage, where that is one or more: 12.3 attacks/s."""

    def render(self, task: Task) -> Text:
        speed = task.completed / task.elapsed if task.elapsed else 0.0
        return Text(f"{speed:,.{0 if speed >= 100 else 1}f} {task.fields['unit']}/s" if speed >= 1 else "", style="dim")


_WIDE: Final = 100
"""Columns from which on a line holds the rate as well."""


EVERY: Final = 10.0
"""Seconds from one line of a stage to the next, where there is no terminal."""
_REMEMBERED: Final = 7
"""Lines that the time left is reckoned from: a minute. What was kept of an earlier try comes with the first step."""


class _Lines:
    """A stage where there is no terminal: a line when ten seconds have passed, whether or not a step has ended."""

    def __init__(
        self, title: str, total: int, unit: str, note: Callable[[str], None], clock: Callable[[], float]
    ) -> None:
        self._title, self._total, self._unit, self._note, self._clock = title, total, unit, note, clock
        self._done, self._began, self._last = 0, clock(), clock()
        self._marks: deque[tuple[float, int]] = deque(maxlen=_REMEMBERED)
        self._lock = threading.Lock()

    def advance(self, steps: int) -> None:
        """Count steps that were done."""
        with self._lock:
            self._done += steps
            self._tell()
            if not self._marks:
                self._marks.append((self._clock(), self._done))

    @contextmanager
    def told(self) -> Iterator[None]:
        """Have a thread look whether a line is due, for as long as the stage lasts."""
        over = threading.Event()

        def watch() -> None:
            while not over.wait(EVERY):
                with self._lock:
                    self._tell()

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def elapsed(self) -> timedelta:
        """Return how long the stage has lasted, in whole seconds."""
        return timedelta(seconds=round(self._clock() - self._began))

    def _tell(self) -> None:
        now = self._clock()
        if now - self._last < EVERY or self._done >= self._total:
            return
        self._last = now
        since, done = self._marks[0] if self._marks else (now, self._done)
        if self._done > done:
            seconds = (now - since) / (self._done - done) * (self._total - self._done)
            how_long = f"about {timedelta(seconds=round(seconds))} left"
        else:
            how_long = f"{self.elapsed()} so far"
        if self._marks:
            self._marks.append((now, self._done))
        self._note(f"{self._title}: {self._done:,} of {self._total:,} {self._unit}, {how_long}")


class TerminalProgress:
    """Shows stages as they run. `quiet` shows nothing at all.

    Args:
        console: a console on stderr, so that stdout stays the result's own.
        quiet: whether to show nothing.
        clock: seconds from any start on.
    """

    def __init__(self, console: Console, *, quiet: bool = False, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._quiet = quiet
        self._clock = clock

    @contextmanager
    def stage(self, title: str, total: int, unit: str = "steps") -> Iterator[Callable[[int], None]]:
        """Show a stage of `total` steps, each a `unit`; nothing is shown for one that has no work."""
        if self._quiet or total == 0:
            yield lambda steps: None
        elif self._console.is_terminal:
            with self._bars() as bars:
                task = bars.add_task(title, total=total, unit=unit)
                yield lambda steps: bars.advance(task, steps)
        else:
            self._console.print(f"{title}: {total:,} {unit}", soft_wrap=True, highlight=False)
            lines = _Lines(title, total, unit, self.note, self._clock)
            with lines.told():
                yield lines.advance
            self._console.print(f"{title}: done in {lines.elapsed()}", soft_wrap=True, highlight=False)

    @contextmanager
    def starting(self, title: str) -> Iterator[None]:
        """Show that something is being made ready whose length is not known, such as the import of libraries."""
        if self._quiet:
            yield
        elif self._console.is_terminal:
            with self._console.status(f"{escape(title)} ..."):
                yield
        else:
            self.note(f"{title} ...")
            yield

    def note(self, text: str) -> None:
        """Print a remark in a line."""
        if not self._quiet:
            self._console.print(text, soft_wrap=True, markup=False, highlight=False)

    def _bars(self) -> Progress:
        return Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<24}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            *([_Speed()] if self._console.width >= _WIDE else []),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=self._console,
        )
