"""The console that everything is printed on: text of others is text there, whoever forgets to clean it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from threatsim.report.plain_text import visible


class SafeConsole(Console):
    """A console that reads no markup, and lets no control character or direction override of a text through."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"highlight": False, "markup": False, "emoji": False, **options})

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield what a renderable comes to, cleaned; what moves the cursor is no text and stays."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(visible(segment.text), segment.style)
