"""The ATLAS chain of a scenario in the terminal: technique, name, tactic, and what the scenario does there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from threatsim.catalogue.atlas_ids import ATLAS_VERSION, MITIGATIONS, TACTICS, TECHNIQUES
from threatsim.experiment.atlas.exercise import Exercise, Step
from threatsim.report.atlas_files import IncidentDate
from threatsim.report.terminal.showing import NARROWEST, bullets, heading, show
from threatsim.report.words import numbers

_WIDE = 110  # from this width on name and tactic have columns of their own


def print_exercise(exercise: Exercise, when: IncidentDate, files: Sequence[Path], console: Console) -> None:
    """Print the chain, the mitigations, what is outside ATLAS, and where the files went.

    Args:
        exercise: the scenario as a chain of ATLAS techniques.
        when: the date of the incident.
        files: what was written.
        console: to print on.
    """
    width = min(132, max(NARROWEST, console.width))
    show(console, heading(f"{numbers.printable(exercise.title)}: MITRE ATLAS {ATLAS_VERSION}"), width)
    show(
        console,
        Text(f"Actor: {numbers.printable(exercise.actor)}. Target: {numbers.printable(exercise.target)}."),
        width,
    )
    show(console, _chain(exercise.steps, wide=width >= _WIDE), width)
    mitigations = [
        f"{c.mitigation} {MITIGATIONS[c.mitigation]}. {numbers.printable(c.does)}" for c in exercise.controls
    ] or ["None."]
    for title, items in (("Mitigations", mitigations), ("Without an ATLAS id", list(exercise.outside))):
        show(console, Text(f"\n{title}", style="bold"), width)
        show(console, bullets([numbers.printable(item) for item in items]), width)
    show(console, Text(f"\nIncident date {when.day.isoformat()}: {when.describe()}.", style="dim"), width)
    for path in files:
        written = f"Written to {numbers.printable(str(path))}"
        show(console, Text(written, style="bold"), max(width, cell_len(written)))


def exercise_json(exercise: Exercise, when: IncidentDate, files: Sequence[Path]) -> dict[str, Any]:
    """Return the same as plain data."""
    return {
        "scenario": exercise.name,
        "title": exercise.title,
        "atlas_version": ATLAS_VERSION,
        "actor": exercise.actor,
        "target": exercise.target,
        "steps": [
            {
                "technique": step.technique,
                "name": full_name(step.technique),
                "tactic": step.tactic,
                "tactic_name": TACTICS[step.tactic],
                "does": step.does,
                "origin": step.origin,
            }
            for step in exercise.steps
        ],
        "mitigations": [
            {"id": c.mitigation, "name": MITIGATIONS[c.mitigation], "does": c.does} for c in exercise.controls
        ],
        "outside": list(exercise.outside),
        "incident_date": when.day.isoformat(),
        "incident_date_granularity": when.granularity,
        "incident_date_given": when.given,
        "files": [str(path) for path in files],
    }


def full_name(technique: str) -> str:
    """Return the name of a technique, a sub-technique's after its parent's: `External Harms: Financial Harm`."""
    found = TECHNIQUES[technique]
    return f"{TECHNIQUES[found.parent].name}: {found.name}" if found.parent else found.name


def _chain(steps: Sequence[Step], *, wide: bool) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_edge=False, expand=True)
    table.add_column("Technique", no_wrap=True)
    if wide:
        table.add_column("Name", ratio=3)
        table.add_column("Tactic", ratio=2)
        table.add_column("What the scenario does there", ratio=6)
    else:
        table.add_column("Name, tactic and what the scenario does there", ratio=1)
    for step in steps:
        name, does = Text(full_name(step.technique), style="bold"), Text(numbers.printable(step.does))
        tactic = TACTICS[step.tactic]
        cells = [name, Text(tactic), does] if wide else [Text.assemble(name, f" ({tactic})\n", does)]
        table.add_row(step.technique, *cells)
    return table
