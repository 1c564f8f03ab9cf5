"""`threatsim sweep` and `break-even`: what figures come to as numbers vary, and where one reaches a value."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from threatsim.cli.options import (
    Device,
    ExecutorName,
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

if TYPE_CHECKING:
    from threatsim.experiment.record.part import RecordPart
    from threatsim.report.questions.publish_answer import Published

Scenario = Annotated[str, typer.Argument(help="A scenario file, or the name of one that comes with threatsim.")]
Vary = Annotated[
    list[str] | None,
    typer.Option(
        "--vary",
        metavar="PATH=LOW:HIGH[:log][:N]",
        help="What varies, and where; or PATH=a,b,c. May be repeated.",
    ),
]
Replicates = Annotated[
    int | None, typer.Option(min=2, help="Replicates of every arm at every point; the scenario's own by default.")
]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes; all processors by default.")]
Seed = Annotated[int | None, typer.Option(min=0, help="Root of all random streams.")]
Out = Annotated[Path, typer.Option(help="Folder for answers.")]
_KEPT = "Markets that were finished are kept; the same command goes on from there."


def sweep(
    scenario: Scenario,
    vary: Vary = None,
    design: Annotated[str, typer.Option(help="grid, latin or sobol.")] = "grid",
    points: Annotated[int | None, typer.Option(help="Points of latin or sobol; 32 by default.")] = None,
    max_points: Annotated[int, typer.Option(min=1, help="The most points that are allowed.")] = 500,
    metric: Annotated[
        list[str] | None,
        typer.Option(help="Figure to tell of, such as payer_loss or payer_loss@medicare; may be repeated."),
    ] = None,
    arm: Annotated[
        list[str] | None, typer.Option(help="Arm to run beside the baseline; may be repeated. All by default.")
    ] = None,
    replicates: Replicates = None,
    fail_fast: Annotated[
        bool, typer.Option("--fail-fast", help="End at the first market that fails; else it is left out and told.")
    ] = False,
    images: Images = None,
    seed: Seed = None,
    workers: Workers = None,
    executor: ExecutorName = "local",
    device: Device = "auto",
    settings: Set = None,
    include: Include = None,
    out: Out = Path("reports"),
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Run every arm at many values of the scenario's numbers; exit code 1 if a market failed."""
    progress = terminal_progress(quiet or as_json)
    with progress.starting(f"Reading {scenario}"):
        from threatsim.experiment.execution.dask_cluster import executor_of
        from threatsim.experiment.execution.local import available_workers
        from threatsim.experiment.run_request import RunRequest
        from threatsim.questions.sweep.question import SweepRequest
        from threatsim.questions.sweep.question import sweep as answer
        from threatsim.report.questions.publish_sweep import publish_sweep
        from threatsim.scenario.reading.overrides import read_settings

    workers = workers or available_workers()
    request = SweepRequest(
        RunRequest(
            scenario,
            images,
            replicates,
            seed,
            workers,
            device,
            out,
            overrides=read_settings(settings or []),
            include=tuple(include or ()),
        ),
        tuple(vary or ()),
        design,
        points,
        max_points,
        tuple(metric or ()),
        tuple(arm or ()),
        fail_fast,
    )
    with interruptible(_KEPT):
        found = answer(request, progress, executor_of(executor, workers))
        published = publish_sweep(found, out)
    _tell(published, found.record, as_json=as_json, quiet=quiet)
    if found.record.findings.failures:
        raise typer.Exit(1)


def break_even(
    scenario: Scenario,
    vary: Vary = None,
    until: Annotated[
        str,
        typer.Option(
            metavar="FIGURE=NUMBER",
            help="What is to be reached: 'fraud_payoff = 0', 'payer_loss[arm] = 1e6', or a figure of two arms.",
        ),
    ] = "",
    replicates: Replicates = None,
    images: Images = None,
    seed: Seed = None,
    workers: Workers = None,
    executor: ExecutorName = "local",
    device: Device = "auto",
    settings: Set = None,
    include: Include = None,
    out: Out = Path("reports"),
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find the value of a number at which a figure reaches a target, with an interval."""
    progress = terminal_progress(quiet or as_json)
    with progress.starting(f"Reading {scenario}"):
        from threatsim.experiment.execution.dask_cluster import executor_of
        from threatsim.experiment.execution.local import available_workers
        from threatsim.experiment.run_request import RunRequest
        from threatsim.questions.break_even.question import BreakEvenRequest
        from threatsim.questions.break_even.question import break_even as answer
        from threatsim.report.questions.publish_sweep import publish_break_even
        from threatsim.scenario.reading.overrides import read_settings

    workers = workers or available_workers()
    request = BreakEvenRequest(
        RunRequest(
            scenario,
            images,
            replicates,
            seed,
            workers,
            device,
            out,
            overrides=read_settings(settings or []),
            include=tuple(include or ()),
        ),
        tuple(vary or ()),
        until,
    )
    with interruptible(_KEPT):
        record = answer(request, progress, executor_of(executor, workers))
        published = publish_break_even(record, out)
    _tell(published, record, as_json=as_json, quiet=quiet)


def _tell(published: Published, record: RecordPart, *, as_json: bool, quiet: bool) -> None:
    if as_json:
        found = record.model_dump(mode="json")
        print_json({"folder": str(published.folder), "answer": published.sentences, "record": found})
    elif quiet:
        say(str(published.folder))
    else:
        from threatsim.report.questions.answer_print import print_answer

        print_answer(published.sentences, published.shown, console(), folder=published.folder)
