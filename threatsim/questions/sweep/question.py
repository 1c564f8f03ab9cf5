"""`threatsim sweep`: from a scenario to the record of its figures at the points of a design."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np

from threatsim.catalogue.metrics import ARM_METRICS, shown_in
from threatsim.common.errors import InputError
from threatsim.common.progress import Progress
from threatsim.experiment.execution.executor import Executor
from threatsim.experiment.execution.figure_rows import KEYS
from threatsim.experiment.execution.figures_run import FiguresRun
from threatsim.experiment.figures.figure_names import FigureName, read_figure
from threatsim.experiment.run_request import RunRequest
from threatsim.questions.answer_record import AnswerRecord, parts_of
from threatsim.questions.markets import Asked
from threatsim.questions.points import point_number
from threatsim.questions.samples import Samples
from threatsim.questions.scenario_markets import ScenarioMarkets, asked_scenario, open_markets
from threatsim.questions.sweep.design import DEFAULT_MAX_POINTS, points_of
from threatsim.questions.sweep.findings import Failure, PointFigure, SweepFindings, VariedPath
from threatsim.questions.variation import OPTION, Variation, read_varied
from threatsim.questions.varied_paths import fitted, stands_at
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.schema import Scenario

SweepRecord = AnswerRecord[SweepFindings]

QUESTION: Final = "sweep"
_SHOWN: Final = ("payer_loss", "fraud_payoff", "control_cost", "honest_denied")
"""Figures that are told of where none is asked for, after that which arms are ranked by."""


@dataclass(frozen=True)
class SweepRequest:
    """What is asked.

    Attributes:
        run: the scenario, and where and how it is run; its replicates are those of every point.
        vary: what varies, as `read_varied` reads it.
        design: grid, latin or sobol.
        points: points of latin or sobol.
        max_points: the most points.
        metrics: figures to tell of; none for the usual ones.
        arms: arms to run beside the baseline; none for all.
    """

    run: RunRequest
    vary: tuple[str, ...]
    design: str = "grid"
    points: int | None = None
    max_points: int = DEFAULT_MAX_POINTS
    metrics: tuple[str, ...] = ()
    arms: tuple[str, ...] = ()

    @property
    def is_run(self) -> bool:
        """Whether nothing is asked for but the run itself."""
        return not (self.vary or self.points is not None or self.metrics or self.arms or self.design != "grid")


class MarketFigure(NamedTuple):
    """A figure of one market: a row of the tidy table.

    Attributes:
        point, arm, replicate: the market.
        metric: the figure, with @ and a payer or tactic for a part of the arm.
        value: it.
        whole: what it was divided by, if it is a quotient.
        clusters: how many groups that share their fate that is made of; None where its units stand alone.
    """

    point: int
    arm: str
    replicate: int
    metric: str
    value: float
    whole: float | None = None
    clusters: float | None = None


class Sweep(NamedTuple):
    """A finished sweep: its record, and every figure of every market."""

    record: SweepRecord
    markets: list[MarketFigure]


class PlannedSweep(NamedTuple):
    """A sweep before its markets are run.

    Attributes:
        markets: run them.
        record: all but what is found.
        asked: every point, and the replicates that it is run in.
    """

    markets: ScenarioMarkets
    record: SweepRecord
    asked: list[Asked]


def sweep(request: SweepRequest, progress: Progress, executor: Executor) -> Sweep:
    """Run every arm at every point of a design, in the same replicates.

    Args:
        request: what is asked.
        progress: told of what takes time, and of what it will cost before it begins.
        executor: where markets run; no figure depends on it.

    Raises:
        ThreatsimError: something is wrong with the scenario or what was asked, before anything is run; or a market
            fails and the request is to stop at the first; or every market fails.
    """
    planned = planned_sweep(request, progress, executor)
    run = planned.markets.simulated(planned.asked, "Sweep")
    return answered(planned.record, planned.markets.loaded.scenario, run)


def planned_sweep(request: SweepRequest, progress: Progress, executor: Executor) -> PlannedSweep:
    """Return a sweep whose pictures are prepared and whose points are checked.

    Raises:
        ThreatsimError: something is wrong with the scenario or what was asked.
    """
    variations = read_varied(request.vary)
    loaded = asked_scenario(request.run)
    variations = fitted(loaded, variations)
    scenario = loaded.scenario
    replicates = request.run.replicates or scenario.replicates
    points = points_of(
        variations, design=request.design, points=request.points, max_points=request.max_points, seed=scenario.seed
    )
    usual = [*shown_in("ranking"), *(name for name in _SHOWN if name in ARM_METRICS)]
    figures = [read_figure(text, scenario, "--metric") for text in request.metrics or usual]
    _no_arm(figures)
    _no_double("--metric", [figure.name for figure in figures])
    _no_double("--arm", request.arms)
    names = [arm.name for arm in scenario.arms]
    arms = [names[0], *request.arms] if request.arms else names
    markets = open_markets(
        request.run,
        progress,
        executor,
        arms=arms,
        varied=[one.path for one in variations],
        points=points,
        option=OPTION,
    )
    total = len(points) * len(markets.arms) * replicates
    progress.note(
        f"{len(points)} points, {len(markets.arms)} arms, {replicates} replicates: {total:,} markets; "
        "what is finished is kept."
    )
    record = SweepRecord(
        question=QUESTION,
        options={
            "vary": list(request.vary),
            "design": request.design,
            "points": request.points,
            "replicates": replicates,
            "metrics": [figure.name for figure in figures],
            "arms": list(markets.arms),
        },
        findings=SweepFindings(
            design=request.design,
            replicates=replicates,
            varied=tuple(_told(markets.loaded, one, points) for one in variations),
            points=tuple(points),
            figures=tuple(figure.name for figure in figures),
            found=(),
            failures=(),
            metrics_hash="",
        ),
        **parts_of(markets),
    )
    return PlannedSweep(markets, record, [Asked(values, tuple(range(replicates))) for values in points])


def answered(record: SweepRecord, scenario: Scenario, run: FiguresRun) -> Sweep:
    """Return a sweep with what its markets came to.

    Args:
        record: all but that.
        scenario: whose payers and tactics figures are named by, in any arm at any point.
        run: the markets.

    Raises:
        InputError: every market failed.
    """
    asked = record.findings
    figures = [read_figure(text, scenario, "--metric") for text in asked.figures]
    number = {point_number(values): place for place, values in enumerate(asked.points)}
    samples = Samples(run.table)
    rows = _market_figures(samples, number)
    if not rows:
        message = next(iter(run.failures.values()), "no market is there")
        raise InputError(f"every market failed; the first of them: {message}", given=record.scenario)
    findings = asked.model_copy(
        update={
            "found": tuple(_found(samples, number, list(record.arms), figures)),
            "failures": tuple(
                Failure(point=number[cell.point], arm=cell.arm, replicate=cell.replicate, message=message)
                for cell, message in sorted(run.failures.items(), key=lambda one: (number[one[0].point], one[0]))
            ),
            "metrics_hash": content_hash(rows),
        }
    )
    return Sweep(record.model_copy(update={"findings": findings}), rows)


def content_hash(rows: Sequence[MarketFigure]) -> str:
    """Return SHA-256 of the tidy table's content: equal whatever version of a library wrote the file."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(f"{row.point}\t{row.arm}\t{row.replicate}\t{row.metric}\t{row.value!r}".encode())
        digest.update("".join(f"\t{one!r}" for one in row[5:] if one is not None).encode() + b"\n")
    return digest.hexdigest()


def _no_arm(figures: Sequence[FigureName]) -> None:
    for one in figures:
        if one.arm:
            raise InputError(
                f"--metric {one.name}[{one.arm}]: every arm is told of; leave out [{one.arm}]", given=one.arm
            )


def _no_double(option: str, names: Sequence[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{option} {name} is given twice", given=name)


def _found(
    samples: Samples, number: dict[int, int], arms: Sequence[str], figures: Sequence[FigureName]
) -> list[PointFigure]:
    baseline = arms[0]
    return [
        PointFigure(
            point=place,
            arm=arm,
            figure=figure.name,
            level=samples.level(point, arm, figure),
            difference=None if arm == baseline else samples.difference(point, arm, baseline, figure),
        )
        for point, place in number.items()
        if samples.there(point)
        for arm in arms
        for figure in figures
    ]


def _market_figures(samples: Samples, number: dict[int, int]) -> list[MarketFigure]:
    """Return every figure of every market, sorted: by point, arm, replicate and metric, with @ for a part of an arm."""
    table = samples.table
    names = {name: _metric_of(name) for name in table.column_names if name not in KEYS}
    nothing: list[float | None] = [None] * table.num_rows

    def column(name: str) -> list[float | None]:
        found: list[float | None] = table.column(name).to_pylist() if name in table.column_names else nothing
        return found

    columns = {
        metric: tuple(column(one) for one in (name, f"{name}/whole", f"{name}/clusters"))
        for name, metric in names.items()
        if metric
    }
    rows = [
        MarketFigure(number[cell.point], cell.arm, cell.replicate, metric, float(value), whole[row], clusters[row])
        for row, cell in enumerate(samples.cells)
        for metric, (values, whole, clusters) in columns.items()
        if (value := values[row]) is not None
    ]
    return sorted(rows, key=lambda one: one[:4])


def _metric_of(column: str) -> str:
    """Return a figure as an analyst names it, from its column; empty for a column that is no figure."""
    place, _, metric = column.rpartition("/")
    if place == "outcome":
        return metric
    kind, _, part = place.partition("/")
    return f"{metric}@{part}" if kind in {"payer", "tactic"} and "/" not in part and metric in ARM_METRICS else ""


def _told(loaded: LoadedScenario, variation: Variation, points: Sequence[dict[str, Any]]) -> VariedPath:
    stands, unit = stands_at(loaded, variation.path)
    values = list(dict.fromkeys(point[variation.path] for point in points)) if _hashable(points) else []
    if variation.numeric:
        values = sorted(values)
    return VariedPath(path=variation.path, unit=unit, stands=stands, values=tuple(values), log=variation.log)


def _hashable(points: Sequence[dict[str, Any]]) -> bool:
    return all(isinstance(value, (str, int, float, bool, np.generic)) for point in points for value in point.values())
