"""The numbers of a scenario and where they come from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel

from threatsim.scenario.schema import Scenario
from threatsim.scenario.sections.quantity import Kind, Quantity


class SourcedNumber(NamedTuple):
    """A number of a scenario: its dotted path, as an arm would write it, and the number with its source."""

    path: str
    quantity: Quantity


def sourced_numbers(scenario: Scenario) -> tuple[SourcedNumber, ...]:
    """Return every number with unit, source and kind, in the order of the schema; defaults included."""
    return tuple(_walk(scenario, ""))


def kind_counts(scenario: Scenario) -> dict[Kind, int]:
    """Return how many numbers are measured, estimated, fitted and assumed."""
    kinds = [number.quantity.kind for number in sourced_numbers(scenario)]
    return {kind: kinds.count(kind) for kind in get_args(Kind)}


def _walk(value: Any, path: str) -> Iterator[SourcedNumber]:
    if isinstance(value, Quantity):
        yield SourcedNumber(path, value)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            # What an arm sets is no number of the scenario: it is one of the arm's, kept as written.
            yield from _walk(getattr(value, name), f"{path}.{name}" if path else name)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _walk(item, f"{path}.{name}")
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _walk(item, f"{path}.{getattr(item, 'name', index)}")
