"""The terminal tables of the defences of a classifier; they fit into 80 columns."""

from __future__ import annotations

from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from threatsim.outcomes.defence_trials.defence_figures import AgainstAttack, ControlFigures, DefenceFigures
from threatsim.report.words.numbers import interval, point
from threatsim.statistics.estimate import Estimate


def print_defences(figures: DefenceFigures, console: Console) -> None:
    """Print every table, and under them how the figures were made."""
    console.print(Text(f"Defences of {figures.classifier}, on {figures.images} images", style="bold"))
    console.print(
        Text(
            f"Budget {figures.budget}. Thresholds: {figures.false_alarm_budget:.3g} of clean images may be flagged.",
            style="dim",
        )
    )
    for title, table in (
        ("Input detectors", detector_table(figures)),
        ("Input restoration: accuracy of the classifier behind it", restoration_table(figures)),
        ("Integrity: share of submissions with an alarm", control_table(figures)),
        ("Same-patient matching", matching_table(figures)),
    ):
        console.print()
        console.print(Text(title, style="bold cyan"))
        console.print(table)
    console.print()
    console.print(
        Text(
            f"Under each figure its 95% interval. Detectors fitted on {figures.fitted_on} cases, thresholds set on "
            f"{figures.calibrated_on}, false alarms counted on {figures.tested_on}, attacks run on {figures.attacked}. "
            f"The decision is taken at p(finding) {figures.threshold:.3g}.",
            style="dim",
        )
    )
    for note in figures.notes:
        console.print(Text(note, style="yellow"))


def detector_table(figures: DefenceFigures) -> Table:
    """Return a row an attacker: what the detector sees of the turned images, and what gets through."""
    table = _table("Detector", "Attacker", "AUROC", "Flagged", "Gets through")
    for row in figures.detectors:
        alarms = f"false alarms {point(row.false_alarms, 'share')}"
        table.add_row(_named(row.detector, alarms), "naive", *_against(row.naive))
        table.add_row("", "adaptive", *_against(row.adaptive))
    table.caption = "Flagged: of the turned images. Gets through: turned and not flagged, of all attacked."
    table.caption_justify = "left"
    return table


def restoration_table(figures: DefenceFigures) -> Table:
    """Return accuracy on clean images and under both attacks."""
    table = _table("Restoration", "Clean", "Naive", "Adaptive")
    for row in figures.restorations:
        table.add_row(row.restoration, *(_stacked(e, "share") for e in (row.clean, row.naive, row.adaptive)))
    return table


def control_table(figures: DefenceFigures) -> Table:
    """Return a block a control: honest submissions first, then the tactics."""
    table = _table("Control", "Submission", "Alarms", "95% interval")
    for control, rows in groupby(figures.controls, key=lambda row: row.control):
        for number, row in enumerate(rows):
            table.add_row(
                control if number == 0 else "",
                _submission(row),
                Text(point(row.alarms, "share"), style="" if row.fraud else "yellow"),
                Text(interval(row.alarms, "share"), style="dim"),
            )
        table.add_section()
    table.caption = "* altered before capture. An alarm on an honest submission is a false one."
    table.caption_justify = "left"
    return table


def matching_table(figures: DefenceFigures) -> Table:
    """Return how well patients are told apart, by kind of pair."""
    table = _table("Pairs of one patient", "AUROC", "False alarms", "Strangers found")
    for row in figures.matching:
        cells = (_stacked(row.auroc, ""), _stacked(row.false_alarms, "share"), _stacked(row.detected, "share"))
        table.add_row(row.pairs, *cells)
    return table


def _submission(row: ControlFigures) -> Text:
    if not row.fraud:
        return Text(f"honest: {row.submission}", style="yellow")
    return Text(row.submission + (" *" if row.before_capture else ""))


def _against(against: AgainstAttack) -> tuple[Text, Text, Text]:
    return _stacked(against.auroc, ""), _stacked(against.flagged, "share"), _stacked(against.succeeded, "share")


def _named(name: str, below: str) -> Text:
    return Text(name).append(f"\n{below}", style="dim")


def _stacked(estimate: Estimate, unit: str) -> Text:
    """Return the figure, and under it its interval."""
    return Text(point(estimate, unit), justify="right").append(f"\n{interval(estimate, unit)}", style="dim")


def _table(*heads: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for number, head in enumerate(heads):
        text = number == 0 or head in ("Attacker", "Submission")
        table.add_column(head, justify="left" if text else "right", no_wrap=not text, overflow="fold")
    return table
