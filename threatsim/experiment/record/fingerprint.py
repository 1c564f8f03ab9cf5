"""One canonical text for every value, one hash for every text, and the versions that touch numbers."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from threatsim.common.outcome_table import OutcomeTable
from threatsim.common.version import __version__, installed_version

LIBRARIES = ("numpy", "torch", "monai", "mesa", "networkx", "pandas", "scipy", "mpmath")
"""Libraries that numbers pass through, by the name they are installed under."""


def canonical_json(value: Any, *, indent: int | None = None) -> str:
    """Return JSON with sorted keys and shortest round-trip floats: equal values give equal text.

    Args:
        value: mappings with text keys, sequences, text, booleans, None, integers and finite floats (NumPy's
            as well).
        indent: spaces a level, or None for one line without spaces.

    Raises:
        ValueError: for NaN and infinities, which JSON does not have.
        TypeError: for anything else.
    """
    separators = (",", ": ") if indent is not None else (",", ":")
    return json.dumps(
        value,
        sort_keys=True,
        ensure_ascii=False,
        allow_nan=False,
        indent=indent,
        separators=separators,
        default=_plain,
    )


def fingerprint(value: Any) -> str:
    """Return SHA-256 of the canonical JSON of a value, as 64 hex digits."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def tables_fingerprint(tables: Mapping[str, OutcomeTable]) -> str:
    """Return SHA-256 of the scores, statistics, labels and patients that the market runs on, in whatever order."""
    digest = hashlib.sha256()
    hardened = {f"{name} hardened": table.hardened for name, table in tables.items() if table.hardened}
    together = {**tables, **hardened}
    for name in sorted(together):
        table = together[name]
        arrays: dict[str, Any] = {
            "labels": table.labels,
            "patients": table.patients,
            "clean": table.clean,
            "calibration_scores": table.calibration_scores,
            "calibration_labels": table.calibration_labels,
        }
        arrays |= {f"attacked.{tactic}": scores for tactic, scores in table.attacked.items()}
        arrays |= {f"queries.{tactic}": counts for tactic, counts in table.queries.items()}
        for control, found in table.control_statistics.items():
            columns = {"clean": found.clean, "calibration": found.calibration}
            columns |= {f"attacked.{tactic}": statistics for tactic, statistics in found.attacked.items()}
            arrays |= {f"screen.{control}.{column}": values for column, values in columns.items()}
        for key in sorted(arrays):
            array = np.ascontiguousarray(arrays[key])
            array = array.astype(array.dtype.newbyteorder("<"), copy=False)
            digest.update(f"{name}.{key} {array.dtype.str} {array.shape}\n".encode())
            digest.update(array.tobytes())
    return digest.hexdigest()


def versions() -> dict[str, str]:
    """Return versions of threatsim, Python and the libraries that touch numbers, without importing any of them.

    `source` is the hash of threatsim's own code: a version number does not change with every edit, and replicates kept
    by an interrupted run must not be mixed with those of other code.
    """
    found = {
        "threatsim": __version__,
        "source": _source_hash(),
        "python": platform.python_version(),
    }
    return found | {library: installed_version(library) for library in LIBRARIES}


def _source_hash() -> str:
    package = Path(str(files("threatsim")))
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*.py"), key=lambda file: file.relative_to(package).as_posix()):
        digest.update(file.relative_to(package).as_posix().encode() + b"\n" + file.read_bytes())
    return digest.hexdigest()[:12]


def run_id(inputs_fingerprint: str) -> str:
    """Return the first 12 hex digits: short enough to cite, long enough to be one run's own."""
    return inputs_fingerprint[:12]


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no canonical JSON")
