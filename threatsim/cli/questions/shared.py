"""What the commands that ask questions take, and how each prints its answer."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Concatenate, ParamSpec

import typer

from threatsim.cli.options import (
    Device,
    ExecutorName,
    Finding,
    Images,
    Include,
    Json,
    Quiet,
    Set,
    console,
    print_json,
    say,
    terminal_progress,
)

if TYPE_CHECKING:
    from threatsim.experiment.execution.executor import Executor
    from threatsim.experiment.record.part import RecordPart
    from threatsim.experiment.run_request import RunRequest
    from threatsim.report.questions.publish_answer import Published
    from threatsim.report.terminal.progress_bars import TerminalProgress

Own = ParamSpec("Own")

Scenario = Annotated[str, typer.Argument(help="A scenario file, or the name of one that comes with threatsim.")]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes; all processors by default.")]
Seed = Annotated[int | None, typer.Option(min=0, help="Root of all random streams.")]
Out = Annotated[Path, typer.Option(help="Folder for answers.")]
KEPT = "Markets that were finished are kept; the same command goes on from there."


@dataclass(frozen=True)
class QuestionOptions:
    """What every question is asked with: options that commands get by `question`, in the order of their help."""

    scenario: Scenario
    images: Images = None
    finding: Finding = None
    seed: Seed = None
    workers: Workers = None
    executor_name: ExecutorName = "local"
    device: Device = "auto"
    settings: Set = None
    include: Include = None
    out: Out = Path("reports")
    as_json: Json = False
    quiet: Quiet = False

    @functools.cached_property
    def progress(self) -> TerminalProgress:
        """Who is told of what takes time."""
        return terminal_progress(self.quiet or self.as_json)

    def run(self, *, replicates: int | None = None, fail_fast: bool = False) -> RunRequest:
        """Return what is asked of the scenario, as for a run of it."""
        return request_of(
            self.scenario,
            images=self.images,
            finding=self.finding,
            replicates=replicates,
            seed=self.seed,
            workers=self.workers,
            device=self.device,
            out=self.out,
            settings=self.settings,
            include=self.include,
            fail_fast=fail_fast,
        )

    def executor(self) -> Executor:
        """Return where the markets run."""
        from threatsim.experiment.execution.dask_cluster import executor_of
        from threatsim.experiment.execution.local import available_workers

        return executor_of(self.executor_name, self.workers or available_workers())

    def tell(self, published: Published, record: RecordPart) -> None:
        """Print the answer."""
        tell(published, record, as_json=self.as_json, quiet=self.quiet)


def question(command: Callable[Concatenate[QuestionOptions, Own], None]) -> Callable[..., None]:
    """Give a command the options of all questions after its own; it takes them as one, in the first place."""
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    scenario, *shared = inspect.signature(QuestionOptions, eval_str=True).parameters.values()
    names = [one.name for one in (scenario, *shared)]

    @functools.wraps(command)
    def with_options(**given: object) -> None:
        asked = QuestionOptions(**{name: given.pop(name) for name in names})  # type: ignore[arg-type]
        command(asked, **given)  # type: ignore[arg-type,call-arg]

    every = [scenario, *own, *shared]
    del with_options.__wrapped__
    with_options.__signature__ = inspect.Signature(every)  # type: ignore[attr-defined]
    with_options.__annotations__ = {one.name: one.annotation for one in every}
    return with_options


def request_of(
    scenario: str,
    *,
    images: Path | None,
    finding: str | None,
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
        finding=finding,
    )


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
