"""`threatsim run` and `validate-model`: a scenario's attacks and market, and its report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from threatsim.cli.options import (
    Device,
    ExecutorName,
    FailFast,
    Finding,
    Images,
    Include,
    Json,
    Page,
    Patterns,
    Quiet,
    Set,
    console,
    interruptible,
    print_json,
    say,
    terminal_progress,
)

if TYPE_CHECKING:
    from threatsim.experiment.record.record import RunRecord
    from threatsim.experiment.run import Run


def run(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or the name of one that comes with threatsim.")],
    images: Images = None,
    finding: Finding = None,
    replicates: Annotated[int | None, typer.Option(min=2, help="Replicates of every arm.")] = None,
    until_interval: Annotated[
        str,
        typer.Option(
            metavar="FIGURE=HALF",
            help="Go on until the figure's interval is +-HALF or narrower in every arm, as in payer_loss=50k; "
            "--replicates, and 20, are the least.",
        ),
    ] = "",
    max_replicates: Annotated[
        int | None, typer.Option(min=1, help="With --until-interval: end after so many in any case; 400 by default.")
    ] = None,
    doubt: Annotated[
        int | None,
        typer.Option(min=0, help="Draws of the uncertain numbers, on each of which every arm is run too; 0 for none."),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Root of all random streams.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; all processors by default.")] = None,
    executor: ExecutorName = "local",
    fail_fast: FailFast = False,
    device: Device = "auto",
    settings: Set = None,
    include: Include = None,
    out: Annotated[Path, typer.Option(help="Folder for reports.")] = Path("reports"),
    patterns: Patterns = True,
    keep_claims: Annotated[
        bool, typer.Option("--keep-claims", help="Keep every claim of every replicate in the report, as Parquet.")
    ] = False,
    page: Page = True,
    label: Annotated[str, typer.Option(help="What to call the report in lists, on its page and in its brief.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="A word to find it by; may be repeated.")] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Run it again where the report is there already; attacks stay as kept.")
    ] = False,
    details: Annotated[bool, typer.Option("--details", help="Print all tables, not the answer alone.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run a scenario: attacks, market, report."""
    progress = terminal_progress(quiet or as_json)
    with progress.starting(f"Reading {scenario}"):
        from threatsim.experiment.replicates import available_workers
        from threatsim.experiment.run_request import RunRequest
        from threatsim.experiment.whole_run import run as run_scenario
        from threatsim.report.charts.drawable import check_drawable
        from threatsim.report.labels import checked_label, set_label
        from threatsim.report.terminal.summary import print_answer
        from threatsim.scenario.reading.overrides import read_settings

    called = checked_label(label, tag or ())
    if page:
        check_drawable()
    shown = not (quiet or as_json)
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
        again=again,
        kept=not again,
        page=page,
        executor=executor,
        fail_fast=fail_fast,
        until_interval=until_interval,
        max_replicates=max_replicates,
        finding=finding,
    )
    answered = shown and not details

    def on_answer(record: RunRecord) -> None:
        if answered:
            print_answer(record, console(), called)

    with interruptible("Attacks and replicates that were finished are kept; the same command goes on from there."):
        finished = run_scenario(request, progress, on_answer=on_answer)
        if finished.there is None:
            from threatsim.report.publishing import publish

            publish(finished, progress)
        if called.text:
            set_label(finished.folder, called.label, called.tags)
    tell_run(finished, as_json=as_json, quiet=quiet, details=details, answered=answered)


def tell_run(finished: Run, *, as_json: bool, quiet: bool, details: bool = False, answered: bool = False) -> None:
    """Print a run whose report is written, or its folder alone, or all of it as JSON.

    Args:
        finished: the run.
        as_json, quiet, details: as the commands have them.
        answered: whether the answer is printed already.
    """
    from threatsim.report.labels import label_of
    from threatsim.report.terminal.summary import print_rest, print_summary

    record, folder = finished.record, finished.folder
    label = label_of(folder)
    path = folder / "report.html" if (folder / "report.html").is_file() else folder
    if as_json:
        print_json({"report": str(folder), **record.model_dump(mode="json")})
    elif quiet:
        say(str(folder))
    elif finished.there is not None:
        say(f"already there (run {record.run_id}); --again to repeat")
        print_summary(record, console(), report_path=path, in_full=details, label=label)
    elif answered:
        print_rest(record, console(), report_path=path)
    else:
        print_summary(record, console(), report_path=path, in_full=details, label=label)


def validate_model(
    scenario: Annotated[
        str, typer.Argument(help="A scenario file, or the name of one that comes with threatsim.")
    ] = "insurance_upcoding",
    images: Images = None,
    finding: Finding = None,
    device: Device = "auto",
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Hold a scenario's market against patterns that the literature reports; exit code 1 if one fails."""
    from threatsim.experiment.patterns.model_check import model_check
    from threatsim.report.terminal.pattern_table import print_patterns
    from threatsim.report.words.pattern_words import pattern_rows, tests

    with interruptible("The attacks that were finished are kept."):
        progress = terminal_progress(quiet or as_json)
        checks, inputs = model_check(scenario, images, device=device, progress=progress, finding=finding)
    if as_json:
        print_json(pattern_rows(checks))
    else:
        print_patterns(checks, inputs, console())
    if any(check.verdict == "failed" for check in tests(checks)):
        raise typer.Exit(1)
