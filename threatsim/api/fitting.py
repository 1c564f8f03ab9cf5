"""`threatsim.calibrate`: what the command of this name does, as a function."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from threatsim.api.answers import QuestionAnswer, request_of
from threatsim.api.options import progress_of
from threatsim.api.scenario_document import AnyScenario
from threatsim.calibration.findings import CalibrationRecord
from threatsim.calibration.question import calibrate as fitted
from threatsim.calibration.request import CalibrationRequest
from threatsim.common.progress import Progress
from threatsim.experiment.execution.local import LocalExecutor
from threatsim.report.calibration.publish_calibration import publish_calibration


def calibrate(
    scenario: AnyScenario,
    *,
    moments: str | os.PathLike[str] | None = None,
    particles: int = 100,
    populations: int = 6,
    least_acceptance: float = 0.1,
    draws: int = 60,
    replicates: int = 1,
    posterior: str | os.PathLike[str] | None = None,
    seed: int | None = None,
    workers: int | None = None,
    device: str = "auto",
    images: str | os.PathLike[str] | None = None,
    finding: str | None = None,
    overrides: Mapping[str, Any] | None = None,
    out: str | os.PathLike[str] = "reports",
    progress: bool | Progress = False,
) -> QuestionAnswer[CalibrationRecord]:
    """Fit a scenario's free numbers to published moments, and predict those that are held out.

    Args:
        scenario: a `threatsim.Scenario`, a YAML file, a name such as "insurance_upcoding", or plain data.
        moments: file of moments and free numbers; the one that comes with threatsim if None.
        particles: kept of every population; the first simulates twice as many.
        populations: the most populations.
        least_acceptance: share of new particles that come closer at or below which it ends, from 0 to 1.
        draws: of the posterior, from which moments are predicted.
        replicates: markets of each arm of a particle.
        posterior: folder of an earlier calibration whose posterior is taken; None to fit one.
        seed: root of all random streams; the scenario's own if None.
        workers: processes for the market; as many as there are processors if None.
        device: where attacks run: auto, cpu or cuda.
        images: folder of real images; synthetic images if None.
        finding: what label 1 is to stand for in an archive of several findings; the first if None.
        overrides: dotted path -> value.
        out: folder for answers.
        progress: False prints nothing, True shows bars on stderr; or what is told of each stage.

    Raises:
        InputError: something that was given cannot be used, or a free number moves no moment.
        ThreatsimError: the scenario has mistakes, or a market fails.
    """
    run = request_of(
        scenario,
        images=images,
        finding=finding,
        seed=seed,
        workers=workers,
        device=device,
        out=out,
        overrides=overrides,
        replicates=replicates,
    )
    request = CalibrationRequest(
        run,
        None if moments is None else Path(moments),
        particles,
        populations,
        least_acceptance,
        draws,
        None if posterior is None else Path(posterior),
    )
    found = fitted(request, progress_of(progress), LocalExecutor(run.workers))
    published = publish_calibration(found, Path(out))
    return QuestionAnswer(published.folder, found.record, published.sentences, "free", published.shown[0])
