"""The charts of the classifiers under attack: success at the operating point, and AUROC."""

from __future__ import annotations

import altair as alt

from threatsim.experiment.record import RunRecord
from threatsim.report import marks, words
from threatsim.report.marks import Tables
from threatsim.statistics.estimate import Estimate

_Named = list[tuple[str, Estimate, str]]
"""Tactic, figure, and the figure in words."""


def attack_success(record: RunRecord, tables: Tables, narrow: bool) -> alt.ConcatChart:
    """The success of every attack at the operating point, a panel a modality."""
    figures: dict[str, _Named] = {
        words.title(c.modality): [
            (
                words.title(a.tactic),
                a.success,
                f"{words.in_words(a.success, 'share')} of {words.count(a.success.n)} cases lifted over the threshold",
            )
            for a in c.attacks
        ]
        for c in record.classifiers
    }
    return _panels(record, tables, figures, "Success at the threshold, %", 100, narrow)


def auroc(record: RunRecord, tables: Tables, narrow: bool) -> alt.ConcatChart:
    """AUROC on clean images and under every attack, a panel a modality; 0.5 is a coin."""
    figures: dict[str, _Named] = {
        words.title(c.modality): [
            ("Clean", c.auroc, f"AUROC {words.in_words(c.auroc, '')}"),
            *((words.title(a.tactic), a.auroc, f"AUROC {words.in_words(a.auroc, '')}") for a in c.attacks),
        ]
        for c in record.classifiers
    }
    return _panels(record, tables, figures, "AUROC", 1, narrow)


def _panels(
    record: RunRecord, tables: Tables, figures: dict[str, _Named], title: str, factor: float, narrow: bool
) -> alt.ConcatChart:
    shown = {tactic for rows in figures.values() for tactic, _, _ in rows}
    colours = {tactic: c for tactic, c in marks.tactic_colours(record).items() if tactic in shown}
    panels = [
        marks.intervals(
            tables,
            [
                {"tactic": tactic, **marks.scaled(estimate, factor), "said": f"{modality}, {tactic}: {said}"}
                for tactic, estimate, said in rows
            ],
            marks.names("tactic", list(colours), labels=narrow or i == 0),
            marks.colour("tactic", colours, None),
            title=title,
            heading=modality,
            width=180 if narrow else 225,
            top=factor,
        )
        for i, (modality, rows) in enumerate(figures.items())
    ]
    return alt.concat(*panels, columns=1 if narrow else 3, spacing={"row": 24, "column": 20})
