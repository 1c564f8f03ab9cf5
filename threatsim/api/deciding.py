"""`threatsim.sensitivity` and `threatsim.optimise`: what the commands of these names do, as functions."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from threatsim.api.answers import QuestionAnswer, request_of
from threatsim.api.options import progress_of, texts_of
from threatsim.api.scenario_document import AnyScenario
from threatsim.common.errors import InputError
from threatsim.common.progress import Progress
from threatsim.common.suggest import did_you_mean
from threatsim.experiment.execution.local import LocalExecutor
from threatsim.questions.optimise.question import Chooser, OptimiseRequest
from threatsim.questions.optimise.question import optimise as best_choice
from threatsim.questions.optimise.record import InTurnRecord, SearchRecord
from threatsim.questions.sensitivity.question import DEFAULT_EVALUATIONS, SensitivityRequest
from threatsim.questions.sensitivity.question import sensitivity as what_drives
from threatsim.questions.sensitivity.record import SensitivityRecord
from threatsim.report.questions.publish_answer import publish_optimise, publish_sensitivity


def sensitivity(
    scenario: AnyScenario,
    *,
    spread: float = 0.5,
    metrics: Sequence[str] = (),
    top: int = 8,
    evaluations: int = DEFAULT_EVALUATIONS,
    arms: Sequence[str] = (),
    seed: int | None = None,
    workers: int | None = None,
    device: str = "auto",
    images: str | os.PathLike[str] | None = None,
    finding: str | None = None,
    overrides: Mapping[str, Any] | None = None,
    fail_fast: bool = False,
    out: str | os.PathLike[str] = "reports",
    progress: bool | Progress = False,
) -> QuestionAnswer[SensitivityRecord]:
    """Tell which numbers drive a scenario's answers, and which alone can turn the ranking of its arms.

    Args:
        scenario: a `threatsim.Scenario`, a YAML file, a name such as "insurance_upcoding", or plain data.
        spread: share by which assumed numbers without a range go up and down; 0 leaves them out.
        metrics: figures to follow; net_benefit and payer_loss if none.
        top: how many numbers are told of with intervals.
        evaluations: markets of each arm in all, about.
        arms: arms to run beside the baseline; all that a payer could choose if none.
        seed: root of all random streams; the scenario's own if None.
        workers: processes for the market; as many as there are processors if None.
        device: where attacks run: auto, cpu or cuda.
        images: folder of real images; synthetic images if None.
        finding: what label 1 is to stand for in an archive of several findings; the first if None.
        overrides: dotted path -> value.
        fail_fast: whether the first market that fails ends it at once; else all that was begun is finished and kept.
        out: folder for answers.
        progress: False prints nothing, True shows bars on stderr; or what is told of each stage.

    Raises:
        InputError: something that was given cannot be used.
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
        fail_fast=fail_fast,
    )
    request = SensitivityRequest(run, spread, texts_of(metrics, "metrics"), top, evaluations, texts_of(arms, "arms"))
    record = what_drives(request, progress_of(progress), LocalExecutor(run.workers))
    published = publish_sensitivity(record, Path(out))
    return QuestionAnswer(published.folder, record, published.sentences, "swings", published.shown[0])


def optimise(
    scenario: AnyScenario,
    choose: Sequence[str],
    *,
    minimise: Sequence[str] = (),
    maximise: Sequence[str] = (),
    subject_to: Sequence[str] = (),
    chooser: Chooser = "payer",
    trials: int = 200,
    replicates: int = 4,
    fresh: int = 20,
    arm: str | None = None,
    seed: int | None = None,
    workers: int | None = None,
    device: str = "auto",
    images: str | os.PathLike[str] | None = None,
    finding: str | None = None,
    overrides: Mapping[str, Any] | None = None,
    fail_fast: bool = False,
    out: str | os.PathLike[str] = "reports",
    progress: bool | Progress = False,
) -> QuestionAnswer[SearchRecord | InTurnRecord]:
    """Find the best policy of a payer when providers respond, or the best reply of an attacker, or both in turn.

    Args:
        scenario: a `threatsim.Scenario`, a YAML file, a name such as "insurance_upcoding", or plain data.
        choose: what may be chosen: "PATH=LOW:HIGH", "PATH=LOW:HIGH:log" or "PATH=a,b,c" each.
        minimise: sums of figures, such as "payer_loss + control_cost"; several give a front.
        maximise: the same, to be as great as can be.
        subject_to: what must hold, such as "honest_denied <= 0.12".
        chooser: payer, attacker or both.
        trials: choices tried at most; of each reply, where both choose.
        replicates: markets of each trial, the same streams in all.
        fresh: markets of what is told, which the search did not see.
        arm: the arm to start from; the baseline if None.
        seed: root of all random streams; the scenario's own if None.
        workers: processes for the market; as many as there are processors if None.
        device: where attacks run: auto, cpu or cuda.
        images: folder of real images; synthetic images if None.
        finding: what label 1 is to stand for in an archive of several findings; the first if None.
        overrides: dotted path -> value.
        fail_fast: whether the first market that fails ends it at once; else all that was begun is finished and kept.
        out: folder for answers.
        progress: False prints nothing, True shows bars on stderr; or what is told of each stage.

    Raises:
        InputError: something that was given cannot be used, or Optuna is not installed.
        ThreatsimError: nothing that was tried keeps the constraints, or a market fails.
    """
    if chooser not in get_args(Chooser):
        hint = did_you_mean(chooser, get_args(Chooser))
        raise InputError(f"chooser is '{chooser}'", given=chooser, allowed=get_args(Chooser), hint=hint)
    request = OptimiseRequest(
        request_of(
            scenario,
            images=images,
            finding=finding,
            seed=seed,
            workers=workers,
            device=device,
            out=out,
            overrides=overrides,
            fail_fast=fail_fast,
        ),
        texts_of(choose, "choose"),
        texts_of(minimise, "minimise"),
        texts_of(maximise, "maximise"),
        texts_of(subject_to, "subject_to"),
        chooser,
        trials,
        replicates,
        fresh,
        arm,
    )
    record = best_choice(request, progress_of(progress), LocalExecutor(request.run.workers))
    published = publish_optimise(record, Path(out))
    main = "front" if record.question == "optimise" else "replies"
    return QuestionAnswer(published.folder, record, published.sentences, main, published.shown[0])
