"""The parts of a sweep: of each figure a table and a drawing, and the points that failed; its tidy tables."""

from __future__ import annotations

from typing import Any

from threatsim.questions.sweep.question import Sweep, SweepRecord
from threatsim.report.charts.chart import Drawn
from threatsim.report.questions.charts.curve_charts import curves
from threatsim.report.questions.charts.dial import dial
from threatsim.report.questions.charts.map_charts import heat_map
from threatsim.report.questions.charts.parallel_chart import parallel_points
from threatsim.report.questions.parts import AnswerPart
from threatsim.report.questions.path_words import in_short
from threatsim.report.questions.sweep_words import heat_strip, phrase, row_of
from threatsim.report.words import numbers


def parts(record: SweepRecord) -> list[AnswerPart]:
    """Return the parts of the page: of several paths a chart of all figures; the dial; a figure each; what failed."""
    figures = [_figure(record, figure) for figure in record.findings.figures]
    return [*_together(record), *_dial(record), *figures, *_failures(record)]


def brief(record: SweepRecord) -> AnswerPart:
    """Return the table of the terminal: the first figure, of arms that fit into 80 columns."""
    found = record.findings
    figure = found.figures[0]
    arms = list(record.arms)
    if len(found.varied) != 1 or len(arms) <= 3:
        return _figure(record, figure, charts=False)
    # A row an arm: its figure at both ends, and its course between as a strip.
    unit = row_of(figure).unit
    rows: list[tuple[str, ...]] = []
    for arm in arms:
        levels = [one.level for one in found.at(figure, arm)]
        strip = heat_strip([one.value for one in levels])
        rows.append((record.arms[arm], numbers.point(levels[0], unit), strip, numbers.point(levels[-1], unit)))
    (varied,) = found.varied
    ends = [in_short(point[varied.path]) for point in (found.points[0], found.points[-1])]
    return AnswerPart("brief", _title(figure), ("arm", f"at {ends[0]}", "between", f"at {ends[1]}"), rows)


def _title(figure: str) -> str:
    text = phrase(figure)
    return f"{text[:1].upper()}{text[1:]}, {row_of(figure).unit}"


def _figure(record: SweepRecord, figure: str, *, charts: bool = True) -> AnswerPart:
    found = record.findings
    arms, unit = record.arms, row_of(figure).unit
    of = {(one.point, one.arm): one for one in found.found if one.figure == figure}
    rows: list[tuple[str, ...]] = []
    for point, values in enumerate(found.points):
        cells = [of[point, arm] for arm in arms if (point, arm) in of]
        if cells:
            words = [numbers.in_words(one.level, unit) for one in cells]
            rows.append((*(in_short(value) for value in values.values()), *words))
    heads = (*(one.path for one in found.varied), *arms.values())
    key = figure.replace("@", "-at-")
    drawn = curves(found, record.arms, figure, f"curve-{key}") if charts and len(found.varied) == 1 else []
    return AnswerPart(key, _title(figure), heads, rows, charts=drawn)


def _together(record: SweepRecord) -> list[AnswerPart]:
    """Return the chart of a sweep over several paths, in which a reader chooses figure and arm."""
    found = record.findings
    if len(found.varied) < 2:
        return []
    drawn: list[Drawn]
    if len(found.varied) == 2 and found.design == "grid":
        drawn = heat_map(found, record.arms, "map")
    else:
        drawn = parallel_points(found, record.arms, "parallel")
    return [AnswerPart("together", "All paths together", (), (), charts=drawn)] if drawn else []


def _dial(record: SweepRecord) -> list[AnswerPart]:
    turned = dial(record)
    return [AnswerPart("dial", "Turn the dial", (), (), notes=tuple(turned.notes), dial=turned)] if turned else []


def _failures(record: SweepRecord) -> list[AnswerPart]:
    rows: list[tuple[str, ...]] = [
        (str(one.point), record.arms[one.arm], str(one.replicate), one.message) for one in record.findings.failures
    ]
    heads = ("point", "arm", "replicate", "what was wrong")
    return [AnswerPart("failures", "Markets that failed", heads, rows)] if rows else []


def tables(sweep: Sweep) -> dict[str, list[dict[str, Any]]]:
    """Return the tidy tables: points, every figure of every market, estimates, and what failed."""
    found = sweep.record.findings
    return {
        "points": [{"point": point, **values} for point, values in enumerate(found.points)],
        "metrics": [one._asdict() for one in sweep.markets],
        "estimates": estimates(sweep.record),
        "failures": [one.model_dump() for one in found.failures],
    }


def estimates(record: SweepRecord) -> list[dict[str, Any]]:
    """Return a row a point, arm and figure: the values of the point, the level and the difference to the baseline."""
    found = record.findings
    rows = []
    for one in found.found:
        change = one.difference
        rows.append(
            {
                "point": one.point,
                **found.points[one.point],
                "arm": one.arm,
                "figure": one.figure,
                "unit": row_of(one.figure).unit,
                "value": one.level.value,
                "low": one.level.low,
                "high": one.level.high,
                "n": one.level.n,
                "difference": change.value if change else None,
                "difference_low": change.low if change else None,
                "difference_high": change.high if change else None,
            }
        )
    return rows
