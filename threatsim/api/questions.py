"""`threatsim.sweep` and `threatsim.break_even`: what the commands of these names do, as functions."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from threatsim.api.options import progress_of, workers_of
from threatsim.common.html_table import html_table
from threatsim.common.progress import Progress
from threatsim.experiment.execution.local import LocalExecutor
from threatsim.experiment.record.part import RecordPart
from threatsim.experiment.run_request import RunRequest
from threatsim.questions.break_even.question import BreakEvenRequest
from threatsim.questions.break_even.question import break_even as find_break_even
from threatsim.questions.sweep.design import DEFAULT_MAX_POINTS
from threatsim.questions.sweep.question import SweepRequest
from threatsim.questions.sweep.question import sweep as run_sweep
from threatsim.report.questions import break_even_parts, sweep_parts
from threatsim.report.questions.parts import AnswerPart
from threatsim.report.questions.publish_sweep import publish_break_even, publish_sweep


@dataclass(frozen=True)
class FoundAnswer:
    """An answer: in words, as a data frame, and as its record; its folder has the page and the tables.

    Attributes:
        path: the folder.
        record: what was asked, what it stands on and what was found.
        sentences: it in words.
        frame: of a sweep a row a point, arm and figure; of a break-even a row a value that was looked at.
        part: the table that a notebook shows.
    """

    path: Path
    record: RecordPart
    sentences: Sequence[str]
    frame: pd.DataFrame
    part: AnswerPart

    def __repr__(self) -> str:
        return f"FoundAnswer({str(self.path)!r})\n" + "\n".join(self.sentences)

    def _repr_html_(self) -> str:
        said = html_table(["Answer"], [[one] for one in self.sentences])
        return said + html_table(self.part.heads, self.part.rows, caption=self.part.title)


def sweep(
    scenario: str | os.PathLike[str],
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
    overrides: Mapping[str, Any] | None = None,
    out: str | os.PathLike[str] = "reports",
    progress: bool | Progress = False,
) -> FoundAnswer:
    """Run every arm at many values of a scenario's numbers, as `threatsim sweep` does.

    Args:
        scenario: a YAML file, or a name such as "insurance_upcoding".
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
        overrides: dotted path -> value, set at every point.
        out: folder for answers, in which this one gets its own.
        progress: False prints nothing, True shows bars on stderr; or what is told of each stage.

    Raises:
        InputError: something is wrong with what was asked; `given` and `allowed` say what.
        ScenarioError: the scenario has mistakes.
        ThreatsimError: `out` cannot be written to, or every market fails.
    """
    request = SweepRequest(
        _request(scenario, images, replicates, seed, workers, device, out, overrides),
        (vary,) if isinstance(vary, str) else tuple(vary),
        design,
        points,
        max_points,
        tuple(metrics),
        tuple(arms),
    )
    found = run_sweep(request, progress_of(progress), LocalExecutor(workers_of(workers)))
    published = publish_sweep(found, Path(out))
    frame = pd.DataFrame(sweep_parts.estimates(found.record))
    return FoundAnswer(published.folder, found.record, published.sentences, frame, published.shown[0])


def break_even(
    scenario: str | os.PathLike[str],
    vary: str,
    until: str,
    *,
    replicates: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    device: str = "auto",
    images: str | os.PathLike[str] | None = None,
    overrides: Mapping[str, Any] | None = None,
    out: str | os.PathLike[str] = "reports",
    progress: bool | Progress = False,
) -> FoundAnswer:
    """Find the value of a number at which a figure reaches a target, as `threatsim break-even` does.

    Args:
        scenario: a YAML file, or a name such as "insurance_upcoding".
        vary: "PATH=LOW:HIGH" or "PATH=LOW:HIGH:log".
        until: such as "fraud_payoff = 0", or "net_benefit[audits_doubled] = net_benefit[baseline]".
        replicates: at every value; the scenario's own if None.
        seed: root of all random streams; the scenario's own if None.
        workers: processes; as many as there are processors if None.
        device: where attacks run: auto, cpu or cuda.
        images: folder of real images; synthetic images if None.
        overrides: dotted path -> value, set at every value.
        out: folder for answers, in which this one gets its own.
        progress: False prints nothing, True shows bars on stderr; or what is told of each stage.

    Returns:
        The answer; `record.findings.crossings` is empty if it is never reached in the range.

    Raises:
        InputError: something is wrong with what was asked; `given` and `allowed` say what.
        ScenarioError: the scenario has mistakes.
        ThreatsimError: `out` cannot be written to, or a market fails.
    """
    run = _request(scenario, images, replicates, seed, workers, device, out, overrides)
    record = find_break_even(
        BreakEvenRequest(run, (vary,), until), progress_of(progress), LocalExecutor(workers_of(workers))
    )
    published = publish_break_even(record, Path(out))
    frame = pd.DataFrame(break_even_parts.tables(record)["curve"])
    return FoundAnswer(published.folder, record, published.sentences, frame, published.shown[0])


def _request(
    scenario: str | os.PathLike[str],
    images: str | os.PathLike[str] | None,
    replicates: int | None,
    seed: int | None,
    workers: int | None,
    device: str,
    out: str | os.PathLike[str],
    overrides: Mapping[str, Any] | None,
) -> RunRequest:
    return RunRequest(
        scenario=str(scenario),
        images=None if images is None else Path(images),
        replicates=replicates,
        seed=seed,
        workers=workers_of(workers),
        device=device,
        out=Path(out),
        overrides=overrides or {},
    )
