"""From a report's folder to its kind and its headline."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import from_json

from threatsim.catalogue.written.report_kinds import ReportKindRow, kind_of
from threatsim.common.errors import InputError, RecordError, ThreatsimError
from threatsim.common.files import read_foreign
from threatsim.experiment.record.manifest import read_manifest
from threatsim.experiment.record.record import RECORD_NAME
from threatsim.experiment.record.record_reading import read_record, record_file
from threatsim.questions.answer_record import AnswerRecord
from threatsim.report.listing.headline import Headline

_AGAIN = "Ask the question again: what is finished is kept."


class KnownReport(NamedTuple):
    """A report of a known kind: the kind, and the record as it is written."""

    kind: ReportKindRow
    record: dict[str, Any]

    def headline(self, folder: Path) -> Headline:
        """Return what a list shows of it.

        Raises:
            RecordError: the record is damaged.
        """
        source = answer_record(self, folder) if self.kind.findings else self.record
        try:
            found: Headline = self.kind.resolve()(source)
        except (ValueError, KeyError, IndexError, TypeError) as error:  # of a record that was written by hand
            if self.kind.checked:
                self.kind.resolve(self.kind.checked)(folder)  # says it better
            raise _damaged(folder, error) from None
        return found


def known_report(folder: Path) -> KnownReport:
    """Return the kind and the record of a report that is as it was written.

    The list of its files vouches for the record; where that does not, or is absent, the record must agree with itself,
    which takes ten times as long to tell.

    Raises:
        RecordError: there is none, it is damaged, was edited, or is of no kind that is known here.
    """
    file = record_file(folder)
    try:
        data = read_foreign(file, "run record")
        record = from_json(data, allow_inf_nan=False)
    except (OSError, InputError, ValueError):
        record = data = None
    kind = kind_of(record)
    if kind is None:
        if isinstance(record, dict) and isinstance(question := record.get("question"), str):
            text = f"answers a question that this threatsim does not know: '{question[:40]}'"
            raise RecordError(text, path=file, fault="newer", hint="Read it with the threatsim that wrote it.")
        read_record(folder)  # says what is wrong
        raise RecordError("is no report", path=file, fault="foreign")
    if not _listed(file.parent, data):
        if not kind.checked:
            text = "the record is not the one that the list of its files names: it was edited, or the list is gone"
            raise RecordError(text, path=file, fault="edited", hint=_AGAIN)
        kind.resolve(kind.checked)(folder)
    return KnownReport(kind, record)


def answer_record(known: KnownReport, folder: Path) -> AnswerRecord[Any]:
    """Return the record of an answer, checked.

    Raises:
        RecordError: it is damaged.
    """
    findings = known.kind.resolve(known.kind.findings)
    try:
        found: AnswerRecord[Any] = AnswerRecord[findings].model_validate(known.record)  # type: ignore[valid-type]
    except ValidationError as error:
        raise _damaged(folder, error) from None
    return found


def _damaged(folder: Path, error: Exception) -> RecordError:
    where = repr(error)
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        where = f"{'.'.join(str(part) for part in first['loc']) or 'the whole'}: {first['msg']}"
    text = f"the record is damaged or was edited: {where}"
    return RecordError(text, path=folder / RECORD_NAME, fault="damaged")


def _listed(folder: Path, data: bytes | None) -> bool:
    """Return whether the list of a report's files names this record."""
    try:
        listed = (read_manifest(folder) or {}).get(RECORD_NAME, "")
    except ThreatsimError:
        return False
    return data is not None and hashlib.sha256(data).hexdigest() == listed
