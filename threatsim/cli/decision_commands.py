"""`threatsim sensitivity` and `optimise`: what drives the answer, and the best choice."""

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
    from threatsim.experiment.run_request import RunRequest
    from threatsim.report.questions.publish_answer import Published

Scenario = Annotated[str, typer.Argument(help="A scenario file, or the name of one that comes with threatsim.")]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes; all processors by default.")]
Seed = Annotated[int | None, typer.Option(min=0, help="Root of all random streams.")]
Out = Annotated[Path, typer.Option(help="Folder for answers.")]
_KEPT = "Markets that were finished are kept; the same command goes on from there."


def sensitivity(
    scenario: Scenario,
    spread: Annotated[
        float, typer.Option(help="Share by which assumed numbers without a range go up and down; 0 leaves them out.")
    ] = 0.5,
    metric: Annotated[list[str] | None, typer.Option(help="Figure to follow; may be repeated.")] = None,
    top: Annotated[int, typer.Option(help="How many numbers are told of with intervals.")] = 8,
    evaluations: Annotated[int, typer.Option(help="Markets of each arm in all, about.")] = 600,
    arm: Annotated[
        list[str] | None,
        typer.Option(help="Arm to run beside the baseline; may be repeated. By default all that a payer could choose."),
    ] = None,
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
    """Tell which numbers drive the answer, and which alone can turn the ranking of the arms."""
    from threatsim.experiment.execution.dask_cluster import executor_of
    from threatsim.experiment.execution.local import available_workers
    from threatsim.questions.sensitivity.question import SensitivityRequest
    from threatsim.questions.sensitivity.question import sensitivity as answer

    progress = terminal_progress(quiet or as_json)
    request = SensitivityRequest(
        _run_request(scenario, images, seed, workers, device, out, settings, include),
        spread,
        tuple(metric or ()),
        top,
        evaluations,
        tuple(arm or ()),
    )
    with interruptible(_KEPT):
        record = answer(request, progress, executor_of(executor, workers or available_workers()))

        from threatsim.report.questions.publish_answer import publish_sensitivity

        published = publish_sensitivity(record, out)
    _tell(published, record.model_dump(mode="json"), as_json=as_json, quiet=quiet)


def optimise(
    scenario: Scenario,
    choose: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH=LOW:HIGH[:log]", help="What may be chosen, or PATH=a,b,c; may be repeated."),
    ] = None,
    minimise: Annotated[
        list[str] | None, typer.Option(help="A sum of figures, such as payer_loss+control_cost; several give a front.")
    ] = None,
    maximise: Annotated[list[str] | None, typer.Option(help="The same to be as great as can be.")] = None,
    subject_to: Annotated[
        list[str] | None, typer.Option(help="What must hold, such as 'honest_denied <= 0.12'; may be repeated.")
    ] = None,
    attacker: Annotated[
        bool, typer.Option("--attacker", help="The choice is an attacker's; by default to maximise fraud_payoff.")
    ] = False,
    both: Annotated[
        bool, typer.Option("--both", help="Payer and attacker reply to each other in turn until neither gains.")
    ] = False,
    trials: Annotated[int, typer.Option(help="Choices tried at most.")] = 200,
    replicates: Annotated[int, typer.Option(help="Markets of each trial, the same streams in all.")] = 4,
    fresh: Annotated[int, typer.Option(min=3, help="Markets of what is told, which the search did not see.")] = 20,
    arm: Annotated[str | None, typer.Option(help="Arm to start from; by default the baseline.")] = None,
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
    """Find the best policy of a payer when providers respond, or the best reply of an attacker."""
    from threatsim.common.errors import InputError
    from threatsim.experiment.execution.dask_cluster import executor_of
    from threatsim.experiment.execution.local import available_workers
    from threatsim.questions.optimise.question import OptimiseRequest
    from threatsim.questions.optimise.question import optimise as answer

    if attacker and both:
        raise InputError("--attacker and --both: it is one or the other", given="--both")
    progress = terminal_progress(quiet or as_json)
    request = OptimiseRequest(
        _run_request(scenario, images, seed, workers, device, out, settings, include),
        tuple(choose or ()),
        tuple(minimise or ()),
        tuple(maximise or ()),
        tuple(subject_to or ()),
        "both" if both else "attacker" if attacker else "payer",
        trials,
        replicates,
        fresh,
        arm,
    )
    with interruptible(_KEPT):
        record = answer(request, progress, executor_of(executor, workers or available_workers()))

        from threatsim.report.questions.publish_answer import publish_optimise

        published = publish_optimise(record, out)
    _tell(published, record.model_dump(mode="json"), as_json=as_json, quiet=quiet)


def _run_request(
    scenario: str,
    images: Path | None,
    seed: int | None,
    workers: int | None,
    device: str,
    out: Path,
    settings: list[str] | None,
    include: list[Path] | None,
) -> RunRequest:
    from threatsim.experiment.run_request import RunRequest
    from threatsim.scenario.reading.overrides import read_settings

    return RunRequest(
        scenario,
        images,
        None,
        seed,
        workers or 1,
        device,
        out,
        overrides=read_settings(settings or []),
        include=tuple(include or ()),
    )


def _tell(published: Published, record: object, *, as_json: bool, quiet: bool) -> None:
    if as_json:
        print_json({"folder": str(published.folder), "answer": published.sentences, "record": record})
    elif quiet:
        say(str(published.folder))
    else:
        from threatsim.report.questions.answer_print import print_answer

        print_answer(published.sentences, published.shown, console(), folder=published.folder)
