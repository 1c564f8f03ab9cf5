"""The chart of the referral network, its providers coloured by conduct."""

from __future__ import annotations

from collections import Counter
from typing import Final

import altair as alt

from threatsim.experiment.record.record import RunRecord
from threatsim.report.charts import marks
from threatsim.report.charts.drawing import CONDUCT_COLOURS, GRID
from threatsim.report.charts.marks import ChartData, Rows
from threatsim.report.charts.network_view import CONDUCT, NetworkView
from threatsim.report.words import numbers

COLOURS: Final = dict(zip(CONDUCT, CONDUCT_COLOURS, strict=True))
SHAPES: Final = dict(zip(CONDUCT, ("circle", "square", "triangle-up", "diamond"), strict=True))
_DID: Final = dict(
    zip(
        CONDUCT,
        (
            "honest and never accused",
            "honest and yet accused",
            "billed falsely and were never accused",
            "billed falsely and were accused",
        ),
        strict=True,
    )
)


def network(view: NetworkView, record: RunRecord, tables: ChartData, narrow: bool) -> alt.ConcatChart:
    """Return a panel an arm: links as lines, a mark a provider, its colour and its shape by conduct.

    Args:
        view: where providers and links lie.
        record: names the arms.
        tables: takes the rows.
        narrow: whether panels lie below one another.
    """
    titles = dict(zip((arm.name for arm in record.arms), marks.arm_titles(record), strict=True))
    # One path with gaps: a line a link would outweigh all other charts.
    ends: Rows = [
        {"x": point[0], "y": point[1]} if point else {"x": None, "y": None}
        for link in view.links
        for point in (*link, None)
    ]
    links = alt.Chart(tables.add(ends, figures=False)).mark_line(color=GRID, strokeWidth=0.9, aria=False)
    x = alt.X("x:Q", axis=None, scale=alt.Scale(zero=False, nice=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(zero=False, nice=False))
    drawn = links.encode(x=x, y=y, order=alt.value(None))
    colour = marks.colour("conduct", COLOURS, marks.legend(narrow, "circle"))
    shape = alt.Shape(
        "conduct:N",
        scale=alt.Scale(domain=list(CONDUCT), range=list(SHAPES.values())),
        legend=marks.legend(narrow, "circle"),
    )
    panels = []
    for name, practices in view.practices.items():
        rows: Rows = [
            {
                "arm": titles[name],
                "provider": one.provider,
                "conduct": one.conduct,
                "tactic": one.tactic,
                "false_claims": one.false_claims,
                "findings": one.findings,
                "x": one.x,
                "y": one.y,
            }
            for one in practices
        ]
        template = "{provider}, {arm}: {conduct}; {false_claims} false claims, {findings} findings"
        shown: Rows = [{**row, "tooltip": marks.tooltip(template, row)} for row in rows]
        dots = alt.Chart(tables.add(shown, live=rows, template=template)).mark_point(filled=True, size=52, opacity=1)
        dots = dots.encode(x=x, y=y, color=colour, shape=shape, description="tooltip:N")
        size = 270 if narrow else 440
        panels.append(alt.LayerChart(layer=[drawn, dots], width=size, height=size, title=titles[name]))
    return alt.concat(*panels, columns=1 if narrow else 2, spacing={"row": 24, "column": 24})


def in_words(view: NetworkView, record: RunRecord) -> list[str]:
    """Return how many providers of each conduct there are, a sentence an arm."""
    titles = dict(zip((arm.name for arm in record.arms), marks.arm_titles(record), strict=True))
    sentences = []
    for name, practices in view.practices.items():
        counts = Counter(one.conduct for one in practices)
        told = [f"{numbers.count(counts[kind])} {_DID[kind]}" for kind in CONDUCT if counts[kind]]
        of = "" if len(practices) == view.providers else f", of the {numbers.count(len(practices))} drawn"
        sentences.append(f"“{titles[name]}”{of}: {numbers.listed(told)}.")
    return sentences
