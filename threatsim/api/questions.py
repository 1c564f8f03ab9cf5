"""`threatsim.sweep` and `threatsim.break_even`: what the commands of these names do, as functions."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from threatsim.api.answers import QuestionAnswer, answer_of_sweep, request_of
from threatsim.api.options import progress_of, texts_of
from threatsim.api.scenario_document import AnyScenario
from threatsim.common.progress import Progress
from threatsim.experiment.execution.local import LocalExecutor
from threatsim.questions.break_even.question import BreakEvenRecord, BreakEvenRequest
from threatsim.questions.break_even.question import break_even as find_break_even
from threatsim.questions.sweep.design import DEFAULT_MAX_POINTS
from threatsim.questions.sweep.question import SweepRecord, SweepRequest
from threatsim.questions.sweep.question import sweep as run_sweep
from threatsim.report.questions.publish_sweep import publish_break_even


def sweep(
    scenario: AnyScenario,
    vary: str | Sequence[str],
    *,
    design: str = "grid",
    points: int | None = None,
    max_points: int = DEFAULT_MAX_POINTS,
    metrics: Sequence[str] = (),
    arms: Sequence[str] = (),
    replicates: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    device: str = "auto",
    images: str | os.PathLike[str] | None = None,
    finding: str | None = None,
    overrides: Mapping[str, Any] | None = None,
    fail_fast: bool = False,
    out: str | os.PathLike[str] = "reports",
    progress: bool | Progress = False,
) -> QuestionAnswer[SweepRecord]:
    """Run every arm at many values of a scenario's numbers, as `threatsim sweep` does.

    Args:
        scenario: a `threatsim.Scenario`, a YAML file, a name such as "insurance_upcoding", or plain data.
        vary: what varies: "PATH=LOW:HIGH", with ":log" and a number of values behind it, or "PATH=a,b,c"; or several.
        design: grid, latin or sobol.
        points: points of latin or sobol.
        max_points: the most points that are allowed.
        metrics: figures to tell of, the usual ones if none.
        arms: arms to run beside the baseline, all if none.
        replicates: of every arm at every point; the scenario's own if None.
        seed: root of all random streams; the scenario's own if None.
        workers: processes; as many as there are processors if None.
        device: where attacks run: auto, cpu or cuda.
        images: folder of real images; synthetic images if None.
        finding: what label 1 is to stand for in an archive of several findings; the first if None.
        overrides: dotted path -> value, set at every point.
        fail_fast: whether the first market that fails ends it; else it is left out, and named in the answer's failures.
        out: folder for answers, in which this one gets its own.
        progress: False prints nothing, True shows bars on stderr; or what is told of each stage.

    Raises:
        InputError: something is wrong with what was asked; `given` and `allowed` say what.
        ScenarioError: the scenario has mistakes.
        ThreatsimError: `out` cannot be written to, or every market fails, or with `fail_fast` any.
    """
    request = SweepRequest(
        request_of(
            scenario,
            images=images,
            finding=finding,
            replicates=replicates,
            seed=seed,
            workers=workers,
            device=device,
            out=out,
            overrides=overrides,
            fail_fast=fail_fast,
        ),
        texts_of(vary, "vary"),
        design,
        points,
        max_points,
        texts_of(metrics, "metrics"),
        texts_of(arms, "arms"),
    )
    found = run_sweep(request, progress_of(progress), LocalExecutor(request.run.workers))
    return answer_of_sweep(found, Path(out))


def break_even(
    scenario: AnyScenario,
    vary: str,
    until: str,
    *,
    replicates: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    device: str = "auto",
    images: str | os.PathLike[str] | None = None,
    finding: str | None = None,
    overrides: Mapping[str, Any] | None = None,
    fail_fast: bool = False,
    out: str | os.PathLike[str] = "reports",
    progress: bool | Progress = False,
) -> QuestionAnswer[BreakEvenRecord]:
    """Find the value of a number at which a figure reaches a target, as `threatsim break-even` does.

    Args:
        scenario: a `threatsim.Scenario`, a YAML file, a name such as "insurance_upcoding", or plain data.
        vary: "PATH=LOW:HIGH" or "PATH=LOW:HIGH:log".
        until: such as "fraud_payoff = 0", or "net_benefit[audits_doubled] = net_benefit[baseline]".
        replicates: at every value; the scenario's own if None.
        seed: root of all random streams; the scenario's own if None.
        workers: processes; as many as there are processors if None.
        device: where attacks run: auto, cpu or cuda.
        images: folder of real images; synthetic images if None.
        finding: what label 1 is to stand for in an archive of several findings; the first if None.
        overrides: dotted path -> value, set at every value.
        fail_fast: whether the first market that fails ends it at once; else all that was begun is finished and kept.
        out: folder for answers, in which this one gets its own.
        progress: False prints nothing, True shows bars on stderr; or what is told of each stage.

    Returns:
        The answer; `record.findings.crossings` is empty if it is never reached in the range.

    Raises:
        InputError: something is wrong with what was asked; `given` and `allowed` say what.
        ScenarioError: the scenario has mistakes.
        ThreatsimError: `out` cannot be written to, or a market fails.
    """
    run = request_of(
        scenario,
        images=images,
        finding=finding,
        replicates=replicates,
        seed=seed,
        workers=workers,
        device=device,
        out=out,
        overrides=overrides,
        fail_fast=fail_fast,
    )
    record = find_break_even(
        BreakEvenRequest(run, texts_of(vary, "vary"), until), progress_of(progress), LocalExecutor(run.workers)
    )
    published = publish_break_even(record, Path(out))
    return QuestionAnswer(published.folder, record, published.sentences, "curve", published.shown[0])
