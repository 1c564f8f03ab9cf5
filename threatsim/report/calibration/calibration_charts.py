"""The drawings of a calibration: prior and posterior, and moments against what is predicted of them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import altair as alt

from threatsim.calibration.findings import FittedNumber, MomentFound
from threatsim.report.calibration.calibration_words import in_short, span
from threatsim.report.charts.chart import Chart, Drawn
from threatsim.report.charts.drawing import ARM_COLOURS
from threatsim.report.charts.marks import ChartData, Rows
from threatsim.report.questions.charts.answer_chart import Kind, Kinds, drawn

_BEFORE, _AFTER = ARM_COLOURS[:2]


def _row(name: str, kind: str, low: float, high: float, value: float | None, text: str) -> dict[str, object]:
    return {"name": name, "kind": kind, "low": low, "high": high, "value": value, "tooltip": text}


def _spans(rows: Rows, kinds: Kinds, axis: str, key: str, title: str, note: str) -> list[Drawn]:
    """Return spans with their points, those of a name below each other."""
    if not rows:
        return []
    names = list(dict.fromkeys(str(row["name"]) for row in rows))

    def draw(tables: ChartData, narrow: bool) -> Chart:
        labels = alt.Axis(ticks=False, domain=False, labelLimit=170 if narrow else 320)
        shares = alt.Axis(tickCount=3 if narrow else 8)
        told = textwrap.wrap(axis, 30) if narrow else axis
        base = alt.Chart(tables.add(rows)).encode(
            y=alt.Y("name:N", sort=names, title=None, axis=labels),
            yOffset=alt.YOffset("kind:N", sort=kinds.names),
            color=kinds.colour(narrow),
            description=alt.Description("tooltip:N"),
        )
        rule = base.mark_rule(strokeWidth=4).encode(x=alt.X("low:Q", title=told, axis=shares), x2=alt.X2("high:Q"))
        dot = base.mark_point(filled=True, size=70, opacity=1).encode(x=alt.X("value:Q"), shape=kinds.shape(narrow))
        return alt.LayerChart(layer=[rule, dot], width=150 if narrow else 700, height=44 * len(names))

    return [drawn(key, title, note, draw, kinds=kinds, switched=True)]


def before_and_after(free: Sequence[FittedNumber], key: str) -> list[Drawn]:
    """Return the 95 % ranges of prior and posterior, each number as a share of its prior's range."""
    rows: Rows = []
    for one in free:
        width = one.prior_high - one.prior_low
        if width <= 0:
            continue
        low, mean, high = ((value - one.prior_low) / width for value in (one.low, one.mean, one.high))
        unit = f" {one.unit}" if one.unit else ""
        text = f"{one.path}: prior {span(one.prior_low, one.prior_high)}{unit}"
        rows.append(_row(one.path, "prior", 0.0, 1.0, None, text))
        text = f"{one.path}: posterior {in_short(one.mean)} ({span(one.low, one.high)}){unit}"
        rows.append(_row(one.path, "posterior", low, high, mean, text))
    kinds = Kinds("kind", [Kind("prior", _BEFORE, "square"), Kind("posterior", _AFTER, "circle")])
    note = "Lines: 95% ranges, each number as a share of its prior's; mark: the posterior's mean."
    return _spans(rows, kinds, "share of the prior's 95% range", key, "Each free number before and after", note)


def published_and_predicted(moments: Sequence[MomentFound], key: str) -> list[Drawn]:
    """Return published and predicted intervals, about the published value in half widths of its interval."""
    rows: Rows = []
    for one in moments:
        half = (one.high - one.low) / 2
        name = f"{one.name}{' (held out)' if one.use == 'predict' else ''}"
        ends = ((one.low - one.value) / half, (one.high - one.value) / half)
        text = f"{one.name}: published {in_short(one.value)} ({span(one.low, one.high)})"
        rows.append(_row(name, "published", *ends, 0.0, text))
        if one.predicted is None or one.predicted_low is None or one.predicted_high is None:
            continue
        low, mean, high = (
            (value - one.value) / half for value in (one.predicted_low, one.predicted, one.predicted_high)
        )
        text = f"{one.name}: predicted {in_short(one.predicted)} ({span(one.predicted_low, one.predicted_high)})"
        rows.append(_row(name, "predicted", low, high, mean, text))
    kinds = Kinds("kind", [Kind("published", _BEFORE, "square"), Kind("predicted", _AFTER, "circle")])
    axis = "from the published value, in half widths of its interval"
    note = "Lines: the published 95% interval and the predicted 90% interval; marks: the values."
    return _spans(rows, kinds, axis, key, "Each moment as published and as predicted", note)
