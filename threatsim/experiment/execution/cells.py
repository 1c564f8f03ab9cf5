"""What is simulated once, and what all of it stands on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from threatsim.common.outcome_table import OutcomeTable
from threatsim.market.result import ReplicateResult
from threatsim.scenario.schema import Scenario

Tables = Mapping[str, OutcomeTable]
"""Modality -> scores."""


class Cell(NamedTuple):
    """One replicate of one arm at one point: what is simulated once.

    Attributes:
        point: number of the point, within 64 bits; under one plan's hash a number stands for the same values whatever
            design it is part of, so that a widened design finds what is there.
        arm: name of the arm.
        replicate: number of the replicate; equal numbers have equal streams at every point.
    """

    point: int
    arm: str
    replicate: int

    def __str__(self) -> str:
        place = f" at point {self.point}" if self.point else ""
        return f"replicate {self.replicate} of arm '{self.arm}'{place}"


def ranges_of(numbers: Iterable[int]) -> list[list[int]]:
    """Return whole numbers as ranges, the first and the last number of each."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and number <= found[-1][1] + 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


MOST_CELLS: Final = 10_000_000
"""Cells that a file may ask for: some 2 GB of names."""


def numbers_in(ranges: Iterable[Iterable[int]], *, times: int = 1) -> list[int]:
    """Return the whole numbers of ranges (`ranges_of`).

    Args:
        ranges: the first and the last number of each.
        times: how often they stand.

    Raises:
        ValueError: they are no ranges, or more cells than any run has.
    """
    pairs = [(first, last) for first, last in ranges]
    if times * sum(max(0, last - first + 1) for first, last in pairs) > MOST_CELLS:
        raise ValueError(f"more than {MOST_CELLS:,} replicates")
    return [number for first, last in pairs for number in range(first, last + 1)]


class Plan(Protocol):
    """What cells are made of. It is pickled to every worker, so it holds little."""

    @property
    def hash(self) -> str:
        """Identity of everything that figures depend on beside point, arm and replicate."""
        ...

    @property
    def seed(self) -> int:
        """Root of all random streams."""
        ...

    def scenario_of(self, cell: Cell) -> Scenario:
        """Return the scenario that a cell is simulated on.

        Raises:
            ThreatsimError: the values of its point do not make a scenario.
        """
        ...

    def tables_of(self, cell: Cell) -> str:
        """Return the key of the outcome tables that its point reads: points that alter attacks have others."""
        ...


class Simulate(Protocol):
    """One replicate of one arm, a pure function of its arguments (threatsim.market.simulation.simulate)."""

    def __call__(
        self,
        scenario: Scenario,
        tables: Tables,
        *,
        arm: str,
        replicate: int,
        seed: int,
        progress: Callable[[int], None] | None = None,
        sample_rate: float = 0.01,
        claims_file: Path | None = None,
    ) -> ReplicateResult:
        """Simulate the scenario of one arm on the tables and give the replicate's result."""
