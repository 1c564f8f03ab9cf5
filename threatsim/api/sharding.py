"""`threatsim.prepare`, `run_shard` and `merge`: what the commands of these names do, as functions."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threatsim.api.answers import QuestionAnswer, answer_of_sweep, request_of
from threatsim.api.options import progress_of, texts_of, workers_of
from threatsim.api.scenario_document import AnyScenario
from threatsim.common.progress import Progress
from threatsim.experiment.execution.local import LocalExecutor
from threatsim.experiment.execution.sharding.prepared_plan import read_prepared
from threatsim.experiment.execution.sharding.shards import ShardDone, shard_of
from threatsim.experiment.prepared_run import RUN, merged_run, run_market_shard
from threatsim.questions.sweep.design import DEFAULT_MAX_POINTS
from threatsim.questions.sweep.prepared import merged_sweep
from threatsim.questions.sweep.prepared import prepare as prepare_plan
from threatsim.questions.sweep.question import SweepRecord, SweepRequest
from threatsim.report.frames import Report, load
from threatsim.report.publishing import publish

Folder = str | os.PathLike[str]


@dataclass(frozen=True)
class PlanFolder:
    """The plan of a run or a sweep in shares; it stands for its folder wherever a path does.

    Attributes:
        path: the folder, which is copied to other machines.
        identity: of the plan, 64 hex digits; every shard is held against it.
        replicates: how many replicates of arms it has in all.
    """

    path: Path
    identity: str
    replicates: int

    def __fspath__(self) -> str:
        """Return its folder."""
        return str(self.path)


def prepare(
    scenario: AnyScenario,
    out: Folder,
    *,
    vary: str | Sequence[str] = (),
    design: str = "grid",
    points: int | None = None,
    max_points: int = DEFAULT_MAX_POINTS,
    metrics: Sequence[str] = (),
    arms: Sequence[str] = (),
    replicates: int | None = None,
    doubt: int | None = None,
    seed: int | None = None,
    device: str = "auto",
    images: Folder | None = None,
    finding: str | None = None,
    overrides: Mapping[str, Any] | None = None,
    progress: bool | Progress = False,
) -> PlanFolder:
    """Attack once, and write what machines need to simulate shards of a run or a sweep, as `threatsim prepare` does.

    Args:
        scenario: a `threatsim.Scenario`, a YAML file, a name such as "insurance_upcoding", or plain data.
        out: folder for the plan and the outcomes of attacks.
        vary: what varies, as `threatsim.sweep` takes it; nothing for a run.
        design: grid, latin or sobol, as of `threatsim.sweep`; with this or what follows the plan is that of a sweep.
        points: of a design that fills space.
        max_points: at most, so that a slip of the pen does not fill a cluster.
        metrics: that are kept; all if empty.
        arms: that are run; all if empty.
        replicates: of every arm, at every point; the scenario's own if None.
        doubt: draws of the uncertain numbers, as `threatsim.run` takes it; of a run alone.
        seed: root of all random streams; the scenario's own if None.
        device: where attacks run: auto, cpu or cuda.
        images: folder of real images; synthetic images if None.
        finding: what label 1 is to stand for in an archive of several findings; the first if None.
        overrides: dotted path -> value.
        progress: False prints nothing, True shows bars on stderr; or what is told of each stage.

    Raises:
        InputError: something is wrong with what was asked; `given` and `allowed` say what.
        ScenarioError: the scenario has mistakes.
        ThreatsimError: `out` holds another plan, or cannot be written to.
    """
    request = request_of(
        scenario,
        images=images,
        finding=finding,
        replicates=replicates,
        seed=seed,
        workers=1,
        device=device,
        out=out,
        overrides=overrides,
        doubt=doubt,
    )
    varied, told, run = texts_of(vary, "vary"), texts_of(metrics, "metrics"), texts_of(arms, "arms")
    asked = SweepRequest(request, varied, design, points, max_points, told, run)
    identity, cells = prepare_plan(asked, Path(out), progress_of(progress))
    return PlanFolder(Path(out), identity, cells)


def run_shard(
    prepared: Folder,
    out: Folder,
    *,
    shard: str = "1/1",
    workers: int | None = None,
    fail_fast: bool = False,
    progress: bool | Progress = False,
) -> ShardDone:
    """Simulate a shard of a plan, as `threatsim run-shard` does; called again, it goes on where it stopped.

    Args:
        prepared: folder that `threatsim.prepare` wrote.
        out: folder that the shard's own folder is made in.
        shard: which of how many, as "3/20".
        workers: processes; as many as there are processors if None.
        fail_fast: whether the first replicate that fails ends it; else it is named and the others go on.
        progress: False prints nothing, True shows bars on stderr; or what is told of each stage.

    Returns:
        Its `folder`, how many `cells` (replicates of arms) it has, and `failures`: each that failed, with why.

    Raises:
        InputError: `shard` is none, or there are to be fewer than one worker.
        ThreatsimError: the plan is damaged, this machine would compute something else, or with `fail_fast` a replicate
            fails.
    """
    executor = LocalExecutor(workers_of(workers))
    which = shard_of(shard)
    plan = read_prepared(Path(prepared))
    told = progress_of(progress)
    return run_market_shard(plan, which, out=Path(out), executor=executor, progress=told, fail_fast=fail_fast)


def merge(
    prepared: Folder,
    shards: Folder | Sequence[Folder],
    *,
    out: Folder = "reports",
    patterns: bool = True,
    page: bool = True,
    progress: bool | Progress = False,
) -> Report | QuestionAnswer[SweepRecord]:
    """Make of all shards the report or the answer that one machine would have written, as `threatsim merge` does.

    Args:
        prepared: folder that `threatsim.prepare` wrote.
        shards: folder of shards, or several.
        out: folder for reports and answers.
        patterns: whether the market of a run is held against published patterns as well.
        page: whether the report of a run gets its page, Markdown and charts.
        progress: False prints nothing, True shows bars on stderr; or what is told of each stage.

    Returns:
        Of a run its report, of a sweep its answer.

    Raises:
        ThreatsimError: a shard is missing, damaged or another's, or this machine would write something else; nothing is
            then written. Or replicates of a run failed, or every market of a sweep.
    """
    folders = [Path(one) for one in ([shards] if isinstance(shards, (str, os.PathLike)) else shards)]
    plan = read_prepared(Path(prepared))
    if plan.question != RUN:
        return answer_of_sweep(merged_sweep(plan, folders, out=Path(out)), Path(out))
    told = progress_of(progress)
    finished = merged_run(plan, folders, out=Path(out), patterns=patterns, page=page, progress=told)
    publish(finished, told)
    return load(finished.folder)
