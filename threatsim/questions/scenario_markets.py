"""The markets of a scenario: its pictures prepared once, its points run on whatever executor, nothing run twice."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from pydantic import ValidationError

from threatsim.common.digest import digest_of_bytes
from threatsim.common.errors import FailedReplicatesError, InputError, ThreatsimError
from threatsim.common.outcome_table import OutcomeTable
from threatsim.common.progress import Progress
from threatsim.experiment.execution.cells import Cell
from threatsim.experiment.execution.executor import Executor
from threatsim.experiment.execution.figures_run import CellDone, FiguresRun, run_figures
from threatsim.experiment.record.fingerprint import canonical_json, fingerprint
from threatsim.experiment.run import Run
from threatsim.experiment.run_request import RunRequest
from threatsim.questions.markets import Asked, Figures
from threatsim.questions.pictures import moves_threshold, needs_attacks
from threatsim.questions.places_apart import check_apart
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.reading.paths import SAME_IN_ALL_ARMS, PathError, expand, keeping_unit, slot_at
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.schema import Scenario

if TYPE_CHECKING:
    import pyarrow as pa

_TABLES: Final = "tables"


def check_paths(loaded: LoadedScenario, paths: Iterable[str], option: str) -> None:
    """Refuse paths that lead nowhere, or to what cannot vary.

    Raises:
        InputError: for the first of them.
    """
    for path in paths:
        location = f"{option} {path}"
        if path.split(".")[0] in SAME_IN_ALL_ARMS:
            raise InputError(
                f"'{path}' cannot vary: it says what the run is, not what happens in it", given=path, location=location
            )
        if needs_attacks(path):
            raise InputError(
                f"'{path}' cannot vary here: every value of it would need attacks of its own",
                given=path,
                location=location,
                hint="Write a tactic for each value, and vary which of them are available.",
            )
        try:
            expand(path, loaded.document.data)
        except PathError as error:
            raise InputError(str(error), given=path, location=location, hint=error.hint or None) from None


def at_point(loaded: LoadedScenario, values: Mapping[str, Any]) -> LoadedScenario:
    """Return a scenario with values set in it, before its arms are: what an arm says by a number goes by the new one.

    Args:
        loaded: the scenario.
        values: dotted path -> value.
    """
    data = deepcopy(loaded.document.data)
    for pattern, value in values.items():
        for path in expand(pattern, data):
            _put(data, path, value)
    return replace(loaded, document=replace(loaded.document, data=data))


def _put(data: dict[str, Any], path: tuple[str | int, ...], value: Any) -> None:
    """Set a value in plain data; a bare number keeps the unit of the one it replaces."""
    holder: Any = data
    for part, following in pairwise(path):
        if isinstance(holder, dict) and not isinstance(holder.get(part), (dict, list)):
            holder[part] = [] if isinstance(following, int) else {}
        holder = holder[part]
    slot = slot_at(path)
    former = holder.get(path[-1]) if isinstance(holder, dict) else holder[path[-1]]
    holder[path[-1]] = keeping_unit(value, former) if slot and slot.is_quantity else value


def point_number(values: Mapping[str, Any]) -> int:
    """Return what a point is called: 0 for the scenario as it is, else a number of 62 bits made of its values."""
    return int(digest_of_bytes(canonical_json(dict(values)).encode()), 16) >> 2 if values else 0


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
    values = of.plan.points[point]
    return _resolved(of.plan.loaded, values, arm)


def _resolved(loaded: LoadedScenario, values: Mapping[str, Any], arm: str) -> Scenario:
    try:
        return resolve_arm(at_point(loaded, values), arm)
    except ValidationError as error:
        message = error.errors()[0]["msg"].removeprefix("Value error, ")
        listed = ", ".join(f"{path} {value}" for path, value in values.items())
        raise ThreatsimError(
            f"these values do not make a scenario in arm '{arm}': {message}", hint=f"The values were: {listed}."
        ) from None


def telling_points(points: Sequence[Mapping[str, Any]], most: int = 64) -> list[Mapping[str, Any]]:
    """Return all points if they are few, else those at which a path has its least or largest value, or a new word.

    Args:
        points: of a design; a path that a point has not stays at the scenario's value there.
        most: how many are few; of more, about so many are taken from everywhere in the design as well.
    """
    if len(points) <= most:
        return list(points)
    chosen = set(range(0, len(points), -(-len(points) // most)))
    for path in dict.fromkeys(path for point in points for path in point):
        values = {place: point[path] for place, point in enumerate(points) if path in point}
        if all(isinstance(value, (int, float)) for value in values.values()):
            chosen |= {pick(values, key=values.__getitem__) for pick in (min, max)}
        else:
            chosen |= set({repr(value): place for place, value in values.items()}.values())
    return [points[place] for place in sorted(chosen)]


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

    def check_points(self, points: Sequence[Mapping[str, Any]]) -> None:
        """Refuse, before any market, points that do not make a scenario.

        To make one takes 10 ms, so of many points those are tried at which a path has its lowest or highest value, and
        some between; one that fails elsewhere is told among the failures of its markets.

        Raises:
            ThreatsimError: for the first of them.
        """
        for values in telling_points(points):
            for arm in self._arms:
                _resolved(self.loaded, values, arm)

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


def open_markets(
    request: RunRequest,
    progress: Progress,
    executor: Executor,
    *,
    arms: Sequence[str] | None = None,
    varied: Sequence[str] = (),
    option: str = "--choose",
) -> ScenarioMarkets:
    """Return the markets of a scenario, its pictures attacked or taken from the bank.

    Args:
        request: what the user asks for; its replicates are not run.
        progress: told of what takes time.
        executor: where markets run.
        arms: names of those to run, or None for all.
        varied: paths that points will set.
        option: where those were written.

    Raises:
        ThreatsimError: the scenario, an arm or a path is not right; nothing is written then.
    """
    own = {"seed": request.seed} if request.seed is not None else {}
    overrides = {**request.overrides, **own, "replicates": 2, "doubt": 0}
    loaded = load_scenario(request.scenario, overrides=overrides, include=request.include)
    check_paths(loaded, varied, option)
    check_apart(loaded, varied, option)
    names = [arm.name for arm in loaded.scenario.arms]
    for name in arms or ():
        if name not in names:
            raise InputError(
                f"--arm: there is no arm '{name}'; there are {', '.join(names)}", given=name, allowed=names
            )
    run = Run(loaded, request, progress)
    run.check()
    run.prepare()
    aimed = list(run.pictures.aimed)
    if aimed and (moved := next((path for path in varied if moves_threshold(path)), None)):
        raise InputError(
            f"'{moved}' cannot vary: tactic '{aimed[0]}' is computed against the threshold",
            given=moved,
            location=f"{option} {moved}",
            hint=f"Leave out the tactics that stop at a success: {', '.join(aimed)}.",
        )
    wanted = [name for name in names if not arms or name in arms]
    return ScenarioMarkets(run, wanted, executor, progress, points_folder(request.out, loaded.scenario.name))


def points_folder(out: Path, scenario: str) -> Path:
    """Return where finished figures of a scenario's points are kept, below the folder for reports."""
    return out / scenario / ".points"
