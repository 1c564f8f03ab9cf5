"""`threatsim calibrate`: a scenario's free numbers fitted to published moments."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from threatsim.cli.options import (
    Device,
    ExecutorName,
    Images,
    Include,
    Json,
    Quiet,
    Set,
    interruptible,
    terminal_progress,
)
from threatsim.cli.questions.shared import KEPT, Out, Scenario, Seed, Workers, executor_for, request_of, tell


def calibrate(
    scenario: Scenario,
    moments: Annotated[
        Path | None,
        typer.Option(help="File of moments and free numbers; by default the one that comes with threatsim."),
    ] = None,
    particles: Annotated[int, typer.Option(help="Particles kept; the first population has twice as many.")] = 100,
    populations: Annotated[int, typer.Option(help="The most populations.")] = 6,
    least_acceptance: Annotated[
        float, typer.Option(help="Share of new particles that come closer at or below which it ends.")
    ] = 0.1,
    draws: Annotated[int, typer.Option(help="Draws of the posterior that moments are predicted from.")] = 60,
    replicates: Annotated[int, typer.Option(min=1, help="Markets of each arm of a particle.")] = 1,
    posterior: Annotated[
        Path | None, typer.Option(help="Folder of an earlier calibration: predict the moments by it, fit nothing.")
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
    """Fit a scenario's free numbers to published moments, and predict those that are held out."""
    progress = terminal_progress(quiet or as_json)
    with progress.starting(f"Reading {scenario}"):
        from threatsim.calibration.question import CalibrationRequest
        from threatsim.calibration.question import calibrate as answer
        from threatsim.report.calibration.publish_calibration import publish_calibration

    request = CalibrationRequest(
        request_of(
            scenario,
            images=images,
            replicates=replicates,
            seed=seed,
            workers=workers,
            device=device,
            out=out,
            settings=settings,
            include=include,
        ),
        moments,
        particles,
        populations,
        least_acceptance,
        draws,
        posterior,
    )
    with interruptible(KEPT):
        found = answer(request, progress, executor_for(executor, request.run))
        published = publish_calibration(found, out)
    tell(published, found.record, as_json=as_json, quiet=quiet)
