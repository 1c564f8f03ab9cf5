"""The markets of a scenario: its pictures prepared once, its points run on whatever executor, nothing run twice."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from threatsim.common.errors import FailedReplicatesError, InputError
from threatsim.common.outcome_table import OutcomeTable
from threatsim.common.progress import Progress
from threatsim.experiment.execution.cells import Cell
from threatsim.experiment.execution.executor import Executor
from threatsim.experiment.execution.figures_run import CellDone, FiguresRun, run_figures
from threatsim.experiment.record.fingerprint import fingerprint
from threatsim.experiment.run import Run
from threatsim.experiment.run_request import RunRequest, scenario_with
from threatsim.questions.markets import Asked, Figures
from threatsim.questions.pictures import moves_threshold
from threatsim.questions.places_apart import check_apart
from threatsim.questions.points import check_paths, check_points, point_number, scenario_at
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.schema import Scenario

if TYPE_CHECKING:
    import pyarrow as pa

_TABLES: Final = "tables"


@dataclass(frozen=True)
class PointPlan:
    """What the cells of points are made of (`threatsim.experiment.execution.cells.Plan`).

    Attributes:
        hash: of all that figures depend on beside point, arm and replicate.
        seed: root of all random streams.
        loaded: the scenario.
        points: number of a point -> its values.
    """

    hash: str
    seed: int
    loaded: LoadedScenario
    points: Mapping[int, Mapping[str, Any]]

    def scenario_of(self, cell: Cell) -> Scenario:
        """Return the scenario that a cell is simulated on.

        Raises:
            ThreatsimError: the values of its point do not make a scenario.
        """
        return _scenario_of(_Hashed(self, cell.point, cell.arm))

    def tables_of(self, cell: Cell) -> str:
        """Return the key of the outcome tables: all points share one set."""
        return _TABLES


class _Hashed:
    """A point and an arm of a plan, by which a worker remembers the scenario of the last few."""

    def __init__(self, plan: PointPlan, point: int, arm: str) -> None:
        self.plan, self.key = plan, (plan.hash, point, arm)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Hashed) and self.key == other.key


@lru_cache(maxsize=64)
def _scenario_of(of: _Hashed) -> Scenario:
    _, point, arm = of.key
    return scenario_at(of.plan.loaded, of.plan.points[point], arm)


class ScenarioMarkets:
    """Runs the markets of a scenario (`threatsim.questions.markets.Markets`).

    Attributes:
        loaded: the scenario.
        run: its run, whose pictures are prepared and whose replicates are not run.
        folder: where finished figures are kept.
        markets: markets asked for so far, those that were there included.
    """

    def __init__(self, run: Run, arms: Sequence[str], executor: Executor, progress: Progress, folder: Path) -> None:
        self.loaded, self.run, self.folder = run.loaded, run, folder
        self._arms, self._executor, self._progress = tuple(arms), executor, progress
        self.markets = 0
        self.hash = fingerprint({"inputs": run.inputs.fingerprint, "of": "points"})

    @property
    def tables(self) -> Mapping[str, Mapping[str, OutcomeTable]]:
        """Key of a set of outcome tables -> modality -> scores."""
        return {_TABLES: self.run.tables}

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms that are run, the baseline first."""
        return self._arms

    def of_arm(self, arm: str) -> ScenarioMarkets:
        """Return the same markets of one arm alone."""
        return ScenarioMarkets(self.run, [arm], self._executor, self._progress, self.folder)

    def figures(self, asked: Sequence[Asked], metrics: Sequence[str], title: str) -> Sequence[Figures]:
        """Return the figures of each point, as `Markets` says."""
        rows = _rows(self.all_simulated(asked, title).table, metrics)
        return [
            {
                arm: {
                    metric: np.array([rows[Cell(point_number(values), arm, one)][metric] for one in replicates])
                    for metric in metrics
                }
                for arm in self._arms
            }
            for values, replicates in asked
        ]

    def plan_of(self, asked: Sequence[Asked]) -> tuple[PointPlan, list[Cell]]:
        """Return what is to be simulated for points, each cell once."""
        points = {point_number(values): dict(values) for values, _ in asked}
        cells = list(
            dict.fromkeys(
                Cell(point_number(values), arm, replicate)
                for values, replicates in asked
                for arm in self._arms
                for replicate in replicates
            )
        )
        return PointPlan(self.hash, self.loaded.scenario.seed, self.loaded, points), cells

    def all_simulated(self, asked: Sequence[Asked], title: str) -> FiguresRun:
        """Return `simulated` if no market failed.

        Raises:
            FailedReplicatesError: a market failed, once all others are finished; they are kept.
            ThreatsimError: as `simulated` does.
        """
        run = self.simulated(asked, title)
        if run.failures:
            cell, message = min(run.failures.items())
            raise FailedReplicatesError(
                f"{len(run.failures)} of {len(run.cells)} markets failed: {cell}: {message}",
                failed=len(run.failures),
                hint="All others are kept; the same command tries those that failed again.",
            )
        return run

    def simulated(self, asked: Sequence[Asked], title: str) -> FiguresRun:
        """Run every arm at points, or take up what is there, and return all figures, a row a market.

        Args:
            asked: the points.
            title: of the stage, for progress.

        Raises:
            ThreatsimError: a market fails, and the request is to stop at the first; finished ones are kept.
        """
        from threatsim.market.simulation import simulate

        plan, cells = self.plan_of(asked)
        self.markets += len(cells)
        with self._progress.stage(f"{title}, {len(cells)} markets", len(cells), "markets") as advance:
            return run_figures(
                plan,
                self.tables,
                simulate,
                cells,
                folder=self.folder,
                executor=self._executor,
                progress=_counting(advance),
                fail_fast=self.run.request.fail_fast,
            )


def _counting(advance: Callable[[int], None]) -> Callable[[CellDone], None]:
    return lambda done: advance(1)


def _rows(table: pa.Table, metrics: Sequence[str]) -> dict[Cell, dict[str, float]]:
    """Return the wanted figures of each cell; NaN where a cell has none."""
    columns = {metric: column_of(metric, table.column_names) for metric in metrics}
    of = {
        metric: [math.nan if one is None else float(one) for one in table.column(name).to_pylist()]
        for metric, name in columns.items()
    }
    keys = zip(*(table.column(key).to_pylist() for key in ("point", "arm", "replicate")), strict=True)
    return {Cell(*key): {metric: of[metric][row] for metric in metrics} for row, key in enumerate(keys)}


def column_of(metric: str, columns: Sequence[str]) -> str:
    """Return the column of a figure: of an arm, or with `@` and a name of one of its payers or tactics.

    Raises:
        InputError: no payer or tactic of that name has such a figure.
    """
    figure, _, part = metric.partition("@")
    wanted = [f"payer/{part}/{figure}", f"tactic/{part}/{figure}"] if part else [f"outcome/{figure}"]
    for name in wanted:
        if name in columns:
            return name
    parts = sorted({name.split("/")[1] for name in columns if name.count("/") == 2 and name.endswith(f"/{figure}")})
    raise InputError(
        f"'{metric}': there is no such figure of '{part or figure}'; {figure} is told of {', '.join(parts)}",
        given=metric,
        allowed=[f"{figure}@{name}" for name in parts],
    )


def asked_scenario(request: RunRequest, **own: int) -> LoadedScenario:
    """Return the scenario that a question is asked of, with the seed and the settings that it is asked with.

    Args:
        request: what was asked for.
        own: key -> value that the question sets itself.

    Raises:
        InputError: there is none, or it has mistakes.
    """
    if request.seed is not None:
        own["seed"] = request.seed
    return scenario_with(request, {**request.overrides, **own})


def open_markets(
    request: RunRequest,
    progress: Progress,
    executor: Executor,
    *,
    arms: Sequence[str] | None = None,
    varied: Sequence[str] = (),
    points: Sequence[Mapping[str, Any]] = (),
    option: str = "--choose",
) -> ScenarioMarkets:
    """Return the markets of a scenario, its pictures attacked or taken from the bank.

    Args:
        request: what the user asks for; its replicates are not run.
        progress: told of what takes time.
        executor: where markets run.
        arms: names of those to run, or None for all.
        varied: paths that points will set.
        points: those to be run, or the ends of what they may be; looked at before anything is attacked.
        option: where those were written.

    Raises:
        ThreatsimError: the scenario, an arm, a path or a point is not right, or the executor cannot be used; nothing
            is written then.
    """
    loaded = asked_scenario(request, replicates=2, doubt=0)
    check_paths(loaded, varied, option)
    check_apart(loaded, varied, option)
    names = [arm.name for arm in loaded.scenario.arms]
    for name in arms or ():
        if name not in names:
            raise InputError(
                f"--arm: there is no arm '{name}'; there are {', '.join(names)}", given=name, allowed=names
            )
    wanted = [name for name in names if not arms or name in arms]
    run = Run(loaded, request, progress)
    run.check()  # before points, which may be hundreds of scenarios
    executor.check()
    check_points(loaded, points, wanted, option)
    run.prepare()
    aimed = list(run.pictures.aimed)
    if aimed and (moved := next((path for path in varied if moves_threshold(path)), None)):
        raise InputError(
            f"'{moved}' cannot vary: tactic '{aimed[0]}' is computed against the threshold",
            given=moved,
            location=f"{option} {moved}",
            hint=f"Leave out the tactics that stop at a success: {', '.join(aimed)}.",
        )
    return ScenarioMarkets(run, wanted, executor, progress, points_folder(request.out, loaded.scenario.name))


def points_folder(out: Path, scenario: str) -> Path:
    """Return where finished figures of a scenario's points are kept, below the folder for reports."""
    return out / scenario / ".points"
