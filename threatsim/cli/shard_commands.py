"""`threatsim prepare`, `run-shard` and `merge`: a run in shares, on machines that share nothing but files."""

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
    interruptible,
    print_json,
    say,
    terminal_progress,
)

Prepared = Annotated[Path, typer.Argument(help="Folder that `threatsim prepare` wrote.")]


def prepare(
    scenario: Annotated[str, typer.Argument(help="A scenario file, or the name of one that comes with threatsim.")],
    out: Annotated[Path, typer.Option(help="Folder for the plan and the outcomes of attacks.")],
    images: Images = None,
    replicates: Annotated[int | None, typer.Option(min=2, help="Replicates of every arm.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Root of all random streams.")] = None,
    device: Device = "auto",
    settings: Set = None,
    include: Include = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Attack once, and write what machines need to simulate shards of a run: no picture, no classifier."""
    from threatsim.experiment.prepared_run import prepare_run
    from threatsim.experiment.run_request import RunRequest
    from threatsim.scenario.reading.overrides import read_settings

    own = {"replicates": replicates, "seed": seed, "doubt": 0}
    overrides = {**read_settings(settings or []), **{name: one for name, one in own.items() if one is not None}}
    request = RunRequest(
        scenario, images, None, None, 1, device, out, overrides=overrides, include=tuple(include or ())
    )
    with interruptible("The attacks that were finished are kept."):
        plan, cells = prepare_run(request, out, terminal_progress(quiet or as_json))
    if as_json:
        print_json({"folder": str(out), "plan": plan.hash, "replicates": cells})
    else:
        say(str(out) if quiet else f"Plan {plan.hash[:12]} of {cells} replicates of arms is in {out}")


def run_shard(
    prepared: Prepared,
    out: Annotated[Path, typer.Option(help="Folder that the shard's own folder is made in.")],
    shard: Annotated[str, typer.Option(help="Which of how many shards, as 3/20.")] = "1/1",
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; all processors by default.")] = None,
    fail_fast: Annotated[bool, typer.Option("--fail-fast", help="Stop at the first replicate that fails.")] = False,
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
    _tell(found.file.parent, len(found.cells), {str(cell): why for cell, why in found.failures.items()}, as_json, quiet)


def merge(
    prepared: Prepared,
    shards: Annotated[list[Path], typer.Argument(help="Folders of shards, or folders that hold some.")],
    out: Annotated[Path, typer.Option(help="Folder for the merged figures.")],
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Put shards together: one row a replicate and arm, to the byte what one machine alone would have written."""
    from threatsim.experiment.execution.sharding.prepared_plan import read_prepared
    from threatsim.experiment.execution.sharding.shards import merge_shards

    found = merge_shards(read_prepared(prepared), shards, out=out).run
    _tell(found.file, len(found.cells), {str(cell): why for cell, why in found.failures.items()}, as_json, quiet)


def _tell(place: Path, cells: int, failures: dict[str, str], as_json: bool, quiet: bool) -> None:
    if as_json:
        print_json({"written": str(place), "replicates": cells, "failed": failures})
    else:
        done = cells - len(failures)
        say(str(place) if quiet else f"{done} of {cells} replicates of arms are in {place}")
        for cell, why in failures.items():
            say(f"{cell} failed: {why}", error=True)
    if failures:
        raise typer.Exit(1)
