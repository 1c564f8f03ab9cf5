"""Reads a run record back, and refuses one that is cut short, edited, newer or no record at all."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from threatsim.catalogue.written.report_kinds import kind_of
from threatsim.common.errors import InputError, RecordError
from threatsim.common.files import read_foreign
from threatsim.experiment.record.assembly import inputs_of, results_fingerprint
from threatsim.experiment.record.fingerprint import run_id
from threatsim.experiment.record.record import RECORD_NAME, RunRecord

NEWEST_VERSION = 1
_MOST_SUGGESTIONS = 3


def read_record(path: Path | str) -> RunRecord:
    """Return the record of a report, which agrees with its own fingerprints.

    Args:
        path: the report's folder, or its record.json.

    Raises:
        RecordError: if there is none (the nearest reports are named), or it is cut short, was edited, was
            written by a newer threatsim, or is no record.
    """
    record = read_unchecked(path)
    file = record_file(path)
    hint = "Run the scenario again for figures that can be relied on."
    if not inputs_agree(record):
        raise RecordError(
            "the record was edited: what it says of the run's inputs does not match their fingerprint",
            path=file,
            fault="edited",
            hint=hint,
        )
    if not results_agree(record):
        text = "the record was edited: its results do not match their fingerprint"
        raise RecordError(text, path=file, fault="edited", hint=hint)
    return record


def read_unchecked(path: Path | str) -> RunRecord:
    """Return the record of a report, whether or not it agrees with its fingerprints (`inputs_agree`, `results_agree`).

    Raises:
        RecordError: if there is none, or it is cut short, of a newer threatsim, or no record.
    """
    file = record_file(path)
    try:
        text = read_foreign(file, "run record").decode()
    except FileNotFoundError:
        raise _missing(Path(path)) from None
    except UnicodeDecodeError:
        raise RecordError("is not a run record: it is not text", path=file, fault="foreign") from None
    except InputError as error:
        raise RecordError(error.message, path=file, fault="damaged") from None
    data = _parsed(file, text)
    try:
        return RunRecord.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        text = f"the record is damaged or was edited: {where}: {first['msg']}"
        raise RecordError(text, path=file, fault="damaged") from None


def record_file(path: Path | str) -> Path:
    """Return the record of a report's folder; any other path is taken for a record's own."""
    given = Path(path)
    try:
        return given / RECORD_NAME if given.is_dir() else given
    except (OSError, ValueError):
        return given


def inputs_agree(record: RunRecord) -> bool:
    """Return whether what a record says of its inputs gives their fingerprint and the run id."""
    try:
        found = inputs_of(record).fingerprint
        return (record.inputs_fingerprint, record.run_id) == (found, run_id(found))
    except ValueError:  # NaN and infinities, which JSON lacks and Python reads
        return False


def results_agree(record: RunRecord) -> bool:
    """Return whether the results in a record give their fingerprint."""
    try:
        return record.results_fingerprint == results_fingerprint(record)
    except ValueError:
        return False


def _parsed(file: Path, text: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        if isinstance(error, json.JSONDecodeError) and text.lstrip().startswith("{"):
            raise RecordError(
                f"the record is cut short or damaged: {error.msg}",
                path=file,
                fault="damaged",
                location=f"{file}:{error.lineno}:{error.colno}",
                hint="Run the scenario again to write it anew.",
            ) from None
        raise RecordError("is not a run record: it is not JSON", path=file, fault="foreign") from None
    kind = kind_of(data)
    if kind is not None and kind.findings:
        text = f"is {kind.phrase}, where the report of a run is wanted"
        raise RecordError(text, path=file, fault="foreign", hint=kind.use)
    if not isinstance(data, dict) or "record_version" not in data:
        raise RecordError("is not a run record: it has no record_version", path=file, fault="foreign")
    version = data["record_version"]
    if isinstance(version, int) and version > NEWEST_VERSION:
        raise RecordError(
            f"the record is of version {version}; this threatsim reads versions up to {NEWEST_VERSION}",
            path=file,
            fault="newer",
            hint="Read it with the threatsim that wrote it, or a later one.",
        )
    return data


_NONE_HERE: Final = (
    "Names are looked up in reports/ of the folder that you are in: `threatsim run` writes there, and "
    "`threatsim reports` lists what is there."
)


def _missing(given: Path) -> RecordError:
    nearest = _nearest_reports(given)
    hint = f"Nearest: {', '.join(nearest)}." if nearest else _NONE_HERE if given.name == str(given) else None
    what = f"has no {RECORD_NAME}, so it is not a report" if given.is_dir() else "there is no such report"
    if record_file(given).is_symlink():
        what = f"its {RECORD_NAME} is a link to a file that is not there"
    return RecordError(what, path=given, fault="missing", hint=hint)


def _nearest_reports(given: Path) -> list[str]:
    """Return reports below the nearest folder that exists, those with the most similar path first."""
    root = given
    while not root.is_dir() and root != root.parent:
        root = root.parent
    if root == root.parent:
        return []
    found = {
        str(record.parent)
        for pattern in ("*", "*/*", "reports/*/*")  # no deeper: the folder may be a whole home
        for record in root.glob(f"{pattern}/{RECORD_NAME}")
        if not record.parent.name.startswith(".")
    }
    close = difflib.get_close_matches(str(given), sorted(found), n=_MOST_SUGGESTIONS, cutoff=0.3)
    return close or sorted(found)[:_MOST_SUGGESTIONS]
