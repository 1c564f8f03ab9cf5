"""What may be chosen, within which bounds, and whose choice it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from threatsim.common.arithmetic import portable
from threatsim.common.errors import InputError
from threatsim.scenario.reading.overrides import read_settings

Side = Literal["payer", "attacker"]

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
        path: its dotted path, with `*` for every one of several.
        choices: the values, if they are listed; else empty.
        low, high: the range.
        log: whether steps are equal in the logarithm.
    """

    path: str
    choices: tuple[Any, ...] = ()
    low: float = 0.0
    high: float = 0.0
    log: bool = False

    @property
    def side(self) -> Side:
        """Whose choice it is."""
        return SIDES[self.path.split(".")[0]]

    @property
    def most(self) -> int:
        """The last step, counted from 0."""
        return len(self.choices) - 1 if self.choices else STEPS

    def at(self, step: int) -> Any:
        """Return the value at a step, of six significant digits where it is on a range."""
        if self.choices:
            return self.choices[step]
        if step in (0, STEPS):
            return self.high if step else self.low
        share = step / STEPS
        if not self.log:
            return float(f"{self.low + (self.high - self.low) * share:.6g}")
        low, high = (float(portable.log(end)) for end in (self.low, self.high))
        return float(f"{float(portable.exp(low + (high - low) * share)):.6g}")


def read_levers(written: Sequence[str], option: str = "--choose") -> list[Lever]:
    """Return levers from `PATH=LOW:HIGH`, `PATH=LOW:HIGH:log` or `PATH=a,b,c` each.

    Raises:
        InputError: one is none of these, its bounds are reversed or equal, a log range is not above 0, two have one
            path, or it is nobody's choice.
    """
    levers: list[Lever] = []
    for one in written:
        lever = _read(one, f"{option} {one}")
        if any(other.path == lever.path for other in levers):
            raise InputError(f"{lever.path} is given twice", given=one, location=f"{option} {one}")
        levers.append(lever)
    return levers


def _read(one: str, location: str) -> Lever:
    path, equals, text = (part.strip() for part in one.partition("="))
    if not equals or not path or not text:
        raise InputError(
            "it needs a path, '=' and a range or a list",
            given=one,
            location=location,
            hint="For instance payers.*.audit.random=0.001:0.1:log, or payers.*.triage.below=pend,deny.",
        )
    if path.split(".")[0] not in SIDES:
        raise InputError(
            f"'{path}' is neither a payer's choice nor an attacker's; those begin with {', '.join(SIDES)}",
            given=path,
            allowed=list(SIDES),
            location=location,
        )
    if ":" not in text:
        return _listed(path, text, one, location)
    low, high, *rest = text.split(":")
    if rest not in ([], ["log"]):
        raise InputError("a range is LOW:HIGH or LOW:HIGH:log", given=one, location=location)
    ends = []
    for end in (low, high):
        try:
            ends.append(float(end))
        except ValueError:
            raise InputError(f"'{end}' is not a number", given=one, location=location) from None
    if not ends[0] < ends[1]:
        raise InputError(
            f"the bounds are {low} and {high}; the first must be below the second", given=one, location=location
        )
    if rest and not ends[0] > 0:
        raise InputError(f"a log range begins above 0, not at {low}", given=one, location=location)
    return Lever(path, low=ends[0], high=ends[1], log=bool(rest))


def _listed(path: str, text: str, one: str, location: str) -> Lever:
    values = [read_settings([f"{path}={value}"])[path] for value in text.split(",")]
    if len(values) < 2:
        raise InputError("there is one value alone, so nothing to choose", given=one, location=location)
    return Lever(path, choices=tuple(values))


Choice = tuple[int, ...]
"""A step of each lever."""


def values_of(levers: Sequence[Lever], choice: Choice) -> dict[str, Any]:
    """Return path -> value of a choice."""
    return {lever.path: lever.at(step) for lever, step in zip(levers, choice, strict=True)}
