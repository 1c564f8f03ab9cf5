"""The command `threatsim atlas`: a scenario as a case study of MITRE ATLAS; thin, with heavy imports inside."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from threatsim.cli.options import Json, console, print_json


def atlas(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or the name of one that comes with threatsim.")],
    out: Annotated[Path, typer.Option(help="Folder for the two files.")] = Path(),
    date: Annotated[
        str | None,
        typer.Option(help="Incident date, which the layout asks for: YYYY-MM-DD, YYYY-MM or YYYY; today by default."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace files that were edited or written by others.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write a scenario as a MITRE ATLAS case study (YAML) and an ATLAS Navigator layer (JSON)."""
    import datetime

    from threatsim.experiment.atlas.exercise import exercise_of
    from threatsim.report.atlas_files import IncidentDate, write_files
    from threatsim.scenario.reading.reader import load_scenario

    when = IncidentDate.read(date, datetime.date.today())
    exercise = exercise_of(load_scenario(scenario))
    files = write_files(exercise, when, out, force=force)

    from threatsim.report.terminal.atlas_table import exercise_json, print_exercise

    if as_json:
        print_json(exercise_json(exercise, when, files))
    else:
        print_exercise(exercise, when, files, console())
