"""How far a scenario's numbers are known, counted twice: all that it has, and the distinct ones that it uses.

The first count has a number as often as there are specialties, payers and tactics with it, and with it what is only
switched off. The second has it once, and leaves out what says that something is not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple, get_args

from threatsim.catalogue.conduct_rules import CONDUCT_RULES
from threatsim.scenario.reading.sources import SourcedNumber, sourced_numbers
from threatsim.scenario.schema import Scenario
from threatsim.scenario.sections.quantity import Kind

_NAMED: Final = ("modalities", "providers", "tactics", "payers", "other_laws")
"""Sections whose items go by names: a number of one item stands in the same place as that of another."""

_WHOLE: Final = ("share_of_allowed", "lost_patients", "offsets", "extrapolated", "damages")
"""Shares and multiples of which 1 says that there is no rest, or no more, to speak of."""


class WeighedNumber(NamedTuple):
    """A number of a scenario and how it counts."""

    path: str
    number: SourcedNumber
    in_use: bool
    """Whether it says something of the world that the scenario reckons with."""
    same_as: str
    """Path of the number that it repeats: one in the same place of another item, alike in all but its note."""


class Tally(NamedTuple):
    """Some numbers of a scenario, counted."""

    kinds: dict[Kind, int]
    """How many are measured, estimated, fitted and assumed."""
    without_range: int
    """How many of the assumed ones have no distribution."""

    @property
    def numbers(self) -> int:
        """How many there are."""
        return sum(self.kinds.values())

    @property
    def assumed_share(self) -> float:
        """Share of them that is assumed; 0 where there are none."""
        return self.kinds["assumed"] / self.numbers if self.numbers else 0.0


def weighed_numbers(scenario: Scenario) -> tuple[WeighedNumber, ...]:
    """Return every number of a scenario with how it counts, in the order of the schema."""
    return tuple(_weighed(scenario))


def tally(numbers: tuple[WeighedNumber, ...], *, distinct: bool) -> Tally:
    """Return how many numbers are of each kind: all of them, or the distinct ones in use."""
    counted = [one.number.quantity for one in numbers if not distinct or (one.in_use and not one.same_as)]
    kinds: dict[Kind, int] = {kind: sum(number.kind == kind for number in counted) for kind in get_args(Kind)}
    return Tally(kinds, sum(number.kind == "assumed" and number.distribution is None for number in counted))


def _weighed(scenario: Scenario) -> Iterator[WeighedNumber]:
    seen: dict[tuple[str, str], str] = {}
    unused = _unused(scenario)
    for number in sourced_numbers(scenario):
        path, quantity = number
        nothing = 1 if path.endswith(_WHOLE) else 0
        absent = quantity.value in (0, nothing) and quantity.distribution is None
        first = seen.setdefault((_place(path), repr(quantity.model_dump(exclude={"note"}))), path)
        yield WeighedNumber(path, number, not absent and path not in unused, "" if first == path else first)


def _place(path: str) -> str:
    """Return a path with a star for the name of a modality, specialty, tactic, payer or law."""
    section, *rest = path.split(".")
    return ".".join([section, "*", *rest[1:]]) if section in _NAMED else path


def _unused(scenario: Scenario) -> frozenset[str]:
    """Return what is no statement on the world: how the pool is drawn, one payer's share, what another rule reads."""
    own = CONDUCT_RULES[scenario.conduct.rule].parameters
    of_rules = {f"conduct.{name}" for row in CONDUCT_RULES.values() for name in row.parameters if name not in own}
    sole = {f"payers.{payer.name}.share" for payer in scenario.payers} if len(scenario.payers) == 1 else set()
    return frozenset({"cases.positive_share", *of_rules, *sole})
