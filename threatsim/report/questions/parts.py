"""What an answer is shown as, wherever it is shown: sentences, and parts with a table and a drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from threatsim.report.charts.chart import Drawn
from threatsim.report.questions.charts.dial import Dial


@dataclass(frozen=True)
class AnswerPart:
    """A part of an answer.

    Attributes:
        key: its name in the page's addresses and of its files.
        title: its heading.
        heads: of the table's columns.
        rows: of the table, as text.
        notes: sentences below the heading.
        charts: its charts.
        dial: what a reader turns, if it has any.
        folded: whether a page shows its title alone until it is opened.
    """

    key: str
    title: str
    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    notes: tuple[str, ...] = ()
    charts: Sequence[Drawn] = ()
    dial: Dial | None = None
    folded: bool = False


@dataclass(frozen=True)
class ShownAnswer:
    """All that is shown of an answer.

    Attributes:
        title: of its page.
        sentences: it in words.
        parts: what the page has below them.
        brief: what the terminal has below them.
    """

    title: str
    sentences: list[str]
    parts: Sequence[AnswerPart]
    brief: Sequence[AnswerPart]
