"""`threatsim classifiers outcomes` and `verify`: the table of outcomes of a classifier of photographs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from threatsim.cli.options import (
    Device,
    Images,
    Json,
    Quiet,
    console,
    interruptible,
    own_command,
    print_json,
    say,
    terminal_progress,
)

Name = Annotated[str, typer.Argument(help="Name of a classifier of photographs, or a folder with its card.yaml.")]


def outcomes(
    name: Name,
    images: Images = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option(help="Scenario whose attacks the table is to hold; may be repeated. The library's by default."),
    ] = None,
    negatives: Annotated[int | None, typer.Option(min=20, help="Test pictures without the finding at most.")] = None,
    positives: Annotated[int | None, typer.Option(min=20, help="Test pictures with the finding at most.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder to write to; the classifier's own by default.")] = None,
    extend: Annotated[
        bool,
        typer.Option("--extend", help="Keep what the table there holds of these attacks, and run the others alone."),
    ] = False,
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show the table of outcomes on photographs; with --images, make it: attack every test picture, and write it.

    Outcomes are kept batch by batch in the cache; the same command goes on from there.
    """
    if images is None:
        from threatsim.outcomes.kept_tables.making import kept_table_of

        table = kept_table_of(name)
    else:
        from threatsim.common.device import resolve_device
        from threatsim.experiment.outcome_tables import TableOptions, make_as_requested
        from threatsim.scenario.reading.scenario_library import scenario_names

        scenarios = scenario or scenario_names()
        options = TableOptions(name, images, scenarios, negatives, positives, out, own_command(), extend)
        with interruptible("Finished batches are kept; the same command goes on from there."):
            table = make_as_requested(
                options, device=resolve_device(device), progress=terminal_progress(quiet or as_json)
            )
    if as_json:
        print_json({"path": str(table.path), "hash": table.digest, **table.record.model_dump(mode="json")})
    elif quiet:
        say(str(table.path))
    else:
        from threatsim.report.terminal.lists.outcome_listing import print_kept_table

        print_kept_table(table.record, table.path, console())


def verify(
    name: Name,
    images: Annotated[Path, typer.Option(help="Folder of real images with an archive of the classifier's kind.")],
    rows: Annotated[int, typer.Option(min=1, help="Pictures that are attacked again.")] = 16,
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Attack some photographs again and hold the table of outcomes against it; exit code 1 if something differs."""
    from threatsim.common.device import resolve_device
    from threatsim.experiment.outcome_tables import verify_as_requested

    progress = terminal_progress(quiet or as_json)
    checks = verify_as_requested(name, images, rows=rows, device=resolve_device(device), progress=progress)
    if as_json:
        print_json([check.model_dump(mode="json") for check in checks])
    else:
        from threatsim.report.terminal.lists.report_list import print_checks

        print_checks(checks, Path(name), console(), brief=quiet)
    if any(check.state == "differs" for check in checks):
        raise typer.Exit(1)
