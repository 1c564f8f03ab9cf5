"""A table as HTML, for notebooks: no script, no style sheet, every text escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def html_table(head: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str = "") -> str:
    """Return a table whose first column names its rows.

    Args:
        head: what stands above each column.
        rows: cells of plain text, as many as the head has; a line break within one stays.
        caption: above the table; empty for none.
    """
    top = "".join(f'<th scope="col">{_text(cell)}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row" style="text-align: left">{_text(name)}</th>'
        + "".join(f"<td>{_text(cell)}</td>" for cell in cells)
        + "</tr>"
        for name, *cells in rows
    )
    named = f'<caption style="text-align: left">{_text(caption)}</caption>' if caption else ""
    return f"<table>{named}<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def _text(text: str) -> str:
    return escape(text).replace("\n", "<br>")
