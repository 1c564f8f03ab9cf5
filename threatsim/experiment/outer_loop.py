"""The outer loop of a run: draws of its uncertain numbers, and inside each the replicates that every arm is run in.

Each draw has replicates of its own, which share neither streams nor resampled cases with one another or with those of
any other draw. What differs within a draw is then chance alone, and what the draws' means differ by beyond that is the
numbers' doing: an analysis of variance of one factor tells the two apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from threatsim.market.streams import Streams
from threatsim.scenario.schema import Scenario
from threatsim.scenario.uncertain import drawn, uncertain_numbers
from threatsim.scenario.uncertain import draws as draws_at

LUCKS: Final = 2
"""Replicates of each arm in a draw; with more, chance is known better and the numbers' doing hardly."""
_FIRST: Final = 1_000_000
"""Replicates of draws are numbered from here: a run has far fewer of its own."""
_FOUR: Final = 4
"""Replicates 4k and 4k + 3 share neither streams nor cases (`threatsim.market.streams`)."""


@dataclass(frozen=True)
class OuterLoop:
    """The draws of a run.

    Attributes:
        draws: how many.
        values: arm -> dotted path -> (draws,) the number there in each draw; arms that keep a number share its draws.
    """

    draws: int
    values: Mapping[str, Mapping[str, Sequence[float]]]

    @property
    def replicates(self) -> list[int]:
        """The replicates to run, those of a draw beside each other."""
        return [_FIRST + _FOUR * number + luck for number in range(self.draws) for luck in (0, _FOUR - 1)]

    @staticmethod
    def draw_of(replicate: int) -> int:
        """Return the number of the draw that a replicate belongs to."""
        return (replicate - _FIRST) // _FOUR

    def scenario_of(self, arm: str, scenario: Scenario, replicate: int) -> Scenario:
        """Return the scenario of an arm with the draw of a replicate.

        Args:
            arm: name of the arm.
            scenario: as the arm sets it.
            replicate: one of `replicates`.

        Raises:
            ThreatsimError: the draw does not agree with the rest of the scenario.
        """
        number = self.draw_of(replicate)
        return drawn(scenario, {path: values[number] for path, values in self.values[arm].items()})


def outer_loop(arms: Mapping[str, Scenario], *, draws: int, seed: int) -> OuterLoop:
    """Draw the uncertain numbers of all arms.

    A Latin hypercube (McKay, Beckman and Conover, Technometrics 21 (1979) 239-245): the range of each number is cut
    into as many parts of equal probability as there are draws, and each part is drawn from once. The uniform numbers
    depend on the seed and on the number's own path alone, so that all arms have the same, and a number that is added
    to a scenario does not change the draws of the others. What an arm makes a range of its own is drawn at them too.

    Args:
        arms: arm name -> the scenario as that arm sets it, the baseline first.
        draws: how many.
        seed: root of all random streams.

    Raises:
        ThreatsimError: a draw of an arm does not make a scenario; that is known before anything is run.
    """
    labels: dict[str, str] = {}
    for scenario in arms.values():
        for number in uncertain_numbers(scenario):
            label = next((labels[path] for path in number.paths if path in labels), number.label)
            labels |= {path: label for path in number.paths if path not in labels}
    uniforms = {label: _strata(label, draws, seed) for label in dict.fromkeys(labels.values())}
    values = {}
    for arm, scenario in arms.items():
        paths = [path for number in uncertain_numbers(scenario) for path in number.paths]
        values[arm] = draws_at(scenario, {path: uniforms[labels[path]] for path in paths})
    loop = OuterLoop(draws, values)
    for arm, scenario in arms.items():
        for replicate in loop.replicates[::LUCKS]:
            loop.scenario_of(arm, scenario, replicate)
    return loop


def _strata(label: str, draws: int, seed: int) -> list[float]:
    """Return a uniform number of each of so many equal parts of [0, 1), in random order."""
    streams = Streams(seed, 0)
    order = np.argsort(streams.generator(f"doubt/{label}/order").random(draws), kind="stable")
    inside = streams.generator(f"doubt/{label}/inside").random(draws)
    below_one = np.nextafter(1.0, 0.0)
    return [min(float((part + at) / draws), float(below_one)) for part, at in zip(order, inside, strict=True)]
