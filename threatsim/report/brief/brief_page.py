"""The brief as HTML: all on one side of A4, whatever a scenario says of itself."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from threatsim.experiment.record.record import RunRecord
from threatsim.report.brief.brief_chart import chart_note, chart_svg, chart_title
from threatsim.report.labels import NO_LABEL, Label
from threatsim.report.words import limits, numbers
from threatsim.report.words.answer_parts.brief import brief_answer
from threatsim.report.words.answer_parts.overridden import overridden

_TITLE: Final = 100
_QUESTION: Final = 300
_ANSWER: Final = 1_000  # all its paragraphs together
_SET: Final = 60
_CAVEAT: Final = 290
"""Characters that there is room for; what is longer ends in an ellipsis."""


def brief_page(record: RunRecord, label: Label = NO_LABEL) -> str:
    """Return the brief of a run as HTML text; all text of the scenario is escaped, and no script is in it.

    Args:
        record: the run.
        label: what its user calls it.
    """
    environment = Environment(
        loader=PackageLoader("threatsim.report.brief", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    scenario = record.scenario
    set_there = overridden(record)
    style = files("threatsim.report.page").joinpath("templates/report.css").read_text(encoding="utf-8")
    return environment.get_template("brief.html.j2").render(
        style=Markup(style),
        title=_cut(str(scenario.get("title") or scenario.get("name") or "A run"), _TITLE),
        question=_cut(str(scenario.get("question") or ""), _QUESTION),
        answer=_fitting(brief_answer(record, commands=False)),
        chart_title=chart_title(record),
        chart=Markup(chart_svg(record)),
        note=chart_note(record),
        caveats=[_cut(sentence, _CAVEAT) for sentence in limits.gravest(record)],
        simulated=limits.simulated(record),
        scenario=_cut(str(scenario.get("name") or ""), _TITLE),
        run_id=record.run_id,
        label=_cut(label.text, _TITLE),
        set_there=[_cut(one, _SET) for one in set_there[:3]],
        more_set=max(0, len(set_there) - 3),
    )


def _fitting(paragraphs: list[str]) -> list[str]:
    """Cut the longest of some paragraphs, until there is room for all."""
    room, cut = _ANSWER, list(paragraphs)
    for left, place in zip(range(len(cut), 0, -1), sorted(range(len(cut)), key=lambda one: len(cut[one])), strict=True):
        cut[place] = _cut(cut[place], room // left)
        room -= len(cut[place])
    return cut


def _cut(text: str, length: int) -> str:
    """Return a text in one line, whole or up to a word and an ellipsis."""
    line = numbers.printable(text)
    if len(line) <= length:
        return line
    return line[: max(line.rfind(" ", 0, length), length // 2)] + "…"
