"""What a folder of finished replicates was asked for, what of it is there, failed or missing, and whether a run is on.

A run lays down what it wants and what failed, and holds a shared lock while it is on; files tell the rest.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from threatsim.common import files
from threatsim.common.errors import InputError
from threatsim.experiment.execution.cells import MOST_CELLS, Cell, numbers_in, ranges_of
from threatsim.experiment.execution.durable import running_here, unwritable, while_running
from threatsim.experiment.execution.parts import Parts
from threatsim.experiment.kept_replicates import KeptReplicates

STATE_NAME: Final = ".state.json"
_EVERY: Final = 2.0
"""Seconds between two writings of failures."""

Kept = Literal["figures", "replicates"]
"""How cells are kept: figures alone in Parquet parts, or whole replicates, a file each."""


@dataclass
class WantedCells:
    """What a run wants of a folder, laid down there (`recorded`).

    Attributes:
        folder: the folder.
        plan: hash of what cells depend on beside point, arm and replicate.
        kept: how they are kept.
        cells: which are wanted.
        failures: those that failed, each with why.
    """

    folder: Path
    plan: str
    kept: Kept
    cells: Sequence[Cell]
    failures: dict[Cell, str] = field(default_factory=dict)
    _written: float = 0.0

    def fail(self, cell: Cell, message: str) -> None:
        """Take note of a cell that failed.

        Raises:
            ThreatsimError: the folder cannot be written to.
        """
        self.failures[cell] = message
        if time.monotonic() - self._written > _EVERY:
            self.write()

    def write(self) -> None:
        """Lay it down.

        Raises:
            ThreatsimError: the folder cannot be written to.
        """
        told = {
            "plan": self.plan,
            "kept": self.kept,
            "wanted": grouped(self.cells),
            "failed": [[*cell, message] for cell, message in sorted(self.failures.items())],
        }
        try:
            files.write_bytes(self.folder / STATE_NAME, json.dumps(told).encode())
        except OSError as error:
            raise unwritable(self.folder, error) from error
        self._written = time.monotonic()


@contextlib.contextmanager
def recorded(folder: Path, plan: str, kept: Kept, cells: Sequence[Cell]) -> Iterator[WantedCells]:
    """Lay down what is wanted of a folder, and say until the end of the block that a run is on.

    Raises:
        ThreatsimError: the folder cannot be written to.
    """
    wanted = WantedCells(folder, plan, kept, cells)
    wanted.write()
    with while_running(folder):
        try:
            yield wanted
        finally:
            if wanted.failures:
                wanted.write()


def grouped(cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """Return cells in short: the points that have the same replicates in the same arms stand together."""
    points: dict[int, dict[str, list[int]]] = {}
    for cell in cells:
        points.setdefault(cell.point, {}).setdefault(cell.arm, []).append(cell.replicate)
    groups: dict[str, dict[str, Any]] = {}
    for point, arms in points.items():
        ranges = {arm: ranges_of(replicates) for arm, replicates in arms.items()}
        groups.setdefault(json.dumps(ranges), {"points": [], "arms": ranges})["points"].append(point)
    return list(groups.values())


def cells_in(groups: Sequence[Mapping[str, Any]]) -> list[Cell]:
    """Return the cells of groups (`grouped`).

    Raises:
        ValueError: they are more than any run has.
    """
    cells: list[Cell] = []
    for group in groups:
        points = len(group["points"])
        arms = {arm: numbers_in(ranges, times=points) for arm, ranges in group["arms"].items()}
        if len(cells) + points * sum(map(len, arms.values())) > MOST_CELLS:
            raise ValueError(f"more than {MOST_CELLS:,} replicates")
        cells += [
            Cell(point, arm, one) for point in group["points"] for arm, numbers in arms.items() for one in numbers
        ]
    return cells


@dataclass(frozen=True)
class FolderState:
    """How far a folder is with what was asked of it last.

    Attributes:
        folder: where finished replicates are.
        points, points_done: how many points, and how many of them are whole.
        wanted, done: how many replicates of arms.
        failures: those that failed and are not there, each with why.
        running: whether a run is on; None where the system cannot tell.
    """

    folder: Path
    points: int
    points_done: int
    wanted: int
    done: int
    failures: Mapping[Cell, str]
    running: bool | None

    @property
    def missing(self) -> int:
        """How many replicates of arms are neither there nor failed: they wait, or a run is at them."""
        return self.wanted - self.done - len(self.failures)


def state_of(folder: Path) -> FolderState:
    """Return how far a folder is.

    Raises:
        InputError: no run has begun in it, or what it laid down is damaged.
    """
    path = folder / STATE_NAME
    try:
        told = json.loads(files.read_foreign(path, "state of a run"))
        cells = cells_in(told["wanted"])
        failures = {Cell(*cell): message for *cell, message in told["failed"]}
        there = _there(folder, told["kept"], told["plan"], cells)
    except FileNotFoundError:
        raise InputError("no run has begun here", given=str(folder), location=str(folder)) from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"is damaged: {error}", given=str(path), location=str(path)) from None
    points = {cell.point for cell in cells}
    return FolderState(
        folder,
        len(points),
        len(points - {cell.point for cell in cells if cell not in there}),
        len(cells),
        len(there),
        {cell: message for cell, message in failures.items() if cell not in there},
        running_here(folder),
    )


def _there(folder: Path, kept: Kept, plan: str, cells: Sequence[Cell]) -> set[Cell]:
    if kept == "figures":
        return {cell for _, found in Parts(folder, plan).cells() for cell in found}.intersection(cells)
    replicates = KeptReplicates(folder, plan)
    return {cell for cell in cells if replicates.holds(cell.arm, cell.replicate)}


def find_states(folders: Sequence[Path]) -> list[FolderState]:
    """Return the state of every folder, and of all below it, in which a run has begun.

    Raises:
        InputError: a folder is not there, or no run has begun in it nor below.
    """
    found: list[Path] = []
    for folder in folders:
        if not folder.is_dir():
            raise InputError("is no folder", given=str(folder), location=str(folder))
        below = sorted(path.parent for path in folder.rglob(STATE_NAME))
        if not below:
            raise InputError(
                "no run has begun here, or its report is written and nothing more is kept",
                given=str(folder),
                location=str(folder),
                hint="Name a folder of shards, or the folder for reports of a run or sweep.",
            )
        found += below
    return [state_of(folder) for folder in dict.fromkeys(found)]
