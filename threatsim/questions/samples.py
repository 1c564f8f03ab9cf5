"""Figures of points over replicates: levels with intervals, and paired differences."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from threatsim.experiment.execution.cells import Cell
from threatsim.experiment.execution.parts import cells_of
from threatsim.experiment.figures.contrast import Contrast
from threatsim.experiment.figures.estimates import estimate, sample
from threatsim.experiment.figures.figure_names import FigureName
from threatsim.statistics.estimate import Difference, Estimate
from threatsim.statistics.ratio import ReplicateSample

if TYPE_CHECKING:
    import pyarrow as pa


class Samples:
    """The figures of markets (`FiguresRun.table`), by point and arm.

    Of an arm only those replicates are taken that every arm of the point has, so that differences stay paired.
    """

    def __init__(self, table: pa.Table) -> None:
        self.table = table
        self._columns: dict[str, list[float | None]] = {}

    @cached_property
    def _rows(self) -> dict[tuple[int, str], list[int]]:
        found: dict[int, dict[str, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
        for row, cell in enumerate(cells_of(self.table)):
            found[cell.point][cell.arm][cell.replicate] = row
        rows: dict[tuple[int, str], list[int]] = {}
        for point, arms in found.items():
            common = sorted(set.intersection(*(set(one) for one in arms.values())))
            rows |= {(point, arm): [of[one] for one in common] for arm, of in arms.items()}
        return rows

    @property
    def cells(self) -> list[Cell]:
        """The cell of each row."""
        return cells_of(self.table)

    def there(self, point: int) -> bool:
        """Return whether a point has a replicate that all of its arms have."""
        return point in self._there

    @cached_property
    def _there(self) -> set[int]:
        return {point for (point, _), rows in self._rows.items() if rows}

    def sample(self, point: int, arm: str, figure: FigureName) -> ReplicateSample:
        """Return a figure over the replicates of a point and arm; of length 0 if none is there."""
        rows = self._rows.get((point, arm), [])

        def column(name: str) -> list[float | None]:
            values = self._column(name)
            return [values[row] for row in rows]

        wholes = {figure.metric: column(f"{figure.column}/whole")}
        clusters = {figure.metric: column(f"{figure.column}/clusters")}
        figures = {figure.metric: column(figure.column), "occurrences": column(figure.occurrences)}
        return sample(figure.row, figures, "occurrences", *(_known(one) for one in (wholes, clusters)))

    def level(self, point: int, arm: str, figure: FigureName) -> Estimate:
        """Return a figure at a point with its 95 % interval."""
        return estimate(figure.row, self.sample(point, arm, figure))

    def difference(self, point: int, arm: str, base: str, figure: FigureName) -> Difference:
        """Return the paired difference of two arms at a point, with its 95 % interval."""
        one, other = (self.sample(point, name, figure) for name in (base, arm))
        return Contrast(figure.row, one, other).difference

    def _column(self, name: str) -> list[float | None]:
        if name not in self._columns:
            there = name in self.table.column_names
            self._columns[name] = self.table.column(name).to_pylist() if there else [None] * self.table.num_rows
        return self._columns[name]


def _known(columns: dict[str, list[float | None]]) -> dict[str, list[float | None]]:
    return {name: column for name, column in columns.items() if column and None not in column}
