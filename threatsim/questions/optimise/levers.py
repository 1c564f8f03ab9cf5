"""What may be chosen, within which bounds, and whose choice it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from threatsim.common.errors import InputError
from threatsim.questions.variation import Variation, read_variations
from threatsim.questions.varied_paths import fitted
from threatsim.scenario.reading.loaded import LoadedScenario

Side = Literal["payer", "attacker"]
OPTION: Final = "--choose"

STEPS: Final = 1024
"""A range is searched in so many equal steps. Proposals are then the same on every processor: what a library's
logarithms leave open in their last digits is never half a step."""

SIDES: Final[Mapping[str, Side]] = {
    "payers": "payer",
    "law": "payer",
    "other_laws": "payer",
    "tactics": "attacker",
    "conduct": "attacker",
}
"""First part of a path -> who chooses it. Of an attacker are which tactics are there and how strong they are, and how
much of their claims providers put at stake; the rest of a scenario is nobody's choice."""


@dataclass(frozen=True)
class Lever:
    """Something that may be chosen.

    Attributes:
        of: its path and the values that it may take.
    """

    of: Variation

    @property
    def path(self) -> str:
        """Its dotted path, with `*` for every one of several."""
        return self.of.path

    @property
    def choices(self) -> tuple[Any, ...]:
        """The values, if they are listed; else empty."""
        return self.of.choices

    @property
    def side(self) -> Side:
        """Whose choice it is."""
        return SIDES[self.path.split(".")[0]]

    @property
    def most(self) -> int:
        """The last step, counted from 0."""
        return len(self.choices) - 1 if self.choices else STEPS

    def at(self, step: int) -> Any:
        """Return the value at a step."""
        return self.choices[step] if self.choices else self.of.at(step / STEPS)


def read_levers(written: Sequence[str], option: str = OPTION) -> list[Lever]:
    """Return levers from `PATH=LOW:HIGH`, `PATH=LOW:HIGH:log` or `PATH=a,b,c` each.

    Raises:
        InputError: as `read_variations` does; or one is nobody's choice.
    """
    levers = [Lever(one) for one in read_variations(written, option, counted=False)]
    for lever in levers:
        if lever.path.split(".")[0] not in SIDES:
            raise InputError(
                f"'{lever.path}' is neither a payer's choice nor an attacker's; those begin with {', '.join(SIDES)}",
                given=lever.path,
                allowed=list(SIDES),
                location=f"{option} {lever.path}",
            )
    return levers


def fitting(loaded: LoadedScenario, levers: Sequence[Lever], option: str = OPTION) -> list[Lever]:
    """Return levers that fit their places in a scenario: a range of a whole number has whole values.

    Raises:
        InputError: as `fitted` does.
    """
    return [Lever(one) for one in fitted(loaded, [lever.of for lever in levers], option)]


Choice = tuple[int, ...]
"""A step of each lever."""


def values_of(levers: Sequence[Lever], choice: Choice) -> dict[str, Any]:
    """Return path -> value of a choice."""
    return {lever.path: lever.at(step) for lever, step in zip(levers, choice, strict=True)}


def ends_of(levers: Sequence[Lever]) -> list[dict[str, Any]]:
    """Return the least and the greatest values of all levers at once, and each value of a list once."""
    longest = max((lever.most for lever in levers if lever.choices), default=0)
    listed = [[min(step, lever.most) if lever.choices else 0 for lever in levers] for step in range(longest + 1)]
    steps = [*(listed or [[0] * len(levers)]), [lever.most for lever in levers]]
    return [values_of(levers, tuple(one)) for one in steps]
