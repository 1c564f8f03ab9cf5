"""How long work reports its progress: a stage with a total, advanced in steps. Who shows it is not its business."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol


class Progress(Protocol):
    """Somebody who is told how far the work is."""

    def stage(self, title: str, total: int, unit: str = "steps") -> AbstractContextManager[Callable[[int], None]]:
        """Begin a stage of `total` steps, each a `unit`; its value is called with the steps finished since."""
        ...

    def note(self, text: str) -> None:
        """Tell the user something in a line."""
        ...
