"""The drawings of a calibration: prior and posterior, and moments against what is predicted of them."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from threatsim.calibration.findings import FittedNumber, MomentFound
from threatsim.report.calibration.calibration_words import in_short, span
from threatsim.report.charts.drawing import ARM_COLOURS, svg
from threatsim.report.charts.marks import ChartData, Rows

_WIDTH = 480
_BEFORE, _AFTER = ARM_COLOURS[:2]


def _row(name: str, kind: str, low: float, high: float, value: float | None, text: str) -> dict[str, object]:
    return {"name": name, "kind": kind, "low": low, "high": high, "value": value, "tooltip": text}


def _spans(rows: Rows, colours: dict[str, str], title: str, key: str) -> str:
    """Return spans with their points, those of a name below each other."""
    if not rows:
        return ""
    tables = ChartData()
    names = list(dict.fromkeys(str(row["name"]) for row in rows))
    base = alt.Chart(tables.add(rows)).encode(
        y=alt.Y("name:N", sort=names, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=320)),
        yOffset=alt.YOffset("kind:N", sort=list(colours)),
        color=alt.Color(
            "kind:N",
            scale=alt.Scale(domain=list(colours), range=list(colours.values())),
            legend=alt.Legend(orient="bottom", title=None),
        ),
        description="tooltip:N",
    )
    rule = base.mark_rule(strokeWidth=4).encode(x=alt.X("low:Q", title=title), x2="high:Q")
    dot = base.mark_point(filled=True, size=60, opacity=1).encode(x="value:Q")
    return svg(alt.LayerChart(layer=[rule, dot], width=_WIDTH, height=44 * len(names)), tables.rows, key)


def before_and_after(free: Sequence[FittedNumber], key: str) -> str:
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
    colours = {"prior": _BEFORE, "posterior": _AFTER}
    return _spans(rows, colours, "share of the prior's 95 % range", key)


def published_and_predicted(moments: Sequence[MomentFound], key: str) -> str:
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
    colours = {"published": _BEFORE, "predicted": _AFTER}
    return _spans(rows, colours, "from the published value, in half widths of its interval", key)
