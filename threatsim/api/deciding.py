"""`threatsim.sensitivity` and `threatsim.optimise`: what the commands of these names do, as functions."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from threatsim.api.options import progress_of, workers_of
from threatsim.common.html_table import html_table
from threatsim.common.progress import Progress
from threatsim.experiment.execution.local import LocalExecutor
from threatsim.experiment.run_request import RunRequest
from threatsim.questions.optimise.question import Chooser, OptimiseRequest
from threatsim.questions.optimise.question import optimise as best_choice
from threatsim.questions.optimise.record import InTurnRecord, SearchRecord
from threatsim.questions.sensitivity.question import DEFAULT_EVALUATIONS, SensitivityRequest
from threatsim.questions.sensitivity.question import sensitivity as what_drives
from threatsim.questions.sensitivity.record import SensitivityRecord
from threatsim.report.questions.publish_answer import Published, publish_optimise, publish_sensitivity

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class DecidedAnswer:
    """An answer that is written.

    Attributes:
        record: all that was found.
        folder: page.html, record.json and the tables.
        sentences: it in words.
    """

    record: SensitivityRecord | SearchRecord | InTurnRecord
    folder: Path
    sentences: Sequence[str]

    def table(self, name: str) -> pd.DataFrame:
        """Return one of its tables, such as "swings", "indices" or "trials", as a data frame."""
        import pandas as pd

        return pd.read_parquet(self.folder / f"{name}.parquet")

    @property
    def frame(self) -> pd.DataFrame:
        """Its first table: swings, the front, or the replies."""
        return self.table({"sensitivity": "swings", "optimise": "front"}.get(self.record.question, "replies"))

    def _repr_html_(self) -> str:
        return html_table(
            ["", self.record.question], [[str(place), text] for place, text in enumerate(self.sentences, 1)]
        )


def sensitivity(
    scenario: str | os.PathLike[str],
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
    overrides: Mapping[str, Any] | None = None,
    out: str | os.PathLike[str] = "reports",
    progress: bool | Progress = False,
) -> DecidedAnswer:
    """Tell which numbers drive a scenario's answers, and which alone can turn the ranking of its arms.

    Args:
        scenario: a YAML file, or a name such as "insurance_upcoding".
        spread: share by which assumed numbers without a range go up and down; 0 leaves them out.
        metrics: figures to follow; net_benefit and payer_loss if none.
        top: how many numbers are told of with intervals.
        evaluations: markets of each arm in all, about.
        arms: arms to run beside the baseline; all that a payer could choose if none.
        seed: root of all random streams; the scenario's own if None.
        workers: processes for the market; as many as there are processors if None.
        device: where attacks run: auto, cpu or cuda.
        images: folder of real images; synthetic images if None.
        overrides: dotted path -> value.
        out: folder for answers.
        progress: False prints nothing, True shows bars on stderr; or what is told of each stage.

    Raises:
        InputError: something that was given cannot be used.
        ThreatsimError: the scenario has mistakes, or a market fails.
    """
    run = _request(scenario, images, seed, workers, device, out, overrides)
    request = SensitivityRequest(run, spread, tuple(metrics), top, evaluations, tuple(arms))
    record = what_drives(request, progress_of(progress), LocalExecutor(workers_of(workers)))
    return _answer(record, publish_sensitivity(record, Path(out)))


def optimise(
    scenario: str | os.PathLike[str],
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
    overrides: Mapping[str, Any] | None = None,
    out: str | os.PathLike[str] = "reports",
    progress: bool | Progress = False,
) -> DecidedAnswer:
    """Find the best policy of a payer when providers respond, or the best reply of an attacker, or both in turn.

    Args:
        scenario: a YAML file, or a name such as "insurance_upcoding".
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
        overrides: dotted path -> value.
        out: folder for answers.
        progress: False prints nothing, True shows bars on stderr; or what is told of each stage.

    Raises:
        InputError: something that was given cannot be used, or Optuna is not installed.
        ThreatsimError: nothing that was tried keeps the constraints, or a market fails.
    """
    request = OptimiseRequest(
        _request(scenario, images, seed, workers, device, out, overrides),
        tuple(choose),
        tuple(minimise),
        tuple(maximise),
        tuple(subject_to),
        chooser,
        trials,
        replicates,
        fresh,
        arm,
    )
    record = best_choice(request, progress_of(progress), LocalExecutor(workers_of(workers)))
    return _answer(record, publish_optimise(record, Path(out)))


def _answer(record: SensitivityRecord | SearchRecord | InTurnRecord, published: Published) -> DecidedAnswer:
    return DecidedAnswer(record, published.folder, published.sentences)


def _request(
    scenario: str | os.PathLike[str],
    images: str | os.PathLike[str] | None,
    seed: int | None,
    workers: int | None,
    device: str,
    out: str | os.PathLike[str],
    overrides: Mapping[str, Any] | None,
) -> RunRequest:
    return RunRequest(
        str(scenario),
        None if images is None else Path(images),
        None,
        seed,
        workers_of(workers),
        device,
        Path(out),
        overrides=dict(overrides or {}),
    )
