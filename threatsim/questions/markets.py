"""What a question asks of the simulation: figures of arms at points, in markets of given numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Figures = Mapping[str, Mapping[str, Floats]]
"""Arm -> metric -> (replicates,) its value; NaN where undefined."""


class Asked(NamedTuple):
    """A point, and the replicates that it is run in.

    Attributes:
        values: dotted path -> value; empty for the scenario as it is.
        replicates: numbers of replicates; equal numbers have equal streams at every point.
    """

    values: Mapping[str, Any]
    replicates: tuple[int, ...]


class Markets(Protocol):
    """Runs markets, or takes up those that are there."""

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms, the baseline first."""
        ...

    def figures(self, asked: Sequence[Asked], metrics: Sequence[str], title: str) -> Sequence[Figures]:
        """Return the figures of each point.

        Args:
            asked: the points.
            metrics: names of figures, with `@payer` or `@tactic` for a part of an arm.
            title: of the stage, for progress.

        Raises:
            ThreatsimError: values do not make a scenario, or a market fails; finished ones are kept.
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
