"""`threatsim run` and `validate-model`: a scenario's attacks and market, and its report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from threatsim.cli.options import (
    Device,
    Images,
    Include,
    Json,
    Quiet,
    Set,
    console,
    interruptible,
    print_json,
    say,
    terminal_progress,
)


def run(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or the name of one that comes with threatsim.")],
    images: Images = None,
    replicates: Annotated[int | None, typer.Option(min=2, help="Replicates of every arm.")] = None,
    doubt: Annotated[
        int | None,
        typer.Option(min=0, help="Draws of the uncertain numbers, on each of which every arm is run too; 0 for none."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Root of all random streams.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; all processors by default.")] = None,
    device: Device = "auto",
    settings: Set = None,
    include: Include = None,
    out: Annotated[Path, typer.Option(help="Folder for reports.")] = Path("reports"),
    patterns: Annotated[
        bool, typer.Option(help="Hold the market against published patterns as well (some more runs of it).")
    ] = True,
    keep_claims: Annotated[
        bool, typer.Option("--keep-claims", help="Keep every claim of every replicate in the report, as Parquet.")
    ] = False,
    details: Annotated[bool, typer.Option("--details", help="Print all tables, not the answer alone.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a scenario: attacks, market, report."""
    from threatsim.experiment.replicates import available_workers
    from threatsim.experiment.run import RunRequest
    from threatsim.experiment.run import run as run_scenario
    from threatsim.scenario.reading.overrides import read_settings

    progress = terminal_progress(quiet or as_json)
    request = RunRequest(
        scenario,
        images,
        replicates,
        seed,
        workers or available_workers(),
        device,
        out,
        patterns,
        keep_claims,
        overrides=read_settings(settings or []),
        include=tuple(include or ()),
        doubt=doubt,
    )
    with interruptible("Attacks and replicates that were finished are kept; the same command goes on from there."):
        finished = run_scenario(request, progress)

        from threatsim.report.publishing import publish

        publish(finished, progress)
    if as_json:
        print_json({"report": str(finished.folder), **finished.record.model_dump(mode="json")})
    elif quiet:
        say(str(finished.folder))
    else:
        from threatsim.report.terminal.summary import print_summary

        print_summary(finished.record, console(), report_path=finished.folder / "report.html", in_full=details)


def validate_model(
    scenario: Annotated[
        str, typer.Argument(help="A scenario file, or the name of one that comes with threatsim.")
    ] = "insurance_upcoding",
    images: Images = None,
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Hold a scenario's market against patterns that the literature reports; exit code 1 if one fails."""
    from threatsim.experiment.patterns.model_check import model_check
    from threatsim.report.terminal.pattern_table import print_patterns
    from threatsim.report.words.pattern_words import pattern_rows, tests

    with interruptible("The attacks that were finished are kept."):
        checks, inputs = model_check(scenario, images, device=device, progress=terminal_progress(quiet or as_json))
    if as_json:
        print_json(pattern_rows(checks))
    else:
        print_patterns(checks, inputs, console())
    if any(check.verdict == "failed" for check in tests(checks)):
        raise typer.Exit(1)
