"""Simulates the cells of a plan for their figures alone, on whatever executor, and loses none that is finished."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from threatsim.common.outcome_table import OutcomeTable
from threatsim.experiment.execution.cells import Cell, Plan, Simulate
from threatsim.experiment.execution.executor import Executor, Failed, Outcome
from threatsim.experiment.execution.figure_rows import figures_of
from threatsim.experiment.execution.folder_state import recorded
from threatsim.experiment.execution.merged_file import merge
from threatsim.experiment.execution.parts import Parts, cells_of
from threatsim.experiment.execution.worker import attempted

if TYPE_CHECKING:
    import pyarrow as pa

TableSets = Mapping[str, Mapping[str, OutcomeTable]]
"""Key of a set (`Plan.tables_of`) -> modality -> scores."""


@dataclass(frozen=True)
class FiguresWork:
    """What a worker needs to simulate cells for their figures.

    Attributes:
        plan, tables, simulate: what is simulated, on what, by what.
        parts: where figures go.
        batch_seconds, batch_cells: about how much a batch holds, and at most: a part of fewer than 200 rows is mostly
            the names of its columns.
    """

    plan: Plan
    tables: TableSets
    simulate: Simulate
    parts: Parts
    batch_seconds: float = 20.0
    batch_cells: int = 400

    def preload(self) -> Sequence[str]:
        """Return modules that a worker needs."""
        return (__name__, type(self.plan).__module__, getattr(self.simulate, "__module__", __name__), "pyarrow.parquet")

    def do(self, cells: Sequence[Cell]) -> list[Outcome]:
        """Simulate cells, and keep the figures of those that did not fail as one part.

        Raises:
            ThreatsimError: the folder cannot be written to.
        """
        rows: dict[Cell, dict[str, float]] = {}

        def simulated(cell: Cell) -> None:
            tables = self.tables[self.plan.tables_of(cell)]
            scenario = self.plan.scenario_of(cell)
            rows[cell] = figures_of(
                self.simulate(
                    scenario, tables, arm=cell.arm, replicate=cell.replicate, seed=self.plan.seed, sample_rate=0.0
                )
            )

        outcomes = [attempted(cell, simulated) for cell in cells]
        if rows:
            self.parts.save(rows)
        return outcomes


@dataclass(frozen=True)
class FiguresRun:
    """What became of cells.

    Attributes:
        file: the folder's merged file, sorted by point, arm and replicate.
        cells: those that were wanted.
        failures: those that failed, each with why.
    """

    file: Path
    cells: Sequence[Cell]
    failures: Mapping[Cell, str]

    @property
    def table(self) -> pa.Table:
        """The figures of the wanted cells that are there, a row each (`figure_rows`), sorted by cell."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        if not self.file.is_file():
            return pa.table({"point": pa.array([], pa.int64()), "arm": pa.array([], pa.string())})
        wanted = set(self.cells)
        pieces = []
        with pq.ParquetFile(self.file) as file:
            for group in range(file.num_row_groups):
                cells = cells_of(file.read_row_group(group, columns=["point", "arm", "replicate"]))
                if mine := [row for row, cell in enumerate(cells) if cell in wanted]:
                    pieces.append(file.read_row_group(group).take(pa.array(mine)))
            empty = file.schema_arrow.empty_table()
        return (pa.concat_tables(pieces) if pieces else empty).combine_chunks()


@dataclass(frozen=True)
class CellDone:
    """A cell is done with.

    Attributes:
        done, total: cells so far, and in all.
        cell: this one.
        resumed: whether it was there already.
        failure: why it failed; None if it did not.
    """

    done: int
    total: int
    cell: Cell
    resumed: bool
    failure: str | None = None


def run_figures(
    plan: Plan,
    tables: TableSets,
    simulate: Simulate,
    cells: Sequence[Cell],
    *,
    folder: Path,
    executor: Executor,
    progress: Callable[[CellDone], None] | None = None,
    fail_fast: bool = False,
) -> FiguresRun:
    """Simulate cells, or take up those that are in the folder, whichever design they were part of.

    Args:
        plan: what the cells are made of.
        tables: key of a set of outcome tables -> modality -> scores; sent to each worker once.
        simulate: runs one replicate; importable by name from another process.
        cells: what is wanted, in any order, none twice.
        folder: where figures are kept; parts of another plan's hash are left alone.
        executor: where it runs; the merged file does not depend on it.
        progress: called in this process, as cells come in.
        fail_fast: whether the first failure ends the run; else it is recorded and the rest goes on.

    Returns:
        The figures and the failures.

    Raises:
        ThreatsimError: the folder cannot be written to; or with `fail_fast` a cell fails. Finished cells are kept.
        KeyboardInterrupt: on Ctrl-C, after the workers have ended. Finished cells are kept.
    """
    parts = Parts(folder, plan.hash)
    done = 0

    def told(cell: Cell, *, resumed: bool, failure: str | None = None) -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(CellDone(done, len(cells), cell, resumed, failure))

    with recorded(folder, plan.hash, "figures", cells) as wanted:
        there = kept_cells(parts)
        missing = sorted(cell for cell in cells if cell not in there)
        for cell in sorted(there.intersection(cells)):
            told(cell, resumed=True)
        if missing:
            work = FiguresWork(plan, {key: plain(one) for key, one in tables.items()}, simulate, parts)
            with contextlib.closing(executor.run(work, missing)) as outcomes:
                for outcome in outcomes:
                    if isinstance(outcome, Failed):
                        wanted.fail(outcome.cell, outcome.message)
                        if fail_fast:
                            raise outcome.error()
                    told(outcome.cell, resumed=False, failure=wanted.failures.get(outcome.cell))
        return FiguresRun(merge(parts), cells, wanted.failures)


def kept_cells(parts: Parts) -> set[Cell]:
    """Return the cells whose figures are in a folder."""
    return {cell for _, cells in parts.cells() for cell in cells}


def plain(tables: Mapping[str, OutcomeTable]) -> dict[str, OutcomeTable]:
    """Return the tables as plain NumPy arrays, so that a worker need import nothing more to read them."""
    return {
        name: replace(
            table,
            labels=np.asarray(table.labels),
            patients=np.asarray(table.patients),
            clean=np.asarray(table.clean),
            attacked={tactic: np.asarray(scores) for tactic, scores in table.attacked.items()},
            calibration_scores=np.asarray(table.calibration_scores),
            calibration_labels=np.asarray(table.calibration_labels),
        )
        for name, table in tables.items()
    }
