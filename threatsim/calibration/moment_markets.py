"""The markets of a calibration: particles on whatever executor, each on streams of its own, nothing run twice."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from threatsim.calibration.free_numbers import FreeNumber, values_at
from threatsim.calibration.inference.weighted import Floats
from threatsim.calibration.moment_figures import SimulateMoments, WantedFigure
from threatsim.calibration.moment_values import mean_of, value_of, wanted_arms, wanted_figures
from threatsim.calibration.moments_file import Moment
from threatsim.common.progress import Progress
from threatsim.experiment.execution.cells import Cell
from threatsim.experiment.execution.executor import Executor
from threatsim.experiment.execution.figures_run import FiguresRun, run_figures
from threatsim.experiment.record.fingerprint import fingerprint
from threatsim.experiment.run import Run
from threatsim.questions.markets import lone_replicates
from threatsim.questions.points import point_number
from threatsim.questions.scenario_markets import PointPlan

_TABLES = "tables"


class Particle(NamedTuple):
    """Values of the free numbers, and the replicates that they are run in."""

    values: Mapping[str, float]
    replicates: tuple[int, ...]


@dataclass(frozen=True)
class MomentMarkets:
    """Runs the markets that moments need.

    Attributes:
        run: the scenario's run, its pictures prepared.
        moments: name -> moment, of all that may be asked for.
        arms: names of the scenario's arms, the baseline first.
        executor: where markets run; no figure depends on it.
        progress: told of what takes time.
        folder: where finished figures are kept.
    """

    run: Run
    moments: Mapping[str, Moment]
    arms: tuple[str, ...]
    executor: Executor
    progress: Progress
    folder: Path

    @property
    def hash(self) -> str:
        """Identity of all that the figures depend on beside point, arm and replicate."""
        wanted = [one.key for one in wanted_figures(self.moments.values())]
        return fingerprint({"inputs": self.run.inputs.fingerprint, "of": "moments", "figures": wanted})

    def moments_of(self, particles: Sequence[Particle], names: Sequence[str], title: str) -> Floats:
        """Return (N, M) moments of particles, NaN where undefined.

        Args:
            particles: what is run.
            names: of the moments.
            title: of the stage, for progress.

        Raises:
            ThreatsimError: a market fails; finished ones are kept.
        """
        chosen = [self.moments[name] for name in names]
        arms = wanted_arms(chosen, self.arms)
        points = {point_number(one.values): dict(one.values) for one in particles}
        cells = [
            Cell(point_number(one.values), arm, replicate)
            for one in particles
            for arm in arms
            for replicate in one.replicates
        ]
        rows = self._figures(points, list(dict.fromkeys(cells)), title)
        found = np.empty((len(particles), len(chosen)))
        for number, one in enumerate(particles):
            point = point_number(one.values)

            def means(arm: str, figure: WantedFigure, point: int = point, one: Particle = one) -> float:
                return mean_of([rows[Cell(point, arm, replicate)][figure.key] for replicate in one.replicates])

            found[number] = [value_of(moment.measure, means, self.arms[0]) for moment in chosen]
        return found

    def _figures(
        self, points: Mapping[int, Mapping[str, float]], cells: Sequence[Cell], title: str
    ) -> dict[Cell, dict[str, float]]:
        wanted = wanted_figures(self.moments.values())
        plan = PointPlan(self.hash, self.run.loaded.scenario.seed, self.run.loaded, points)
        with self.progress.stage(f"{title}, {len(cells)} markets", len(cells), "markets") as advance:
            done = run_figures(
                plan,
                {_TABLES: self.run.tables},
                SimulateMoments(wanted),
                cells,
                folder=self.folder,
                executor=self.executor,
                progress=lambda _: advance(1),
                fail_fast=True,
            )
        return _rows(done, wanted)


def _rows(done: FiguresRun, wanted: Sequence[WantedFigure]) -> dict[Cell, dict[str, float]]:
    table = done.table
    columns = {one.key: table.column(f"outcome/{one.key}").to_pylist() for one in wanted}
    keys = zip(*(table.column(key).to_pylist() for key in ("point", "arm", "replicate")), strict=True)
    return {
        Cell(*key): {name: math.nan if column[row] is None else column[row] for name, column in columns.items()}
        for row, key in enumerate(keys)
    }


@dataclass(frozen=True)
class ParticleMarkets:
    """Moments at points of standard normal numbers (`threatsim.calibration.inference.sequential.Simulator`).

    Attributes:
        markets: what runs.
        free: the free numbers.
        names: the moments.
        replicates: of each particle.
    """

    markets: MomentMarkets
    free: list[FreeNumber]
    names: tuple[str, ...]
    replicates: int

    def moments(self, points: Floats, first: int, title: str) -> Floats:
        """Return (N, M) moments of (N, D) points; the particle of each number has streams and cases of its own."""
        particles = [
            Particle(values_at(self.free, point), lone_replicates((first + row) * self.replicates, self.replicates))
            for row, point in enumerate(points)
        ]
        return self.markets.moments_of(particles, self.names, title)

    def with_shared_streams(self, points: Floats, replicates: int, title: str) -> Floats:
        """Return the moments of points that all have the same streams, those of so many replicates."""
        shared = lone_replicates(0, replicates)
        particles = [Particle(values_at(self.free, point), shared) for point in points]
        return self.markets.moments_of(particles, self.names, title)

    def of_moments(self, names: tuple[str, ...]) -> ParticleMarkets:
        """Return the same for other moments."""
        return replace(self, names=names)
