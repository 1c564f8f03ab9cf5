"""Uncertain numbers: those of a scenario, drawn once for each two replicates, and the scenario of one draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from threatsim.catalogue.distributions import FAMILIES
from threatsim.common.errors import ThreatsimError
from threatsim.common.yaml_text.mistakes import KeyPath
from threatsim.scenario.reading.paths import expand, slot_at, with_value
from threatsim.scenario.reading.sources import SourcedNumber, sourced_numbers
from threatsim.scenario.schema import Scenario


class Draw(NamedTuple):
    """An uncertain number as one replicate has it."""

    path: str
    value: float


def uncertain_numbers(scenario: Scenario) -> tuple[SourcedNumber, ...]:
    """Return the numbers of a scenario that have a distribution, in the order of the schema."""
    return tuple(number for number in sourced_numbers(scenario) if number.quantity.distribution)


def draws(scenario: Scenario, uniforms: Mapping[str, float]) -> tuple[Draw, ...]:
    """Return the uncertain numbers at given uniform numbers, each by inversion.

    Args:
        scenario: the scenario.
        uniforms: path of an uncertain number -> uniform number in [0, 1).
    """
    data = scenario.model_dump(mode="json")
    found = []
    for path, quantity in uncertain_numbers(scenario):
        bounds = next((slot.bounds for at in expand(path, data) if (slot := slot_at(at)) and slot.bounds), None)
        low, high = (bounds.low, bounds.high) if bounds else (0.0, None)
        assert quantity.distribution is not None
        found.append(Draw(path, quantity.distribution.quantile(uniforms[path], low, high)))
    return tuple(found)


def drawn(scenario: Scenario, values: Sequence[Draw]) -> Scenario:
    """Return the scenario with every uncertain number at its drawn value.

    Raises:
        ThreatsimError: the draws do not agree with one another or with the rest of the scenario.
    """
    if not values:
        return scenario
    data: Mapping[str, Any] = scenario.model_dump(mode="json")
    for path, value in values:
        for at in expand(path, data):
            data = with_value(data, at, {**_plain(data, at), "value": value})
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        message = error.errors()[0]["msg"].removeprefix("Value error, ")
        listed = ", ".join(f"{path} {value:.4g}" for path, value in values)
        raise ThreatsimError(
            f"a draw of the uncertain numbers does not make a scenario: {message}",
            hint=f"Narrow the distributions so that every draw fits. The draw was: {listed}.",
        ) from None


def _plain(data: Any, path: KeyPath) -> dict[str, Any]:
    """Return the number at a path without its distribution."""
    for part in path:
        data = data[part]
    return {key: value for key, value in data.items() if key not in FAMILIES}
