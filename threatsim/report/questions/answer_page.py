"""The page of an answer: one HTML file with everything in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from threatsim.report.page.live_page import dressed, script_json, shown, templates
from threatsim.report.questions.parts import AnswerPart

_FOLDED: Final = 12
"""A table with more rows than this is folded."""


def answer_page(title: str, sentences: Sequence[str], parts: Sequence[AnswerPart]) -> str:
    """Return the page as HTML text, all text of the scenario escaped; only drawings and scripts are not.

    Args:
        title: of the page.
        sentences: the answer in words.
        parts: what is below them.
    """
    environment = templates(autoescape=True)
    turned = next((part.dial.content for part in parts if part.dial is not None and part.dial.content), None)
    return environment.get_template("question_answer.html.j2").render(
        title=title,
        sentences=list(sentences),
        parts=[(part, [shown(figure, table=0) for figure in part.charts]) for part in parts],
        folded=_FOLDED,
        dial_json=script_json(turned) if turned else "",
        **dressed(
            environment,
            [figure for part in parts for figure in part.charts],
            ["dial.js"] if turned else [],
        ),
    )
