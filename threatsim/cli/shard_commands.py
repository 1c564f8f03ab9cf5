"""`threatsim prepare`, `run-shard` and `merge`: a run in shares, on machines that share nothing but files; `status`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from threatsim.cli.options import (
    Device,
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
from threatsim.cli.questions.shared import Scenario, Seed, request_of, tell
from threatsim.cli.questions.variation_commands import Arm, Design, MaxPoints, Metric, Points, Vary
from threatsim.cli.run_commands import tell_run

Prepared = Annotated[Path, typer.Argument(help="Folder that `threatsim prepare` wrote.")]


def prepare(
    scenario: Scenario,
    out: Annotated[Path, typer.Option(help="Folder for the plan and the outcomes of attacks.")],
    vary: Vary = None,
    design: Design = "grid",
    points: Points = None,
    max_points: MaxPoints = 500,
    metric: Metric = None,
    arm: Arm = None,
    images: Images = None,
    finding: Finding = None,
    replicates: Annotated[int | None, typer.Option(min=2, help="Replicates of every arm.")] = None,
    doubt: Annotated[int | None, typer.Option(min=0, help="Draws of the uncertain numbers, as `run` has it.")] = None,
    seed: Seed = None,
    device: Device = "auto",
    settings: Set = None,
    include: Include = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Attack once, and write what machines need to simulate shards of a run, or with --vary of a sweep."""
    progress = terminal_progress(quiet or as_json)
    with progress.starting(f"Reading {scenario}"):
        from threatsim.questions.sweep.prepared import prepare as prepare_plan
        from threatsim.questions.sweep.question import SweepRequest

    request = request_of(
        scenario,
        images=images,
        finding=finding,
        replicates=replicates,
        seed=seed,
        workers=1,
        device=device,
        out=out,
        settings=settings,
        include=include,
        doubt=doubt,
    )
    asked = SweepRequest(request, tuple(vary or ()), design, points, max_points, tuple(metric or ()), tuple(arm or ()))
    with interruptible("The attacks that were finished are kept."):
        identity, cells = prepare_plan(asked, out, progress)
    if as_json:
        print_json({"folder": str(out), "plan": identity, "replicates": cells})
    else:
        say(str(out) if quiet else f"Plan {identity[:12]} of {cells} replicates of arms is in {out}")


def run_shard(
    prepared: Prepared,
    out: Annotated[Path, typer.Option(help="Folder that the shard's own folder is made in.")],
    shard: Annotated[str, typer.Option(help="Which of how many shards, as 3/20.")] = "1/1",
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; all processors by default.")] = None,
    fail_fast: FailFast = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Simulate a shard of a prepared run; the same command goes on where it stopped. Exit code 1 if some failed."""
    from threatsim.experiment.execution.local import LocalExecutor, available_workers
    from threatsim.experiment.execution.sharding.prepared_plan import read_prepared
    from threatsim.experiment.execution.sharding.shards import shard_of
    from threatsim.experiment.prepared_run import run_market_shard

    which = shard_of(shard)
    plan = read_prepared(prepared)
    executor = LocalExecutor(workers or available_workers())
    progress = terminal_progress(quiet or as_json)
    with interruptible("Finished replicates are kept; the same command goes on from there."):
        found = run_market_shard(plan, which, out=out, executor=executor, progress=progress, fail_fast=fail_fast)
    done = found.cells - len(found.failures)
    if as_json:
        failed = {str(cell): why for cell, why in found.failures.items()}
        print_json({"written": str(found.folder), "replicates": found.cells, "failed": failed})
    else:
        say(str(found.folder) if quiet else f"{done} of {found.cells} replicates of arms are in {found.folder}")
        for cell, why in found.failures.items():
            say(f"{cell} failed: {why}", error=True)
    if found.failures:
        raise typer.Exit(1)


def merge(
    prepared: Prepared,
    shards: Annotated[list[Path], typer.Argument(help="Folders of shards, or folders that hold some.")],
    out: Annotated[Path, typer.Option(help="Folder for reports and answers.")] = Path("reports"),
    patterns: Patterns = True,
    page: Page = True,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Make of all shards the report or the answer that one machine would have written, to the byte."""
    progress = terminal_progress(quiet or as_json)
    with progress.starting(f"Reading {prepared}"):
        from threatsim.experiment.execution.sharding.prepared_plan import read_prepared
        from threatsim.experiment.prepared_run import RUN, merged_run
        from threatsim.questions.sweep.prepared import merged_sweep
        from threatsim.report.publishing import publish
        from threatsim.report.questions.publish_sweep import publish_sweep

    plan = read_prepared(prepared)
    with interruptible("The shards are as they were."):
        if plan.question == RUN:
            run = merged_run(plan, shards, out=out, patterns=patterns, page=page, progress=progress)
            publish(run, progress)
            tell_run(run, as_json=as_json, quiet=quiet)
            return
        found = merged_sweep(plan, shards, out=out)
        published = publish_sweep(found, out)
    tell(published, found.record, as_json=as_json, quiet=quiet)
    if found.record.findings.failures:
        raise typer.Exit(1)


def status(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Folders of shards, or folders for reports in which runs or sweeps are on or were stopped."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say how far runs, sweeps and shards are: what is done, failed and missing, and whether one is running."""
    from threatsim.experiment.execution.folder_state import find_states
    from threatsim.experiment.execution.sharding.shards import not_begun
    from threatsim.report.terminal.lists.state_table import StateRow, print_states

    states = find_states(folders or [Path("reports")])
    waiting = not_begun([one.folder for one in states])
    rows = [
        StateRow(
            str(one.folder),
            one.points,
            one.points_done,
            one.wanted,
            one.done,
            len(one.failures),
            one.missing,
            one.running,
            [(str(cell), why) for cell, why in sorted(one.failures.items())],
        )
        for one in states
    ]
    if as_json:
        print_json({"folders": [vars(row) | {"failures": dict(row.failures)} for row in rows], "not_begun": waiting})
        return
    print_states(rows, console())
    if waiting:
        say(f"not begun: {', '.join(waiting)}")
