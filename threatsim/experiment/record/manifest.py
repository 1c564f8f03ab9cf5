"""The list of a report's files with their hashes, so that a damaged or edited one is seen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from threatsim.common.errors import InputError, RecordError
from threatsim.common.files import MEGABYTE, open_foreign, read_foreign
from threatsim.experiment.record.fingerprint import canonical_json

MANIFEST_NAME = "manifest.json"
"""The file of a report's folder that lists the others."""
SIGNATURE_NAME = f"{MANIFEST_NAME}.minisig"
"""The file of a report's folder that signs the list, where somebody has."""

_VERSION = 1
_BLOCK = 1 << 20

State = Literal["ok", "differs", "missing", "added"]


class FileState(NamedTuple):
    """How one file of a report stands to the manifest: as written, changed, gone, or not of the report."""

    name: str
    state: State


def write_manifest(folder: Path) -> None:
    """List every file below a folder with its SHA-256, by its path from there; same files, same bytes."""
    listed = {name: _sha256(folder / name) for name in _names(folder)}
    text = canonical_json({"manifest_version": _VERSION, "files": listed}, indent=1)
    (folder / MANIFEST_NAME).write_text(text + "\n", encoding="utf-8", newline="\n")


def manifest_of(files: Mapping[str, bytes]) -> bytes:
    """Return the list of files that are yet to be written: name -> bytes."""
    listed = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    return (canonical_json({"manifest_version": _VERSION, "files": listed}, indent=1) + "\n").encode()


def read_manifest(folder: Path) -> dict[str, str] | None:
    """Return file -> SHA-256 as listed when the report was written; None for a report from before there were lists.

    Raises:
        RecordError: the list is damaged, or of a newer version.
    """
    path = folder / MANIFEST_NAME
    try:
        data = json.loads(read_foreign(path, "list of a report's files", within=folder))
    except FileNotFoundError:
        return None
    except (InputError, ValueError, RecursionError):
        raise RecordError("the list of the report's files is damaged", path=path, fault="damaged") from None
    version = data.get("manifest_version") if isinstance(data, dict) else None
    if isinstance(version, int) and version > _VERSION:
        raise RecordError(
            f"the list of files is of version {version}; this threatsim reads versions up to {_VERSION}",
            path=path,
            fault="newer",
            hint="Read it with the threatsim that wrote it, or a later one.",
        )
    files = data.get("files") if isinstance(data, dict) else None
    if version != _VERSION or not isinstance(files, dict) or not all(isinstance(x, str) for x in files.values()):
        raise RecordError("the list of the report's files is damaged", path=path, fault="damaged")
    return files


def file_states(folder: Path, listed: dict[str, str]) -> list[FileState]:
    """Return how every file that is listed or there stands to the list, in the order of their names."""
    there = set(_names(folder))
    return [FileState(name, _state(folder, name, listed, there)) for name in sorted(there | listed.keys())]


def _state(folder: Path, name: str, listed: dict[str, str], there: set[str]) -> State:
    if name not in listed:
        return "added"
    if name not in there:
        return "missing"
    if not (folder / name).resolve().is_relative_to(folder.resolve()):
        return "differs"  # what is read later may be another file than what is checked
    try:
        status = (folder / name).stat()
        # A file with holes is of any size at no cost to who sends it, and hashing it takes hours. No file system
        # packs what a report holds a hundredfold.
        if hasattr(status, "st_blocks") and status.st_size > max(1000 * MEGABYTE, 100 * 512 * status.st_blocks):
            return "differs"
        return "ok" if _sha256(folder / name) == listed[name] else "differs"
    except (OSError, InputError):
        return "differs"


def _names(folder: Path) -> Iterator[str]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path not in (folder / MANIFEST_NAME, folder / SIGNATURE_NAME):
            yield path.relative_to(folder).as_posix()


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with open_foreign(path, "file of a report") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
