"""How a text is put on a terminal: lines without blanks at their ends, headings, lists, ASCII where it must be."""

from __future__ import annotations

from typing import Final

from rich.console import Console, RenderableType
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
