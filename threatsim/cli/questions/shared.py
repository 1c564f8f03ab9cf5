"""What the commands that ask questions take, and how each prints its answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from threatsim.cli.options import console, print_json, say

if TYPE_CHECKING:
    from threatsim.experiment.execution.executor import Executor
    from threatsim.experiment.record.part import RecordPart
    from threatsim.experiment.run_request import RunRequest
    from threatsim.report.questions.publish_answer import Published

Scenario = Annotated[str, typer.Argument(help="A scenario file, or the name of one that comes with threatsim.")]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes; all processors by default.")]
Seed = Annotated[int | None, typer.Option(min=0, help="Root of all random streams.")]
Out = Annotated[Path, typer.Option(help="Folder for answers.")]
KEPT = "Markets that were finished are kept; the same command goes on from there."


def request_of(
    scenario: str,
    *,
    images: Path | None,
    seed: int | None,
    workers: int | None,
    device: str,
    out: Path,
    settings: list[str] | None,
    include: list[Path] | None,
    replicates: int | None = None,
    doubt: int | None = None,
    fail_fast: bool = False,
) -> RunRequest:
    """Return what is asked of the scenario, as for a run of it."""
    from threatsim.experiment.execution.local import available_workers
    from threatsim.experiment.run_request import RunRequest
    from threatsim.scenario.reading.overrides import read_settings

    return RunRequest(
        scenario,
        images,
        replicates,
        seed,
        workers or available_workers(),
        device,
        out,
        overrides=read_settings(settings or []),
        include=tuple(include or ()),
        doubt=doubt,
        fail_fast=fail_fast,
    )


def executor_for(name: str, request: RunRequest) -> Executor:
    """Return where the markets run."""
    from threatsim.experiment.execution.dask_cluster import executor_of

    return executor_of(name, request.workers)


def tell(published: Published, record: RecordPart, *, as_json: bool, quiet: bool) -> None:
    """Print an answer, or its folder alone, or all of it as JSON."""
    if as_json:
        found = record.model_dump(mode="json")
        print_json({"folder": str(published.folder), "answer": published.sentences, "record": found})
    elif quiet:
        say(str(published.folder))
    else:
        from threatsim.report.questions.answer_print import print_answer

        print_answer(published.sentences, published.shown, console(), folder=published.folder)
