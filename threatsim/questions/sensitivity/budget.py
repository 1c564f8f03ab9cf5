"""How many markets each stage gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from threatsim.common.errors import InputError

SCREENED_IN: Final = 2
"""Replicates of a point in stages that look at many numbers: the least that tell chance apart."""
CONFIRMED_IN: Final = 6
"""Replicates of a point whose figures are told with an interval."""
_TRAJECTORIES: Final = (4, 10)
_SAMPLES: Final = 16
_INDICES: Final = (2, 6)


@dataclass(frozen=True)
class Budget:
    """Sizes of the stages.

    Attributes:
        numbers: numbers that are moved one at a time.
        confirmed: those of them that are moved again, on markets of their own.
        screened, trajectories: numbers and trajectories of elementary effects.
        indexed, samples: numbers and samples of Sobol's indices.
    """

    numbers: int
    confirmed: int
    screened: int
    trajectories: int
    indexed: int
    samples: int

    @property
    def evaluations(self) -> int:
        """Markets of each arm in all."""
        alone = SCREENED_IN * (2 * self.numbers + 1) + CONFIRMED_IN * (2 * self.confirmed + 1)
        morris = SCREENED_IN * self.trajectories * (self.screened + 1)
        return alone + morris + SCREENED_IN * self.samples * (self.indexed + 2)


def budget(numbers: int, top: int, evaluations: int) -> Budget:
    """Return sizes of the stages that take about so many markets of each arm.

    All numbers are moved one at a time, and the `top` ones confirmed. Of what is left, two fifths go to elementary
    effects, of as many numbers as four trajectories can hold, then of more trajectories; the rest to Sobol's indices.

    Args:
        numbers: how many there are.
        top: how many are told of.
        evaluations: markets of each arm in all.

    Raises:
        InputError: it is fewer than every number needs once.
    """
    confirmed = min(top, numbers)
    least = Budget(numbers, confirmed, min(confirmed, numbers), _TRAJECTORIES[0], min(_INDICES[0], numbers), _SAMPLES)
    if evaluations < least.evaluations:
        raise InputError(
            f"--evaluations is {evaluations}; {numbers} numbers need at least {least.evaluations} markets of each arm",
            given=str(evaluations),
            hint="Allow more of them, or tell of fewer numbers (--top).",
        )
    left = evaluations - Budget(numbers, confirmed, 0, 0, 0, 0).evaluations
    share = left * 2 // 5
    screened = min(numbers, max(least.screened, share // (SCREENED_IN * _TRAJECTORIES[0]) - 1))
    trajectories = max(_TRAJECTORIES[0], min(_TRAJECTORIES[1], share // (SCREENED_IN * (screened + 1))))
    left -= SCREENED_IN * trajectories * (screened + 1)
    indexed = min(screened, max(least.indexed, min(_INDICES[1], left // (SCREENED_IN * _SAMPLES) - 2)))
    samples = _SAMPLES
    while SCREENED_IN * 2 * samples * (indexed + 2) <= left:  # powers of 2 fill the cube best
        samples *= 2
    return Budget(numbers, confirmed, screened, trajectories, indexed, samples)
