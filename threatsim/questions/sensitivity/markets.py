"""What a stage of the analysis asks of the simulation: figures of every arm at points, in markets of given numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from threatsim.questions.sensitivity.findings import Answer

Floats = NDArray[np.float64]


class Asked(NamedTuple):
    """A point, and the replicates that it is run in.

    Attributes:
        values: dotted path -> value; empty for the scenario as it is.
        replicates: numbers of replicates; equal numbers have equal streams at every point.
    """

    values: Mapping[str, float]
    replicates: tuple[int, ...]


class Markets(Protocol):
    """Runs markets, or takes up those that are there."""

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms, the baseline first."""
        ...

    def figures(self, asked: Sequence[Asked], title: str) -> Sequence[Mapping[str, Mapping[str, Floats]]]:
        """Return of each point arm -> metric -> (replicates,) its value; NaN where undefined.

        Args:
            asked: the points.
            title: of the stage, for progress.
        """
        ...


_FOUR: Final = 4


def lone_replicates(first: int, count: int) -> tuple[int, ...]:
    """Return the numbers of replicates that share neither streams nor cases: of each four the second and third.

    Args:
        first: how many of them come before, so that stages have markets of their own.
        count: how many.
    """
    return tuple(_FOUR * (number // 2) + 1 + number % 2 for number in range(first, first + count))


def of_answer(figures: Mapping[str, Mapping[str, Floats]], answer: Answer, baseline: str) -> Floats:
    """Return (replicates,) an answer at a point."""
    level = figures[answer.arm][answer.figure]
    return level - figures[baseline][answer.figure] if answer.difference else level
