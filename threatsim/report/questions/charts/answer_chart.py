"""What the charts of answers have in common: kinds of marks that look different, units, and how much is drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import altair as alt

from threatsim.report.charts.chart import Chart, ColumnChoice, Drawn, Switch
from threatsim.report.charts.drawing import ARM_COLOURS, BAD, FAINT, GOOD, INK, cycled, variable
from threatsim.report.charts.marks import NUMBERS, ChartData, Rows, dashes_of
from threatsim.report.words import numbers
from threatsim.statistics.estimate import Estimate

Good = Literal["lower", "higher", "neither"]
Sense = Literal["better", "worse", "neither"]
MOST_ROWS: Final = 6000
"""Rows of one chart at most: about half a megabyte of a page."""


@dataclass(frozen=True)
class Kind:
    """A kind of marks: told apart by colour, and by shape or dashes too.

    Attributes:
        name: of the kind.
        colour: stand-in of the page's colour.
        mark: what stands for it: line, circle, square, triangle-up, triangle-down or diamond.
        dash: of lines.
        width: of lines, pixels.
        opacity: from 0 to 1.
    """

    name: str
    colour: str
    mark: str = "circle"
    dash: tuple[int, ...] = (1, 0)
    width: float = 1.5
    opacity: float = 1.0


@dataclass(frozen=True)
class Kinds:
    """The kinds of a chart, in the order of its legend."""

    field: str
    kinds: Sequence[Kind]

    @property
    def names(self) -> list[str]:
        """Their names."""
        return [kind.name for kind in self.kinds]

    def colour(self, narrow: bool = False) -> alt.Color:
        """Return the channel of colour, with the legend."""
        return alt.Color(self._shorthand, scale=self._scale("colour"), legend=self._legend(narrow))

    def shape(self, narrow: bool = False) -> alt.Shape:
        """Return the channel of shapes, with the legend."""
        return alt.Shape(self._shorthand, scale=self._scale("mark"), legend=self._legend(narrow))

    def dash(self, narrow: bool = False) -> alt.StrokeDash:
        """Return the channel of dashes, with the legend."""
        return alt.StrokeDash(self._shorthand, scale=self._scale("dash"), legend=self._legend(narrow))

    def width(self) -> alt.StrokeWidth:
        """Return the channel of widths."""
        return alt.StrokeWidth(f"{self.field}:O", scale=self._scale("width"), legend=None)

    def opacity(self) -> alt.Opacity:
        """Return the channel of opacity."""
        return alt.Opacity(f"{self.field}:O", scale=self._scale("opacity"), legend=None)

    @property
    def switches(self) -> list[Switch]:
        """The legend of the live chart."""
        return [
            Switch(
                kind.name,
                variable(kind.colour),
                kind.mark,
                " ".join(map(str, kind.dash)) if kind.dash[1] and kind.mark == "line" else "",
            )
            for kind in self.kinds
        ]

    @property
    def _shorthand(self) -> str:
        return f"{self.field}:N"

    def _scale(self, attribute: str) -> alt.Scale:
        return alt.Scale(domain=self.names, range=[getattr(kind, attribute) for kind in self.kinds])

    def _legend(self, narrow: bool) -> alt.Legend:
        return alt.Legend(orient="bottom", title=None, columns=1 if narrow else 3, symbolOpacity=1, labelLimit=320)


def arm_kinds(arms: Mapping[str, str]) -> Kinds:
    """Return the arms, each with the colour and the dashes that it has in all charts."""
    titles = [numbers.printable(title) for title in arms.values()]
    colours = cycled(ARM_COLOURS, len(titles))
    dashes = dashes_of(titles)
    return Kinds(
        "arm",
        [Kind(title, colour, "line", tuple(dashes[title]), 2.2) for title, colour in zip(titles, colours, strict=True)],
    )


def good_and_bad(field: str, better: str, worse: str, neither: str, *, lines: bool = False) -> Kinds:
    """Return three kinds: what is better, what is worse, and what is neither; told apart without colour as well."""
    if lines:
        return Kinds(
            field,
            [
                Kind(better, GOOD, "line", (1, 0), 2.2, 0.9),
                Kind(worse, BAD, "line", (7, 3), 1.8, 0.85),
                Kind(neither, FAINT, "line", (2, 3), 1.1, 0.6),
            ],
        )
    return Kinds(
        field,
        [Kind(better, GOOD, "triangle-up"), Kind(worse, BAD, "triangle-down"), Kind(neither, FAINT, "circle")],
    )


def drawn(
    key: str,
    title: str,
    note: str,
    draw: Callable[[ChartData, bool], Chart],
    *,
    kinds: Kinds | None = None,
    switched: bool = False,
    choices: Sequence[ColumnChoice] = (),
) -> Drawn:
    """Return a chart of an answer.

    Args:
        key: its name in the page.
        title: what it shows.
        note: how to read it.
        draw: draws it over the tables that its rows go into; narrow for a telephone.
        kinds: its legend.
        switched: whether the reader may switch kinds off.
        choices: of what it shows one at a time.
    """
    tables = ChartData()
    wide, narrow = draw(tables, False), draw(ChartData(), True)
    found = {row.get(kinds.field) for rows in tables.rows.values() for row in rows} if kinds else set()
    switches = [switch for switch in kinds.switches if switch.name in found] if kinds else []
    series = kinds.field if kinds and switched else ""
    offered = tuple(choice for choice in choices if len(choice.options) > 1)
    return Drawn(key, title, note, series, "", "before", wide, narrow, tables, switches, offered)


def sense(change: float, good: Good) -> Sense:
    """Return whether a change is for the better or the worse; neither where it is none, or no direction is good."""
    if good == "neither" or change == 0:
        return "neither"
    return "better" if (change > 0) == (good == "higher") else "worse"


def told(estimate: Estimate, unit: str, *, signed: bool = False) -> str:
    """Return a figure with its interval and its unit."""
    text = numbers.change_in_words(estimate, unit) if signed else numbers.in_words(estimate, unit)
    return text if unit == "share" else f"{text} {unit}"


def scale_of(unit: str) -> tuple[float, str]:
    """Return by what a figure is multiplied on an axis, and what the axis calls its unit."""
    return (100.0, "%") if unit == "share" else (1.0, unit)


def amounts(field: str, title: str, *, ticks: int = 5, grid: bool = False, **scale: Any) -> dict[str, Any]:
    """Return what a channel of amounts takes: three digits, k and M for zeros."""
    return {
        "shorthand": f"{field}:Q",
        "title": title,
        "scale": alt.Scale(**scale),
        "axis": alt.Axis(labelExpr=NUMBERS, tickCount=ticks, grid=grid, labelOverlap=True),
    }


def evenly(count: int, most: int) -> list[int]:
    """Return at most so many of 0 to `count` - 1, evenly apart, both ends among them."""
    if count <= most:
        return list(range(count))
    return sorted({(place * (count - 1) + (most - 1) // 2) // (most - 1) for place in range(most)})


def zero_line(tables: ChartData, channel: type[alt.X | alt.Y], title: str, at: float = 0.0) -> alt.Chart:
    """Return a dashed line across a chart."""
    rows: Rows = [{"at": at}]
    line = alt.Chart(tables.add(rows, figures=False)).mark_rule(color=INK, strokeDash=[3, 3], opacity=0.7)
    crossed: alt.Chart = line.encode(channel("at:Q", title=title))
    return crossed
