"""The order of a scenario's own names, which a record sorted by its keys would lose.

Streams are drawn specialty by specialty and tactics are weighed in turn, so that the order is one of the inputs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from threatsim.experiment.record.record import RunRecord
from threatsim.scenario.schema import Scenario

Order = dict[str, list[str]]


def lost_order(scenario: Mapping[str, Any]) -> Order:
    """Return the order in which the run took names that a record sorts.

    Place (keys and indices between /) -> its keys in order.

    Fields of a section are always in the schema's order; only mappings with names of one's own choice (specialties,
    tactics, modalities, what an arm sets) can lose theirs.
    """
    known = Scenario.model_validate(_sorted(scenario)).model_dump(mode="json")
    return dict(_differing(scenario, known, ()))


def recorded_scenario(record: RunRecord, folder: Path | None = None) -> dict[str, Any]:
    """Return the resolved scenario of a record in the order that it ran in.

    Args:
        record: the record.
        folder: the report, for records from before they kept the order: the rows of its providers.parquet are in the
            order of the specialties.
    """
    data: dict[str, Any] = json.loads(json.dumps(record.scenario))
    for place, keys in (record.order or _order_of_results(record, folder)).items():
        _reorder(data, place.split("/"), keys)
    return data


def _order_of_results(record: RunRecord, folder: Path | None) -> Order:
    """Return what the results say of the order: classifiers and tactics stand in it, and so do the providers' rows."""
    order: Order = {"modalities": [figures.modality for figures in record.classifiers]}
    if record.arms:
        order["tactics"] = [outcome.tactic for outcome in record.arms[0].tactics]
    table = folder / "providers.parquet" if folder else None
    if table and table.is_file():
        import pyarrow.parquet as pq

        order["providers"] = [str(name) for name in pq.read_table(table, columns=["specialty"])[0].unique().to_pylist()]
    return order


def _reorder(data: Any, place: Sequence[str], keys: Sequence[str]) -> None:
    """Put the keys of the mapping at a place in order; keys that are not named come last, as they were."""
    for part in place:
        data = data[int(part)] if isinstance(data, list) else data[part]
    rest = [key for key in data if key not in keys]
    found = {key: data[key] for key in (*keys, *rest) if key in data}
    data.clear()
    data.update(found)


def _differing(given: Any, known: Any, place: tuple[str, ...]) -> Iterator[tuple[str, list[str]]]:
    if isinstance(given, Mapping) and isinstance(known, Mapping):
        if list(given) != list(known):
            yield "/".join(place), list(given)
        for key, part in given.items():
            yield from _differing(part, known.get(key), (*place, key))
    elif isinstance(given, (list, tuple)) and isinstance(known, (list, tuple)):
        for index, (part, other) in enumerate(zip(given, known, strict=False)):
            yield from _differing(part, other, (*place, str(index)))


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, (list, tuple)) else value
