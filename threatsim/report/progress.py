"""Progress on a terminal: bars with the time left on stderr; a line a stage where there is no terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)


class TerminalProgress:
    """Shows stages as they run. `quiet` shows nothing at all.

    Args:
        console: a console on stderr, so that stdout stays the result's own.
    """

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self._console = console
        self._quiet = quiet

    @contextmanager
    def stage(self, title: str, total: int) -> Iterator[Callable[[int], None]]:
        """A stage of `total` steps; nothing is shown for one that has no work."""
        if self._quiet or total == 0:
            yield lambda steps: None
        elif self._console.is_terminal:
            with self._bars() as bars:
                task = bars.add_task(title, total=total)
                yield lambda steps: bars.advance(task, steps)
        else:
            self._console.print(f"{title}: {total} steps", soft_wrap=True)
            yield lambda steps: None
            self._console.print(f"{title}: done", soft_wrap=True)

    def note(self, text: str) -> None:
        """A remark in a line."""
        if not self._quiet:
            self._console.print(text, soft_wrap=True, markup=False, highlight=False)

    def _bars(self) -> Progress:
        return Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<24}"),
            BarColumn(bar_width=None),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self._console,
        )
