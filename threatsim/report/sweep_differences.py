"""Two sweeps held against each other: in words, as parts of a page or terminal, and as rows of a table."""

from __future__ import annotations

from typing import Any, Final

from threatsim.questions.sweep.comparison import PointDifference, SweepComparison
from threatsim.questions.sweep.findings import PointFigure, SweepFindings
from threatsim.report.charts.chart import Drawn
from threatsim.report.questions.answer_page import answer_page
from threatsim.report.questions.charts.curve_charts import curves
from threatsim.report.questions.parts import AnswerPart
from threatsim.report.questions.path_words import in_short
from threatsim.report.questions.sweep_words import phrase, row_of
from threatsim.report.words import numbers
from threatsim.statistics.estimate import Estimate

_FEW: Final = 3
"""Arms whose lines of two sweeps a chart has room for."""


def sentences(found: SweepComparison) -> list[str]:
    """Return what is compared, and where the first figure differs most."""
    figure = found.figures[0]
    of = [one for one in found.found if one.figure == figure]
    surely = [one for one in of if one.difference.excludes_zero]
    a, b = (
        f"({numbers.printable(title)}, {numbers.printable(side)})"
        for title, side in zip(found.scenarios, found.sides, strict=True)
    )
    compared = f"B {b} less A {a} at {len(found.points)} points, in the same {found.replicates} replicates."
    told = (
        f"Of {len(of)} differences in {phrase(figure)}, {len(surely)} are told from chance one by one (95 % intervals)."
    )
    if not surely:
        return [compared, told]
    most = max(surely, key=lambda one: abs(one.difference.value or 0.0))
    unit = row_of(figure).unit
    return [
        compared,
        told,
        f"The largest of these is {numbers.change_in_words(most.difference, unit)}, {row_of(figure).heading}, of "
        f"'{found.arms[most.arm]}' at {_place(found, most)}.",
    ]


def _place(found: SweepComparison, one: PointDifference) -> str:
    values = found.points[one.point]
    return numbers.listed([f"{path} {in_short(value)}" for path, value in values.items()])


def parts(found: SweepComparison) -> list[AnswerPart]:
    """Return a table a figure: point and arm, both levels, the difference."""
    heads = (*found.points[0], "arm", "A", "B", "B less A")
    made = []
    for figure in found.figures:
        unit = row_of(figure).unit
        rows = [
            (
                *(in_short(value) for value in found.points[one.point].values()),
                found.arms[one.arm],
                numbers.point(one.first, unit),
                numbers.point(one.second, unit),
                numbers.change_in_words(one.difference, unit),
            )
            for one in found.found
            if one.figure == figure
        ]
        text = phrase(figure)
        title = f"{text[:1].upper()}{text[1:]}, {row_of(figure).heading}"
        key = figure.replace("@", "-at-")
        made.append(AnswerPart(key, title, heads, rows, charts=_curves(found, figure, f"curve-{key}")))
    return made


def _curves(found: SweepComparison, figure: str, key: str) -> list[Drawn]:
    """Return both sweeps over each other, where one path varies: of all arms, of the baseline where they are many."""
    if len(found.varied) != 1:
        return []
    arms = list(found.arms) if len(found.arms) <= _FEW else list(found.arms)[:1]
    lines = {f"{side}|{arm}": f"{side}, {found.arms[arm]}" for arm in arms for side in "AB"}
    both = SweepFindings(
        design="grid",
        replicates=found.replicates,
        varied=found.varied,
        points=found.points,
        figures=(figure,),
        found=tuple(
            PointFigure(point=one.point, arm=f"{side}|{one.arm}", figure=figure, level=level, difference=None)
            for one in found.found
            if one.figure == figure and one.arm in arms
            for side, level in (("A", one.first), ("B", one.second))
        ),
        failures=(),
        metrics_hash="",
    )
    return curves(both, lines, figure, key)


def rows(found: SweepComparison) -> list[dict[str, Any]]:
    """Return a row a point, arm and figure."""
    return [
        {
            "point": one.point,
            **found.points[one.point],
            "arm": one.arm,
            "figure": one.figure,
            "unit": row_of(one.figure).unit,
            **_ends("a", one.first),
            **_ends("b", one.second),
            **_ends("difference", one.difference),
            "n": one.difference.n,
        }
        for one in found.found
    ]


def _ends(name: str, one: Estimate) -> dict[str, float | None]:
    return {name: one.value, f"{name}_low": one.low, f"{name}_high": one.high}


def page(found: SweepComparison) -> str:
    """Return the comparison as a page."""
    title = f"Two sweeps: {found.scenarios[0]}, {found.scenarios[1]}"
    return answer_page(title, sentences(found), parts(found))
