"""What two runs were given differently: a row for every input that is not the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from threatsim.catalogue.distributions import FAMILIES
from threatsim.experiment.record.part import RecordPart
from threatsim.experiment.record.record import ArmOutcome, RunRecord

_PARTS = ("unit", "source", "kind", "note", "parameter", "year", *FAMILIES)
"""What a number says beside its value."""


class InputDifference(RecordPart):
    """An input that differs."""

    path: str = Field(description="Dotted path in the scenario, or seed, replicates, device, versions.<library>, ...")
    left: Any = Field(description="Its value on the left; null if it is absent there.")
    right: Any = Field(description="Its value on the right; null if it is absent there.")


def input_differences(left: RunRecord, right: RunRecord) -> list[InputDifference]:
    """Return every input of two runs that differs, in the order of the left scenario.

    Entries of lists that have names (payers, arms) are matched by name; a number stands for its whole
    quantity, with its source or kind in rows of their own where those differ.
    """
    return _compared(dict(_inputs(left)), dict(_inputs(right)))


def scenario_differences(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[InputDifference]:
    """Return everything that two scenarios, as plain data, say differently, in the order of the left one."""
    flat = ({path: value for key, item in data.items() for path, value in _flat(key, item)} for data in (left, right))
    return _compared(*flat)


def arm_differences(left: ArmOutcome, right: ArmOutcome) -> list[InputDifference]:
    """Return what two arms set differently; null where an arm leaves the scenario's own value."""
    return _compared(
        {path: value for key, item in left.changes.items() for path, value in _flat(key, item)},
        {path: value for key, item in right.changes.items() for path, value in _flat(key, item)},
    )


def is_part_of_number(path: str) -> bool:
    """Return whether a row tells what a number says beside its value, such as its source."""
    return path.rpartition(".")[2] in _PARTS


def _compared(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[InputDifference]:
    paths = list(left) + [path for path in right if path not in left]
    return [
        InputDifference(path=path, left=left.get(path), right=right.get(path))
        for path in paths
        if left.get(path) != right.get(path)
    ]


def _inputs(record: RunRecord) -> Iterator[tuple[str, Any]]:
    for key, value in record.scenario.items():
        if key not in ("seed", "replicates"):  # those that ran may have been given on the command line
            yield from _flat(key, value)
    yield "seed", record.seed
    yield "replicates", record.replicates
    yield "device", record.device
    yield from _flat("versions", record.versions)
    for figures in record.classifiers:
        for part in ("images", "weights", "surrogate"):
            yield f"classifiers.{figures.modality}.{part}", getattr(figures, part)


def _flat(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and "value" in value and set(value) <= {"value", *_PARTS}:
        yield path, value["value"]
        for part in _PARTS:
            if value.get(part):
                yield f"{path}.{part}", value[part]
    elif isinstance(value, Mapping):  # an empty one says as much as none
        for key, item in value.items():
            yield from _flat(f"{path}.{key}", item)
    elif isinstance(value, (list, tuple)) and value and all(_named(item) for item in value):
        for item in value:
            rest = {key: part for key, part in item.items() if key != "name"}
            yield from _flat(f"{path}.{item['name']}", rest)
    elif isinstance(value, (list, tuple)):
        yield path, list(value)
    else:
        yield path, value


def _named(item: Any) -> bool:
    return isinstance(item, Mapping) and isinstance(item.get("name"), str)
