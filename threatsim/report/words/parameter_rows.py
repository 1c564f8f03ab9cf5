"""The numbers that a run was given, with their kinds and sources, read back from its record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from threatsim.experiment.record.record import RunRecord
from threatsim.scenario.sections.quantity import KINDS


@dataclass(frozen=True)
class ParameterRow:
    """One number of the scenario."""

    path: str
    """Dotted path in the scenario; sections of a list go by their `name`."""
    value: float
    unit: str
    kind: str
    source: str
    note: str


def parameters(scenario: Mapping[str, Any]) -> list[ParameterRow]:
    """Return every sourced number of a resolved scenario, in the order of the file; what the arms set is left out."""
    return list(_walk({key: part for key, part in scenario.items() if key != "arms"}, ""))


def by_kind(scenario: Mapping[str, Any]) -> dict[str, list[ParameterRow]]:
    """Return the numbers grouped by kind of evidence, the firmest first."""
    found = parameters(scenario)
    return {kind: [p for p in found if p.kind == kind] for kind in KINDS}


def kind_counts(record: RunRecord) -> dict[str, int]:
    """Return how many numbers are of each kind that occurs, the firmest first: a record's own order is alphabetical."""
    return {kind: n for kind in KINDS if (n := record.number_kinds.get(kind, 0))}


def _walk(node: Any, path: str) -> Iterator[ParameterRow]:
    if isinstance(node, Mapping):
        if node.get("kind") in KINDS and "value" in node:
            yield ParameterRow(
                path=path,
                value=float(node["value"]),
                unit=str(node.get("unit", "")),
                kind=str(node["kind"]),
                source=str(node.get("source", "")),
                note=str(node.get("note", "")),
            )
            return
        for key, part in node.items():
            yield from _walk(part, f"{path}.{key}" if path else str(key))
    elif isinstance(node, (list, tuple)):
        for position, part in enumerate(node):
            name = part.get("name", position) if isinstance(part, Mapping) else position
            yield from _walk(part, f"{path}.{name}")
