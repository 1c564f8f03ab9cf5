"""Writes a report folder, whole or not at all."""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from threatsim.common.errors import InputError, ThreatsimError
from threatsim.experiment.record.columns import write_columns
from threatsim.experiment.record.fingerprint import canonical_json
from threatsim.experiment.record.manifest import write_manifest
from threatsim.experiment.record.record import RECORD_NAME, RunRecord
from threatsim.market.result import ReplicateResult

_STALE_SECONDS = 3600.0
_BESIDE: Final[Mapping[str, str]] = {
    "partial": "a report that was not written to its end",
    "replaced": "an earlier report that a newer one replaced",
    "probe": "a trial of whether the folder can be written to",
}
"""What may stand beside a report while it is written: end of the name -> what it is, in words."""


def check_writable(folder: Path) -> None:
    """Make sure, before a run starts, that its report can be written to `folder`; leave no trace.

    Raises:
        InputError: if it lies below a file, or its name is no UTF-8 text, below which no Parquet file can be opened.
        ThreatsimError: if the folder cannot be made or written to, or holds something that is not a report.
    """
    name = str(folder.absolute())
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise InputError("has a name that is no UTF-8 text", given=name, location=name, hint=_HINT) from error
    try:
        _refuse_foreign(folder)
        existing = folder.parent
        while not existing.exists() and existing != existing.parent:
            existing = existing.parent
        if not existing.is_dir():
            text, place = "is a file, so no report can be written below it", str(existing)
            raise InputError(text, given=place, location=place, hint=_HINT)
        probe = _sibling(existing / folder.name, "probe")
        probe.mkdir()
        probe.rmdir()
    except OSError as error:
        raise _unwritable(folder, error) from error


def write_report(
    folder: Path,
    record: RunRecord,
    replicate_results: Sequence[ReplicateResult],
    *,
    extra: Callable[[Path], None] | None = None,
) -> Path:
    """Write a report: record.json; weekly, providers, claims_sample and decisions as Parquet; and a list of its files.

    Everything is written beside `folder` and moved there at the end, so that a report is whole or absent. An
    earlier report in `folder` is replaced. The bytes depend on the record and the results only.

    Args:
        folder: the report's own folder; its parents are made.
        record: the record.
        replicate_results: the replicates, in the order of the rows wanted.
        extra: writes further files of the report into the folder that it is given.

    Returns:
        `folder`.

    Raises:
        ThreatsimError: if the folder cannot be written to, or holds something that is not a report.
    """
    _refuse_foreign(folder)
    partial = _sibling(folder, "partial")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        partial.mkdir()
        write_record(partial / RECORD_NAME, record)
        write_columns(partial, replicate_results)
        if extra is not None:
            extra(partial)
        write_manifest(partial)
        _move_into_place(partial, folder)
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def write_record(path: Path, record: RunRecord) -> None:
    """Write a record as canonical JSON: sorted keys, shortest round-trip floats, no times, no paths."""
    path.write_text(canonical_json(record.model_dump(mode="json"), indent=1) + "\n", encoding="utf-8", newline="\n")


_HINT = "Name another folder with --out."


def _move_into_place(partial: Path, folder: Path) -> None:
    if not folder.exists():
        partial.rename(folder)
        return
    replaced = _sibling(folder, "replaced")
    folder.rename(replaced)
    try:
        partial.rename(folder)
    except BaseException:
        try:
            replaced.rename(folder)
        except OSError as error:
            raise ThreatsimError(
                f"the report could neither be replaced nor put back: {error.strerror or error}",
                location=str(folder),
                hint=f"The earlier one lies in {replaced}.",
            ) from error
        raise
    shutil.rmtree(replaced, ignore_errors=True)


def _refuse_foreign(folder: Path) -> None:
    """Refuse to replace a folder that is no report: never remove a user's own files."""
    try:
        holds_other = folder.is_dir() and any(folder.iterdir()) and not (folder / RECORD_NAME).is_file()
        if holds_other or (folder.exists() and not folder.is_dir()):
            raise ThreatsimError(
                "is there already and is not a report, so it is not replaced",
                location=str(folder),
                hint=_HINT,
            )
    except OSError as error:
        raise _unwritable(folder, error) from error


def _sibling(folder: Path, what: str) -> Path:
    return folder.parent / f".{folder.name[:100]}.{os.getpid()}.{what}"


def left_beside(path: Path) -> str:
    """Return what a folder beside a report is that a killed run has left, in words; empty if it is none, or is needed.

    An earlier report that was moved aside is needed until the newer one is in its place: it is all that there is.
    """
    name, process, what = [*path.name.rsplit(".", 2), "", ""][:3]
    if not (name.startswith(".") and process.isdecimal() and what in _BESIDE):
        return ""
    needed = what == "replaced" and not path.with_name(name[1:]).exists()
    return "" if needed else _BESIDE[what]


def _sweep(folder: Path) -> None:
    """Remove what a killed run has left; what is young may belong to a run that is writing now."""
    for what in _BESIDE:
        for leftover in folder.parent.glob(f".{glob.escape(folder.name[:100])}.*.{what}"):
            with contextlib.suppress(OSError):
                if time.time() - leftover.stat().st_mtime < _STALE_SECONDS:
                    continue
                if what == "replaced" and not folder.exists():
                    leftover.rename(folder)  # killed in between: it is all that there is of the report
                else:
                    shutil.rmtree(leftover)


def _unwritable(folder: Path, error: OSError) -> ThreatsimError:
    return ThreatsimError(
        f"the report cannot be written there: {error.strerror or error}", location=str(folder), hint=_HINT
    )
