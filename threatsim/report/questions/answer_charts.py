"""The charts of answers, as drawings for a page, which follow its light and dark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from threatsim.questions.optimise.findings import FreshTold, LeverTold, TrialTold
from threatsim.questions.sensitivity.findings import Effect, Index, Swing
from threatsim.report.charts.drawing import ARM_COLOURS, FAINT, INK, svg
from threatsim.report.charts.marks import ChartData, Rows
from threatsim.report.words import numbers
from threatsim.statistics.estimate import Estimate

_WIDTH = 480
_LOW, _HIGH = ARM_COLOURS[0], ARM_COLOURS[1]


def _named(order: list[str]) -> alt.Y:
    return alt.Y("name:N", sort=order, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=320))


def _ends(one: Estimate) -> dict[str, float | None]:
    return {"value": one.value, "low": one.low, "high": one.high}


def tornado(swings: Sequence[Swing], unit: str, key: str) -> str:
    """Return a bar for each number from its change at the 5 % to that at the 95 % quantile, with intervals."""
    shown = [one for one in swings if one.change_low.value is not None and one.change_high.value is not None]
    if not shown:
        return ""
    rows: Rows = [
        {
            "name": one.number,
            "end": end,
            **_ends(change),
            "zero": 0.0,
            "tooltip": f"{one.number} at its {end}: {numbers.change_in_words(change, unit)}",
        }
        for one in shown
        for end, change in (("5 % quantile", one.change_low), ("95 % quantile", one.change_high))
    ]
    tables = ChartData()
    colours = alt.Color(
        "end:N",
        scale=alt.Scale(domain=["5 % quantile", "95 % quantile"], range=[_LOW, _HIGH]),
        legend=alt.Legend(orient="bottom", title=None),
    )
    base = alt.Chart(tables.add(rows)).encode(y=_named([one.number for one in shown]), description="tooltip:N")
    bar = base.mark_bar(size=10, opacity=0.6).encode(
        x=alt.X("zero:Q", title=f"change, {unit}"), x2="value:Q", color=colours
    )
    rule = base.mark_rule(strokeWidth=2).encode(x="low:Q", x2="high:Q", color=colours)
    return svg(alt.LayerChart(layer=[bar, rule], width=_WIDTH, height=24 * len(shown)), tables.rows, key)


def scatter(effects: Sequence[Effect], unit: str, key: str) -> str:
    """Return a dot for each number: how much it moves, and how much that depends on the others."""
    shown = [one for one in effects if one.absolute.value is not None]
    if not shown:
        return ""
    rows: Rows = [
        {
            "name": one.number,
            **_ends(one.absolute),
            "spread": one.spread,
            "matters": "beyond chance" if (one.beyond_chance.low or 0) > 0 else "not told from chance",
            "tooltip": f"{one.number}: mu* {numbers.in_words(one.absolute, unit)}, "
            f"sigma {numbers.value(one.spread, unit)}",
        }
        for one in shown
    ]
    tables = ChartData()
    base = alt.Chart(tables.add(rows)).encode(
        y=alt.Y("spread:Q", title="sigma"),
        color=alt.Color(
            "matters:N",
            scale=alt.Scale(domain=["beyond chance", "not told from chance"], range=[_LOW, FAINT]),
            legend=alt.Legend(orient="bottom", title=None),
        ),
        description="tooltip:N",
    )
    rule = base.mark_rule(opacity=0.5).encode(x=alt.X("low:Q", title=f"mu*, {unit}"), x2="high:Q")
    dot = base.mark_point(filled=True, size=70, opacity=1).encode(x="value:Q")
    top = alt.Chart(tables.add(rows[:5], figures=False)).mark_text(align="left", dx=7, dy=-7, color=INK)
    text = top.encode(x="value:Q", y="spread:Q", text="name:N")
    return svg(alt.LayerChart(layer=[rule, dot, text], width=_WIDTH + 160, height=260), tables.rows, key)


def bars(indices: Sequence[Index], key: str) -> str:
    """Return bars of Sobol's indices with their intervals: by itself, and with all others."""
    rows: Rows = [
        {
            "name": one.number,
            "kind": kind,
            **_ends(share),
            "zero": 0.0,
            "tooltip": f"{one.number}, {kind}: {numbers.in_words(share, 'share')}",
        }
        for one in indices
        for kind, share in (("by itself", one.first), ("with all others", one.total))
        if share.value is not None
    ]
    if not rows:
        return ""
    tables = ChartData()
    base = alt.Chart(tables.add(rows)).encode(
        y=_named(list(dict.fromkeys(row["name"] for row in rows))),
        yOffset="kind:N",
        color=alt.Color(
            "kind:N",
            scale=alt.Scale(domain=["by itself", "with all others"], range=[_LOW, _HIGH]),
            legend=alt.Legend(orient="bottom", title=None),
        ),
        description="tooltip:N",
    )
    x = alt.X("zero:Q", title="share of variance", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%"))
    bar = base.mark_bar(opacity=0.6).encode(x=x, x2="value:Q")
    rule = base.mark_rule(strokeWidth=2).encode(x="low:Q", x2="high:Q")
    height = 44 * len({row["name"] for row in rows})
    return svg(alt.LayerChart(layer=[bar, rule], width=_WIDTH, height=height), tables.rows, key)


def front_chart(front: Sequence[FreshTold], as_it_is: FreshTold, titles: tuple[str, str], key: str) -> str:
    """Return the Pareto front in fresh markets, intervals both ways, with the scenario as it is."""
    rows: Rows = []
    for one in (*front, as_it_is):
        across, up = one.objectives[0], one.objectives[1]
        rows.append(
            {
                "kind": "as it is" if one.trial < 0 else "not beaten",
                "x": across.value,
                "x_low": across.low,
                "x_high": across.high,
                "y": up.value,
                "y_low": up.low,
                "y_high": up.high,
                "tooltip": ", ".join(f"{path} {_short(value)}" for path, value in one.values.items()) or "as it is",
            }
        )
    tables = ChartData()
    base = alt.Chart(tables.add(rows)).encode(
        color=alt.Color(
            "kind:N",
            scale=alt.Scale(domain=["not beaten", "as it is"], range=[_LOW, _HIGH]),
            legend=alt.Legend(orient="bottom", title=None),
        ),
        description="tooltip:N",
    )
    x, y = alt.X("x:Q", title=titles[0]), alt.Y("y:Q", title=titles[1])
    layers: list[Any] = [
        base.mark_rule(opacity=0.4).encode(x=alt.X("x_low:Q", title=titles[0]), x2="x_high:Q", y=y),
        base.mark_rule(opacity=0.4).encode(x=x, y=alt.Y("y_low:Q", title=titles[1]), y2="y_high:Q"),
        base.mark_point(filled=True, size=80, opacity=1).encode(x=x, y=y),
    ]
    return svg(alt.LayerChart(layer=layers, width=_WIDTH, height=300), tables.rows, key)


def parallel(levers: Sequence[LeverTold], trials: Sequence[TrialTold], best: Sequence[int], key: str) -> str:
    """Return a line for each trial across the levers, the best ones told apart."""
    if len(levers) < 2 or not trials:
        return ""
    rows: Rows = []
    for trial in trials[:300]:
        for lever in levers:
            value = trial.values[lever.path]
            share = _share(lever, value)
            kind = "best" if trial.number in best else "keeps the constraints" if trial.holds else "breaks one"
            rows.append({"trial": trial.number, "lever": lever.path, "share": share, "kind": kind})
    tables = ChartData()
    chart = (
        alt.Chart(tables.add(rows))
        .mark_line(strokeWidth=1.2)
        .encode(
            x=alt.X("lever:N", sort=[lever.path for lever in levers], title=None, axis=alt.Axis(labelAngle=-30)),
            y=alt.Y("share:Q", title="place in its range", axis=alt.Axis(format="%")),
            detail="trial:N",
            opacity=alt.Opacity(
                "kind:N",
                scale=alt.Scale(domain=["best", "keeps the constraints", "breaks one"], range=[1.0, 0.25, 0.12]),
                legend=None,
            ),
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(domain=["best", "keeps the constraints", "breaks one"], range=[_HIGH, _LOW, FAINT]),
                legend=alt.Legend(orient="bottom", title=None),
            ),
        )
        .properties(width=max(_WIDTH, 90 * len(levers)), height=260)
    )
    return svg(chart, tables.rows, key)


def _share(lever: LeverTold, value: Any) -> float:
    if lever.choices:
        return lever.choices.index(value) / max(1, len(lever.choices) - 1)
    return (float(value) - lever.low) / (lever.high - lever.low)


def _short(value: Any) -> str:
    return numbers.number(value) if isinstance(value, float) else str(value)
