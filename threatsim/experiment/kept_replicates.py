"""Finished replicates kept on disk, so that a run that was killed goes on where it stopped."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from threatsim.common import files
from threatsim.common.errors import ThreatsimError
from threatsim.market.result import Denominator, ReplicateResult

_FORMAT = 3
_COLUMNS = ("weekly", "providers", "sample", "decisions")


BESIDE: Final = ".*.replicates"
"""Pattern of the names of folders in which runs keep their replicates, beside where their reports belong."""


def folder_beside(report: Path) -> Path:
    """Return where a run keeps its replicates until its report is written."""
    return report.with_name(BESIDE.replace("*", report.name))


def report_of(folder: Path) -> Path:
    """Return where the report belongs of a run that keeps its replicates in a folder (`BESIDE`)."""
    before, after = BESIDE.split("*")
    return folder.with_name(folder.name.removeprefix(before).removesuffix(after))


@dataclass(frozen=True)
class KeptReplicates:
    """The finished replicates of one run, a file each: a line of JSON with its hash, then an npz archive.

    Attributes:
        folder: the folder of the run's files; made when the first replicate is saved.
        inputs_fingerprint: the run; files of another run are not taken for this one's.
    """

    folder: Path
    inputs_fingerprint: str

    def save(self, result: ReplicateResult) -> None:
        """Keep a finished replicate. The file is whole or absent, whenever the process ends.

        Raises:
            ThreatsimError: if the folder cannot be written to.
        """
        payload = _pack(result)
        header = json.dumps(self._header(result.arm, result.replicate, payload), sort_keys=True)
        path = self.path(result.arm, result.replicate)
        try:
            files.write_bytes(path, header.encode() + b"\n" + payload)
        except OSError as error:
            raise ThreatsimError(
                f"cannot keep finished replicates: {error.strerror or error}", location=str(self.folder)
            ) from error

    def load(self, arm: str, replicate: int) -> ReplicateResult | None:
        """Return a kept replicate; None if it is absent, damaged or of another run, and must be computed."""
        payload = self._payload(arm, replicate)
        try:
            return None if payload is None else _unpack(arm, replicate, payload)
        except (ValueError, KeyError, TypeError, BadZipFile, RecursionError):
            return None

    def holds(self, arm: str, replicate: int) -> bool:
        """Return whether a replicate is kept here, whole."""
        return self._payload(arm, replicate) is not None

    def _payload(self, arm: str, replicate: int) -> bytes | None:
        try:
            content = files.read_foreign(self.path(arm, replicate), "replicate")
            header, _, payload = content.partition(b"\n")
            return payload if json.loads(header) == self._header(arm, replicate, payload) else None
        except (OSError, ValueError, RecursionError, ThreatsimError):
            return None

    def discard(self) -> None:
        """Remove the folder, once the report is written; what cannot be removed is left."""
        with contextlib.suppress(OSError):
            shutil.rmtree(self.folder)

    def path(self, arm: str, replicate: int) -> Path:
        """Return the file of a replicate."""
        return self.folder / f"{arm}-{replicate:05d}.replicate"

    def _header(self, arm: str, replicate: int, payload: bytes) -> dict[str, Any]:
        return {
            "format": _FORMAT,
            "inputs": self.inputs_fingerprint,
            "arm": arm,
            "replicate": replicate,
            "sha256": hashlib.sha256(payload).hexdigest(),
        }


def _pack(result: ReplicateResult) -> bytes:
    figures = {
        "outcomes": _floats(result.outcomes),
        "tactics": {name: _floats(values) for name, values in result.tactics.items()},
        "payers": {name: _floats(values) for name, values in result.payers.items()},
        "accounts": _floats(result.accounts),
        "denominators": result.denominators,
        "tactic_denominators": result.tactic_denominators,
        "payer_denominators": result.payer_denominators,
    }
    arrays: dict[str, NDArray[Any]] = {"figures": np.frombuffer(json.dumps(figures).encode(), dtype=np.uint8)}
    for group in _COLUMNS:
        columns: Mapping[str, NDArray[Any]] = getattr(result, group)
        arrays |= {f"{group}/{name}": _column(f"{group}.{name}", column) for name, column in columns.items()}
    if result.links is not None:
        arrays["links"] = result.links
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def _unpack(arm: str, replicate: int, payload: bytes) -> ReplicateResult:
    groups: dict[str, dict[str, NDArray[Any]]] = {group: {} for group in _COLUMNS}
    with np.load(io.BytesIO(payload), allow_pickle=False) as archive:
        figures = json.loads(archive["figures"].tobytes())
        links = archive["links"] if "links" in archive.files else None
        for key in archive.files:
            group, _, name = key.partition("/")
            if group in groups:
                groups[group][name] = archive[key]
    return ReplicateResult(
        arm=arm,
        replicate=replicate,
        outcomes=figures["outcomes"],
        tactics=figures["tactics"],
        accounts=figures["accounts"],
        weekly=groups["weekly"],
        providers=groups["providers"],
        sample=groups["sample"],
        decisions=groups["decisions"],
        links=links,
        denominators=_denominators(figures["denominators"]),
        tactic_denominators={name: _denominators(kept) for name, kept in figures["tactic_denominators"].items()},
        payers=figures["payers"],
        payer_denominators={name: _denominators(kept) for name, kept in figures["payer_denominators"].items()},
    )


def _floats(values: Mapping[str, float]) -> dict[str, float]:
    return {name: float(value) for name, value in values.items()}


def _denominators(kept: Mapping[str, Sequence[float]]) -> dict[str, Denominator]:
    return {name: Denominator(*parts) for name, parts in kept.items()}


def _column(name: str, column: NDArray[Any]) -> NDArray[Any]:
    """Return the column as the archive keeps it: text of Python objects becomes fixed-width text."""
    column = np.asarray(column)
    if column.dtype.hasobject:
        if not all(isinstance(value, str) for value in column.ravel()):
            raise TypeError(f"column {name} holds Python objects that are not text")
        column = column.astype(np.str_)
    return column
