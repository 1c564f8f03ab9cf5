"""Outcome tables as one Arrow file with its hash: what travels to machines that draw no case and attack none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from threatsim.common.errors import ThreatsimError
from threatsim.common.outcome_table import ControlStatistics, OutcomeTable
from threatsim.experiment.execution.durable import keep, sound

_ARRAYS = ("labels", "patients", "clean", "calibration_scores", "calibration_labels")
_COLUMNS = ("set", "modality", "array", "type", "bytes")


def write_tables(path: Path, sets: Mapping[str, Mapping[str, OutcomeTable]]) -> None:
    """Write sets of outcome tables, a row an array.

    Raises:
        ThreatsimError: it cannot be written.
    """
    import pyarrow as pa

    rows = [
        (key, modality, name, array.dtype.str, array.tobytes())
        for key, tables in sorted(sets.items())
        for modality, table in sorted(tables.items())
        for name, array in _arrays(table)
    ]
    columns = list(zip(*rows, strict=True))
    text = [pa.array(column, pa.string()) for column in columns[:-1]]
    table = pa.table([*text, pa.array(columns[-1], pa.large_binary())], names=list(_COLUMNS))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    keep(path, sink.getvalue().to_pybytes())


def read_tables(path: Path) -> dict[str, dict[str, OutcomeTable]]:
    """Return the sets of outcome tables of a file.

    Raises:
        ThreatsimError: it is absent or damaged.
    """
    import pyarrow as pa

    if not sound(path):
        raise ThreatsimError("is absent, or not what its checksum says", location=str(path))
    found: dict[tuple[str, str], dict[str, NDArray[Any]]] = {}
    try:
        with pa.OSFile(str(path)) as file:
            table = pa.ipc.open_file(file).read_all()
        for key, modality, name, kind, data in zip(*(table.column(one).to_pylist() for one in _COLUMNS), strict=True):
            found.setdefault((key, modality), {})[name] = np.frombuffer(data, dtype=np.dtype(kind))
        sets: dict[str, dict[str, OutcomeTable]] = {}
        for (key, modality), arrays in found.items():
            sets.setdefault(key, {})[modality] = _table(modality, arrays)
    except (pa.ArrowException, OSError, KeyError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise ThreatsimError(f"is no file of outcome tables: {error}", location=str(path)) from error
    return sets


def _arrays(table: OutcomeTable) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield every array of a table by its place, all of them in one dimension and little-endian."""
    for name in _ARRAYS:
        yield name, _plain(getattr(table, name))
    for tactic, scores in table.attacked.items():
        yield f"attacked/{tactic}", _plain(scores)
    for tactic, counts in table.queries.items():
        yield f"queries/{tactic}", _plain(counts)
    for control, found in table.control_statistics.items():
        yield f"control/{control}/clean", _plain(found.clean)
        yield f"control/{control}/calibration", _plain(found.calibration)
        for tactic, statistics in found.attacked.items():
            yield f"control/{control}/attacked/{tactic}", _plain(statistics)
    if table.hardened is not None:
        for name, array in _arrays(table.hardened):
            yield f"hardened/{name}", array


def _plain(values: Any) -> NDArray[Any]:
    array = np.ascontiguousarray(values)
    return array.astype(array.dtype.newbyteorder("<"), copy=False)


def _table(modality: str, arrays: Mapping[str, NDArray[Any]]) -> OutcomeTable:
    if any(array.dtype.kind not in "fiu" for array in arrays.values()):
        raise ValueError("an array is not of numbers")
    hardened = _below(arrays, "hardened/")
    controls: dict[str, dict[str, NDArray[Any]]] = {}
    for place, array in _below(arrays, "control/").items():
        control, _, name = place.partition("/")
        controls.setdefault(control, {})[name] = array
    return OutcomeTable(
        modality=modality,
        **cast("Any", {name: arrays[name] for name in _ARRAYS}),
        attacked=_below(arrays, "attacked/"),
        queries=_below(arrays, "queries/"),
        control_statistics={
            control: ControlStatistics(found["clean"], _below(found, "attacked/"), found["calibration"])
            for control, found in controls.items()
        },
        hardened=_table(modality, hardened) if hardened else None,
    )


def _below(arrays: Mapping[str, NDArray[Any]], prefix: str) -> dict[str, NDArray[Any]]:
    return {place.removeprefix(prefix): array for place, array in arrays.items() if place.startswith(prefix)}
