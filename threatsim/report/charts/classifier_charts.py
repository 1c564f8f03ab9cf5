"""The charts of the classifiers under attack: success at the operating point and against the budget, and AUROC."""

from __future__ import annotations

import altair as alt

from threatsim.experiment.record.record import RunRecord
from threatsim.report.charts import marks
from threatsim.report.charts.drawing import FAINT
from threatsim.report.charts.marks import ChartData, Rows
from threatsim.report.terminal.tables import attacked_by
from threatsim.report.words import numbers
from threatsim.statistics.estimate import Estimate

_Named = list[tuple[str, Estimate, str]]
"""Tactic, figure, and the figure in words."""


def is_attacked(record: RunRecord) -> bool:
    """Return whether any classifier was attacked."""
    return bool(attacked_by(record.classifiers))


def has_curves(record: RunRecord) -> bool:
    """Return whether any attack has a curve against its budget."""
    return any(c.curves for c in record.classifiers)


def how_curves_are_read(record: RunRecord) -> str:
    """Return how to read the curves, and on how many cases they rest."""
    cases = sorted({curve.cases for c in record.classifiers for curve in c.curves})
    n = numbers.listed([numbers.count(count) for count in cases])
    return (
        "Epsilon is the greatest change of a pixel. Each budget is tried on those cases that withstood the smaller "
        f"ones, of the first {n} cases of the pool without the finding that are rightly decided when clean; bars: 95% "
        "intervals. The dotted line is the scenario's own epsilon."
    )


def attack_success(record: RunRecord, tables: ChartData, narrow: bool) -> alt.ConcatChart:
    """Return the success of every attack at the operating point, a panel a modality."""
    figures: dict[str, _Named] = {
        numbers.title(c.modality): [
            (
                numbers.title(a.tactic),
                a.success,
                f"{numbers.in_words(a.success, 'share')} of {numbers.count(a.success.n)} cases lifted over the "
                "threshold",
            )
            for a in c.attacks
        ]
        for c in record.classifiers
    }
    return _panels(record, tables, figures, "Success at the threshold, %", 100, narrow)


def auroc(record: RunRecord, tables: ChartData, narrow: bool) -> alt.ConcatChart:
    """Return AUROC on clean images and under every attack, a panel a modality; 0.5 is a coin."""
    figures: dict[str, _Named] = {
        numbers.title(c.modality): [
            ("Clean", c.auroc, f"AUROC {numbers.in_words(c.auroc, '')}"),
            *((numbers.title(a.tactic), a.auroc, f"AUROC {numbers.in_words(a.auroc, '')}") for a in c.attacks),
        ]
        for c in record.classifiers
    }
    return _panels(record, tables, figures, "AUROC", 1, narrow)


def _panels(
    record: RunRecord, tables: ChartData, figures: dict[str, _Named], title: str, factor: float, narrow: bool
) -> alt.ConcatChart:
    shown = {tactic for rows in figures.values() for tactic, _, _ in rows}
    colours = {tactic: c for tactic, c in marks.tactic_colours(record).items() if tactic in shown}
    panels = [
        marks.intervals(
            tables,
            [
                {
                    "modality": modality,
                    "tactic": tactic,
                    **marks.scaled(estimate, factor),
                    "tooltip": f"{modality}, {tactic}: {tooltip}",
                }
                for tactic, estimate, tooltip in rows
            ],
            marks.names("tactic", list(colours), labels=narrow or i == 0),
            marks.colour("tactic", colours, None),
            title=title,
            heading=modality,
            width=180 if narrow else 255,
            top=factor,
        )
        for i, (modality, rows) in enumerate(figures.items())
    ]
    return alt.concat(*panels, columns=1 if narrow else 3, spacing={"row": 24, "column": 20})


def success_curves(record: RunRecord, tables: ChartData, narrow: bool) -> alt.ConcatChart:
    """Draw success against the greatest change of a pixel, a panel a modality, the scenario's own budget marked."""
    curves = [(c, curve) for c in record.classifiers for curve in c.curves]
    tactics = {numbers.title(curve.tactic) for _, curve in curves}
    colours = {tactic: colour for tactic, colour in marks.tactic_colours(record).items() if tactic in tactics}
    dashes = marks.dashes_of([name for name in marks.tactic_colours(record) if name != "Clean"])
    top = max(curve.budgets[-1] for _, curve in curves)
    panels = []
    for i, c in enumerate(c for c in record.classifiers if c.curves):
        modality = numbers.title(c.modality)
        rows: Rows = [
            {
                "modality": modality,
                "tactic": numbers.title(curve.tactic),
                "epsilon": budget,
                **marks.scaled(estimate, 100),
                "tooltip": f"{modality}, {numbers.title(curve.tactic)}, epsilon {budget:.3g}/255: "
                f"{numbers.in_words(estimate, 'share')} of {curve.cases} cases lifted over the threshold",
            }
            for curve in c.curves
            for budget, estimate in zip(curve.budgets, curve.success, strict=True)
        ]
        x = alt.X(
            "epsilon:Q",
            title="Epsilon, grey levels of 255",
            scale=alt.Scale(type="log", base=2, domain=[min(c.curves[0].budgets), top], nice=False),
            axis=alt.Axis(grid=False, values=[1, 2, 4, 8, 16, 32, 64], format="~r"),
        )
        y = alt.Y(
            "value:Q",
            title="Lifted over the threshold, %" if i == 0 or narrow else None,
            scale=alt.Scale(domain=[0, 100]),
            axis=alt.Axis(tickCount=5),
        )
        shown = marks.colour("tactic", colours, marks.legend(narrow))
        dash = alt.StrokeDash(
            "tactic:N",
            scale=alt.Scale(domain=list(colours), range=[dashes[name] for name in colours]),
            legend=marks.legend(narrow),
        )
        base = alt.Chart(tables.add(rows)).encode(x=x)
        own_budgets: Rows = [
            {"epsilon": budget, "tooltip": f"{modality}: the scenario's own epsilon, {budget:.3g}/255"}
            for budget in sorted({curve.asked for curve in c.curves})
        ]
        own = alt.Chart(tables.add(own_budgets, figures=False)).mark_rule(
            color=FAINT, strokeDash=[2, 3], strokeWidth=1.5
        )
        layers = [
            own.encode(x=x, description=alt.Description("tooltip:N")),
            base.mark_rule(strokeWidth=1.2, opacity=0.55).encode(y=alt.Y("low:Q"), y2=alt.Y2("high:Q"), color=shown),
            base.mark_line(strokeWidth=2.2).encode(y=y, color=shown, strokeDash=dash),
            base.mark_circle(size=60, opacity=1).encode(y=y, color=shown, description=alt.Description("tooltip:N")),
        ]
        width = 230 if narrow else 265
        panels.append(alt.LayerChart(layer=layers, width=width, height=180, title=modality))
    return alt.concat(*panels, columns=1 if narrow else 3, spacing={"row": 24, "column": 20})
