"""Who does the work: anything that takes batches of cells and says of each what became of it."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Protocol

from threatsim.common.errors import ThreatsimError
from threatsim.experiment.execution.cells import Cell


@dataclass(frozen=True)
class Finished:
    """A cell that was simulated and kept, and the seconds it took."""

    cell: Cell
    seconds: float


@dataclass(frozen=True)
class Failed:
    """A cell that failed.

    Attributes:
        cell: which one.
        message: what was wrong.
        trace: the traceback if it was the program's fault; None if the input was refused or the process died.
        died: whether it took its process with it, or its time was over.
    """

    cell: Cell
    message: str
    trace: str | None = None
    died: bool = False

    def error(self) -> ThreatsimError:
        """Return the failure as an error that names the cell."""
        head = f"{self.cell} failed: {self.message}"
        if self.trace is not None:
            return ThreatsimError(head, excerpt=self.trace, hint="This is a fault of threatsim; please report it.")
        if self.died:
            hint = "Run the same command again to go on from the finished replicates, with fewer --workers."
            return ThreatsimError(head, hint=hint)
        return ThreatsimError(head)


Outcome = Finished | Failed


class Work(Protocol):
    """What a worker holds: it simulates cells and keeps what is finished. Pickled to each worker once."""

    @property
    def batch_seconds(self) -> float:
        """About how much work a batch holds."""
        ...

    @property
    def batch_cells(self) -> int:
        """The most cells that a batch holds."""
        ...

    def preload(self) -> Sequence[str]:
        """Return modules that a worker needs, to be imported once for all that are forked."""
        ...

    def do(self, cells: Sequence[Cell]) -> list[Outcome]:
        """Simulate cells and keep them durably; when it returns, what is told to be finished is on the disk.

        Raises:
            ThreatsimError: finished cells cannot be kept.
        """
        ...


class Executor(Protocol):
    """Runs a work's cells, here or elsewhere; what is kept does not depend on which."""

    @property
    def workers(self) -> int:
        """How many processes simulate at once."""
        ...

    def check(self) -> None:
        """Refuse, before any work, workers that cannot be reached or would not get the same results.

        Raises:
            ThreatsimError: for either.
        """
        ...

    def run(self, work: Work, cells: Sequence[Cell]) -> Generator[Outcome, None, None]:
        """Yield the outcome of every cell, as they come. Closed early, it leaves no process behind.

        Raises:
            ThreatsimError: finished cells cannot be kept, or the workers cannot be reached.
        """
        ...


@dataclass
class BatchSize:
    """How many cells the next batch holds: one until it is known how long they take, few towards the end.

    Attributes:
        work: what bounds them.
        workers: that share what is left.
        seconds, finished: that the cells so far took, and how many they are.
    """

    work: Work
    workers: int
    seconds: float = 0.0
    finished: int = 0

    def of(self, left: int) -> int:
        """Return the size of the next batch where so many cells are left."""
        if self.finished == 0:
            return 1
        each = max(self.seconds / self.finished, 1e-6)
        return max(1, min(int(self.work.batch_seconds / each), self.work.batch_cells, left // (2 * self.workers)))

    def learn(self, outcomes: Sequence[Outcome]) -> None:
        """Take note of how long cells took."""
        for outcome in outcomes:
            if isinstance(outcome, Finished):
                self.seconds, self.finished = self.seconds + outcome.seconds, self.finished + 1
