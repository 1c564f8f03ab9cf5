"""The numbers that a sensitivity analysis varies, and the range of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from threatsim.catalogue.distributions import Distribution, Uniform
from threatsim.common.errors import ThreatsimError
from threatsim.questions.pictures import moves_threshold, needs_attacks
from threatsim.questions.sensitivity.findings import VariedNumber
from threatsim.scenario.reading.paths import expand, slot_at
from threatsim.scenario.reading.sources import sourced_numbers
from threatsim.scenario.schema import Scenario
from threatsim.scenario.sections.quantity import Bounds, Quantity
from threatsim.scenario.uncertain import drawn, uncertain_numbers

LOW, HIGH = 0.05, 0.95
"""Quantiles that stand for the ends of a range: a lognormal number has no ends."""


@dataclass(frozen=True)
class Varied:
    """A number that is varied.

    Attributes:
        label: its dotted path, with a `*` for what differs where several places have it.
        places: every place that has it.
        quantity: the number.
        distribution: its range.
        bounds: what is allowed there.
        spread: whether the range is the common spread, because the scenario gives none.
    """

    label: str
    places: tuple[str, ...]
    quantity: Quantity
    distribution: Distribution
    bounds: tuple[float, float | None]
    spread: bool

    def at(self, share: float) -> float:
        """Return the quantile of its range at a share in (0, 1)."""
        return self.distribution.quantile(share, *self.bounds)

    @property
    def told(self) -> VariedNumber:
        """The number as the record holds it."""
        quantity = self.quantity
        return VariedNumber(
            label=self.label,
            places=self.places,
            unit=quantity.unit,
            value=quantity.value,
            low=self.at(LOW),
            high=self.at(HIGH),
            range=self.distribution.describe(),
            spread=self.spread,
            kind=quantity.kind,
            source=quantity.source,
        )


def varied_numbers(scenario: Scenario, spread: float) -> tuple[list[Varied], dict[str, str]]:
    """Return the numbers to vary, and those assumed ones that cannot be, each with why.

    A number with a distribution has that range; an assumed one without any gets its value up and down by the spread,
    within what is allowed, or to that side alone that the scenario's rules allow. Numbers that the pictures depend on
    stay: every value would need attacks of its own. So does one payer's share, which is what the others leave.

    Args:
        scenario: the scenario, as its baseline has it.
        spread: share of the value, in (0, 1); 0 to leave out numbers without a range.
    """
    data = scenario.model_dump(mode="json")
    found, left_out = [], {}
    for number in uncertain_numbers(scenario):
        assert number.quantity.distribution is not None
        bounds = _bounds(number.paths[0], data)
        found.append(
            Varied(number.label, number.paths, number.quantity, number.quantity.distribution, bounds, spread=False)
        )
    for path, quantity in sourced_numbers(scenario):
        if quantity.kind != "assumed" or quantity.distribution:
            continue
        if why := _stays(path, quantity, spread):
            left_out[path] = why
            continue
        low, high = _bounds(path, data)
        around = sorted((quantity.value * (1 - spread), quantity.value * (1 + spread)))
        ends = max(around[0], low), around[1] if high is None else min(around[1], high)
        one = Varied(path, (path,), quantity, Uniform(low=ends[0], high=ends[1]), (low, high), spread=True)
        allowed = one if _is_share(path) else _allowed(scenario, one)
        if allowed is None:
            left_out[path] = "the rules of a scenario allow no other value of it beside the rest"
        else:
            found.append(allowed)
    for one in [one for one in found if _stays_still(one.places[0])]:
        found.remove(one)
        left_out[one.label] = "every value of it would need attacks of its own"
    for one in _bound_shares(scenario, found):
        found.remove(one)
        left_out[one.label] = "the payers' shares sum to 1, so it is what the others leave"
    return found, left_out


def _allowed(scenario: Scenario, one: Varied) -> Varied | None:
    """Return a number with that side of its range that makes a scenario: both, one, or none at all."""
    value = one.quantity.value
    low, high = (one.at(end) if _makes_scenario(scenario, one, one.at(end)) else value for end in (LOW, HIGH))
    if (low, high) == (one.at(LOW), one.at(HIGH)):
        return one
    if low == high:
        return None
    whole = one.distribution
    assert isinstance(whole, Uniform)
    ends = Uniform(low=value if low == value else whole.low, high=value if high == value else whole.high)
    return replace(one, distribution=ends)


def _makes_scenario(scenario: Scenario, one: Varied, value: float) -> bool:
    try:
        drawn(scenario, dict.fromkeys(one.places, value))
    except ThreatsimError:
        return False
    return True


def _bound_shares(scenario: Scenario, found: Sequence[Varied]) -> list[Varied]:
    """Return numbers to leave alone, so that one payer's share is what the others leave; those without range first."""
    shares = sorted((one for one in found if any(_is_share(path) for path in one.places)), key=lambda one: one.spread)
    bound: list[Varied] = []
    while shares and sum(len(one.places) for one in shares) >= len(scenario.payers):
        bound.append(shares.pop())
    return bound


def _is_share(path: str) -> bool:
    return path.startswith("payers.") and path.count(".") == 2 and path.endswith(".share")


def _stays(path: str, quantity: Quantity, spread: float) -> str:
    """Return why an assumed number without a range is not varied; empty if it is."""
    if _stays_still(path):
        return "every value of it would need attacks of its own"
    if quantity.value == 0:
        return "it is 0, of which a share is 0"
    return "" if spread > 0 else "it has no range, and no spread was asked for"


def _stays_still(path: str) -> bool:
    return needs_attacks(path) or moves_threshold(path)


def _bounds(path: str, data: Mapping[str, object]) -> tuple[float, float | None]:
    slots = (slot_at(place) for place in expand(path, data))
    bounds: Bounds | None = next((slot.bounds for slot in slots if slot and slot.bounds), None)
    return (bounds.low, bounds.high) if bounds else (0.0, None)


def values_at(scenario: Scenario, numbers: Sequence[Varied], shares: Mapping[str, float]) -> dict[str, float]:
    """Return dotted path -> value, with numbers at quantiles of their ranges and all others left alone.

    Where the share of one payer is varied, the others divide the rest as they divided it before.

    Args:
        scenario: the scenario.
        numbers: what may be varied.
        shares: label -> share in (0, 1).

    Raises:
        ThreatsimError: the values do not make a scenario.
    """
    of = {one.label: one for one in numbers}
    values = {place: of[label].at(share) for label, share in shares.items() for place in of[label].places}
    if any(_is_share(path) for path in values):
        filled = drawn(scenario, values)
        values |= {f"payers.{payer.name}.share": payer.share.value for payer in filled.payers}
    return values
