"""`threatsim calibrate`: a scenario's free numbers fitted to published moments."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from threatsim.cli.options import interruptible
from threatsim.cli.questions.shared import KEPT, QuestionOptions, question


@question
def calibrate(
    asked: QuestionOptions,
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
) -> None:
    """Fit a scenario's free numbers to published moments, and predict those that are held out."""
    from threatsim.calibration.request import CalibrationRequest

    request = CalibrationRequest(
        asked.run(replicates=replicates),
        moments,
        particles,
        populations,
        least_acceptance,
        draws,
        posterior,
    )
    request.check()
    with asked.progress.starting(f"Reading {asked.scenario}"):
        from threatsim.calibration.question import calibrate as answer
        from threatsim.report.calibration.publish_calibration import publish_calibration

    with interruptible(KEPT):
        found = answer(request, asked.progress, asked.executor())
        published = publish_calibration(found, asked.out)
    asked.tell(published, found.record)
