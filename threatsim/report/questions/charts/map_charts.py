"""The map of a grid of two paths: a cell a point; the reader chooses the figure and the arm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import altair as alt

from threatsim.questions.sweep.findings import PointFigure, SweepFindings
from threatsim.report.charts.chart import Chart, ColumnChoice, Drawn
from threatsim.report.charts.drawing import BAD, FAINT, GOOD, INK
from threatsim.report.charts.marks import ChartData, Rows
from threatsim.report.questions.charts.answer_chart import (
    MOST_ROWS,
    Good,
    Kind,
    Kinds,
    arm_kinds,
    drawn,
    evenly,
    scale_of,
    sense,
    told,
)
from threatsim.report.questions.path_words import each_in_short, titled
from threatsim.report.questions.sweep_words import phrase, row_of
from threatsim.report.words import numbers
from threatsim.statistics.estimate import Estimate

_MOST: Final = 40
"""Values of a path at most: cells of a telephone's screen are then a few pixels wide."""
_DARKEST: Final = 0.55
"""Opacity of the darkest cell, on which ink is still read."""


@dataclass(frozen=True)
class View:
    """What is looked at: an arm's figures, or how they differ from the baseline's.

    Attributes:
        name: as the reader chooses it.
        arm: the arm.
        difference: whether it is the difference to the baseline.
    """

    name: str
    arm: str
    difference: bool = False

    def estimate(self, one: PointFigure) -> Estimate | None:
        """Return what is looked at of a figure at a point."""
        return one.difference if self.difference else one.level


def views_of(arms: Mapping[str, str], most: int) -> list[View]:
    """Return the baseline, each other arm, and each other arm less the baseline; no more than so many."""
    names = dict(zip(arms, arm_kinds(arms).names, strict=True))
    baseline, *others = names
    found = [View(names[baseline], baseline)]
    for arm in others:
        found += [View(names[arm], arm), View(f"{names[arm]}, less {names[baseline]}", arm, True)]
    return found[: max(1, most)]


def choices_of(figures: Sequence[str], views: Sequence[View]) -> tuple[ColumnChoice, ColumnChoice]:
    """Return what the reader chooses: the figure, and the arm."""
    return (
        ColumnChoice("figure", "Figure", tuple(figure_in_words(one) for one in figures)),
        ColumnChoice("view", "Arm", tuple(one.name for one in views)),
    )


def figure_in_words(figure: str) -> str:
    """Return a figure with its unit, as a heading."""
    text = phrase(figure)
    unit = scale_of(row_of(figure).unit)[1]
    return f"{text[:1].upper()}{text[1:]}, {unit}"


def fitting(found: SweepFindings, arms: Mapping[str, str], rows: int) -> tuple[tuple[str, ...], list[View], str]:
    """Return the figures and the views that a chart has room for, and a sentence on those that it has not.

    Args:
        found: the sweep.
        arms: name -> title.
        rows: of one figure and view.
    """
    figures = found.figures[: max(1, MOST_ROWS // rows)]
    every = views_of(arms, 2 * len(arms))
    views = every[: max(1, MOST_ROWS // (rows * len(figures)))]
    if len(figures) == len(found.figures) and len(views) == len(every):
        return figures, views, ""
    return figures, views, " Other figures and arms are in the tables, and in estimates.csv."


def heat_map(found: SweepFindings, arms: Mapping[str, str], key: str) -> list[Drawn]:
    """Return figures over two paths of a grid, a cell a point with its value in it."""
    across, up = found.varied
    shown = [[varied.values[place] for place in evenly(len(varied.values), _MOST)] for varied in (across, up)]
    columns, lines = ([*zip(values, each_in_short(values), strict=True)] for values in shown)
    point = {(values[across.path], values[up.path]): place for place, values in enumerate(found.points)}
    figures, views, left_out = fitting(found, arms, len(columns) * len(lines))
    kinds = Kinds(
        "side",
        [
            Kind("better than the middle", GOOD, "square"),
            Kind("worse", BAD, "square"),
            Kind("neither", FAINT, "square"),
        ],
    )
    of = {(one.figure, one.arm, one.point): one for one in found.found}
    rows: Rows = []
    for figure in figures:
        metric = row_of(figure)
        for view in views:
            cells = {
                (x, y): view.estimate(one)
                for x, _ in columns
                for y, _ in lines
                if (one := of.get((figure, view.arm, point[x, y]))) is not None
            }
            strengths = strengths_of(cells, metric.good, view.difference)
            for x, x_name in columns:
                for y, y_name in lines:
                    level = cells.get((x, y))
                    if level is None or level.value is None:
                        continue
                    side, strength = strengths[x, y]
                    words = told(level, metric.unit, signed=view.difference)
                    value = (
                        numbers.change(level.value, metric.unit)
                        if view.difference
                        else numbers.point(level, metric.unit)
                    )
                    rows.append(
                        {
                            "figure": figure_in_words(figure),
                            "view": view.name,
                            "x": x_name,
                            "y": y_name,
                            "value": level.value,
                            "low": level.low,
                            "high": level.high,
                            "side": kinds.names[0 if side == "better" else 1 if side == "worse" else 2],
                            "strength": round(strength, 3),
                            "text": value,
                            "tooltip": f"{across.path} {x_name}, {up.path} {y_name}: "
                            f"{phrase(figure)} of {view.name} {words}",
                        }
                    )
    if not rows:
        return []

    def draw(tables: ChartData, narrow: bool) -> Chart:
        base = alt.Chart(tables.add(rows)).encode(
            x=alt.X(
                "x:O",
                sort=[name for _, name in columns],
                title=titled(across),
                axis=alt.Axis(labelAngle=0, labelOverlap=True, ticks=False, domain=False),
            ),
            y=alt.Y(
                "y:O",
                sort=[name for _, name in reversed(lines)],
                title=titled(up),
                axis=alt.Axis(ticks=False, domain=False, labelOverlap=True),
            ),
            description=alt.Description("tooltip:N"),
        )
        cells = base.mark_rect(stroke=INK, strokeOpacity=0.15).encode(
            color=kinds.colour(narrow),
            fillOpacity=alt.FillOpacity("strength:Q", scale=alt.Scale(domain=[0, 1], range=[0, _DARKEST]), legend=None),
        )
        layers: list[Any] = [cells]
        if len(columns) <= (6 if narrow else 16) and len(lines) <= 24:
            layers.append(base.mark_text(color=INK, fontSize=11 if narrow else 12).encode(text=alt.Text("text:N")))
        height = max(60, min(420, 40 * len(lines)))
        return alt.LayerChart(layer=layers, width=270 if narrow else 860, height=height)

    note = (
        "A cell is a point, with the mean over the replicates. The stronger its colour, the further it lies from the "
        "middle of what the map shows, or of a difference from zero; figures without a good direction are shaded from "
        "low to high." + left_out
    )
    if len(columns) < len(across.values) or len(lines) < len(up.values):
        note += f" {len(columns)} by {len(lines)} values are drawn, evenly apart; the tables have all."
    title = f"Figures over {across.path} and {up.path}"
    return [drawn(key, title, note, draw, kinds=kinds, choices=choices_of(figures, views))]


def strengths_of(cells: Mapping[Any, Estimate | None], good: Good, difference: bool) -> dict[Any, tuple[str, float]]:
    """Return of each cell whether it is better or worse than the middle, and how far it lies from it, from 0 to 1.

    Args:
        cells: what is shown; cells that are undefined are left out.
        good: which direction is good; where none is, a cell is neither, and as strong as it is high.
        difference: whether the middle is zero, and not the middle between the least and the most.
    """
    known = {key: one.value for key, one in cells.items() if one is not None and one.value is not None}
    if not known:
        return {}
    low, high = min(known.values()), max(known.values())
    if good == "neither" and not difference:
        return {key: ("neither", (value - low) / (high - low) if high > low else 0.0) for key, value in known.items()}
    middle = 0.0 if difference else (low + high) / 2
    reach = max(high - middle, middle - low)
    return {
        key: (sense(value - middle, good), abs(value - middle) / reach if reach else 0.0)
        for key, value in known.items()
    }
