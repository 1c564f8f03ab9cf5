"""How a text is put on a terminal: lines without blanks at their ends, headings, lists, ASCII where it must be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rich.console import Console, ConsoleOptions, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from threatsim.report.words import numbers

NARROWEST: Final = 80
"""Below this width the layout stays as it is at 80: a terminal's own line break beats a cut number."""
_ASCII: Final = str.maketrans(
    {
        numbers.MINUS: "-",
        "Δ": "d",
        "↓": "v",
        "↑": "^",
        "“": '"',
        "”": '"',
        "─": "-",
        "├": "|",
        "┤": "|",
        "●": "o",
        "│": "|",
        "•": "*",
        "–": "-",
        "█": "#",
        "→": ">",
        "×": "x",
        "…": "~",
        "∞": "inf",
    }
)


class Name:
    """A name in a table's cell: where a line does not hold it, it goes on after a `_`, `.`, `:`, `/` or `-` of it."""

    def __init__(self, text: str, style: str = "") -> None:
        """Take the name.

        Args:
            text: the name; of several words, each is taken for one.
            style: of rich.
        """
        self._text, self._style = text, style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield its lines."""
        lines = [""]
        for part in self._parts():
            if lines[-1] and len((lines[-1] + part).rstrip()) > options.max_width:
                lines.append("")
            lines[-1] += part
        yield Text("\n".join(line.rstrip() for line in lines), style=self._style, overflow="fold")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Return how narrow and how wide it may stand."""
        narrowest = max((len(part.rstrip()) for part in self._parts()), default=0)
        return Measurement(narrowest, len(self._text)).with_maximum(options.max_width)

    def _parts(self) -> list[str]:
        """Return what may not be divided."""
        return re.findall(r"[^\s_.:/-]*(?:[\s_.:/-]+|$)", self._text)


def show(console: Console, part: RenderableType, width: int) -> None:
    """Print one part at a width, without blanks at the ends of lines.

    Where the encoding lacks the characters (a Windows code page), they are replaced by ASCII ones.
    """
    unicode = console.encoding.lower().startswith("utf")
    for line in console.render_lines(part, console.options.update(width=width), pad=False):
        text = Text(end="").join(Text(segment.text, segment.style or "") for segment in line if not segment.control)
        text.rstrip()
        if not unicode:
            text = Text(text.plain.translate(_ASCII).encode(console.encoding, "replace").decode(console.encoding))
        console.print(text, soft_wrap=True)


def heading(text: str) -> Rule:
    """Return the line that opens a section."""
    return Rule(Text(text, style="bold"), align="left", style="dim", characters="─")


def bullets(items: list[str]) -> RenderableType:
    """Return a list whose lines hang under their own first word."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for item in items:
        grid.add_row(Text("•", style="dim"), Text(item))
    return Padding(grid, (0, 0, 0, 1))
