"""Uncertain numbers: which there are in a scenario, and the scenario of one draw of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import Any, NamedTuple

from pydantic import ValidationError

from threatsim.catalogue.distributions import FAMILIES, Distribution
from threatsim.common.errors import ThreatsimError
from threatsim.common.yaml_text.mistakes import KeyPath
from threatsim.scenario.reading.paths import expand, slot_at
from threatsim.scenario.reading.sources import sourced_numbers
from threatsim.scenario.schema import Scenario
from threatsim.scenario.sections.quantity import Quantity


class UncertainNumber(NamedTuple):
    """A number that is not known well.

    Attributes:
        label: its dotted path; with a `*` for what differs where several places have it.
        paths: every place that has it.
        quantity: the number, with its distribution.
    """

    label: str
    paths: tuple[str, ...]
    quantity: Quantity


def uncertain_numbers(scenario: Scenario) -> tuple[UncertainNumber, ...]:
    """Return the numbers of a scenario that have a distribution, in the order of the schema.

    What stands under the same key and is written alike in all, note and source included, is one number that several
    sections have, such as the sensitivity of two payers' audits: nobody knows it twice.
    """
    places: dict[tuple[str, Quantity], list[str]] = {}
    for path, quantity in sourced_numbers(scenario):
        if quantity.distribution:
            places.setdefault((path.rsplit(".", 1)[-1], quantity), []).append(path)
    return tuple(UncertainNumber(_label(paths), tuple(paths), quantity) for (_, quantity), paths in places.items())


def _label(paths: list[str]) -> str:
    parts = zip_longest(*(path.split(".") for path in paths))
    return ".".join(str(step[0]) if len(set(step)) == 1 else "*" for step in parts)


def draws(scenario: Scenario, uniforms: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    """Return dotted path -> draws of each uncertain number at given uniform numbers, by inversion.

    Args:
        scenario: the scenario.
        uniforms: path of an uncertain number -> uniform numbers in [0, 1), one a draw.
    """
    data = scenario.model_dump(mode="json")
    found = {}
    for number in uncertain_numbers(scenario):
        for path in number.paths:
            bounds = next((slot.bounds for at in expand(path, data) if (slot := slot_at(at)) and slot.bounds), None)
            low, high = (bounds.low, bounds.high) if bounds else (0.0, None)
            assert number.quantity.distribution is not None
            found[path] = [_quantile(number.quantity.distribution, one, low, high) for one in uniforms[path]]
    return found


@lru_cache(maxsize=100_000)
def _quantile(distribution: Distribution, uniform: float, low: float, high: float | None) -> float:
    """Return `Distribution.quantile`, of which the arms of a scenario have most in common."""
    return distribution.quantile(uniform, low, high)


def drawn(scenario: Scenario, values: Mapping[str, float]) -> Scenario:
    """Return the scenario with drawn values in place of its uncertain numbers.

    Where the share of one payer is drawn, the others divide the rest as they divided it before.

    Args:
        scenario: the scenario.
        values: dotted path -> value.

    Raises:
        ThreatsimError: the values do not agree with one another or with the rest of the scenario.
    """
    data = scenario.model_dump(mode="json") | {"doubt": 0}
    for path, value in values.items():
        for at in expand(path, data):
            holder = _holder(data, at)
            kept = {key: part for key, part in holder[at[-1]].items() if key not in FAMILIES}
            holder[at[-1]] = {**kept, "value": value}
    _fill_shares(data, {at[1] for path in values for at in expand(path, data) if _is_share(at)})
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        message = error.errors()[0]["msg"].removeprefix("Value error, ")
        listed = ", ".join(f"{path} {value:.4g}" for path, value in values.items())
        raise ThreatsimError(
            f"a draw of the uncertain numbers does not make a scenario: {message}",
            hint=f"Narrow the distributions so that every draw fits. The draw was: {listed}.",
        ) from None


def _holder(data: Any, path: KeyPath) -> Any:
    """Return what holds the last part of a path."""
    for part in path[:-1]:
        data = data[part]
    return data


def _is_share(path: KeyPath) -> bool:
    return len(path) == 3 and path[0] == "payers" and path[2] == "share"


def _fill_shares(data: dict[str, Any], drawn_payers: set[str | int]) -> None:
    """Give the payers whose share was not drawn what the drawn one leaves, in proportion to what they had."""
    if not drawn_payers:
        return
    payers: list[dict[str, Any]] = data["payers"]
    left = 1 - sum(payers[index]["share"]["value"] for index in range(len(payers)) if index in drawn_payers)
    others = [payer["share"] for index, payer in enumerate(payers) if index not in drawn_payers]
    had = sum(share["value"] for share in others)
    for share in others:
        share["value"] = left * (share["value"] / had if had else 1 / len(others))
        for family in FAMILIES:  # it is what is left, whatever range it has where it is drawn itself
            share.pop(family, None)
