"""Whether a report is what it was when it was written: its record, its fingerprints, its files, the versions here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from threatsim.common.errors import ThreatsimError
from threatsim.experiment.record.fingerprint import versions
from threatsim.experiment.record.manifest import MANIFEST_NAME, file_states, read_manifest
from threatsim.experiment.record.package_versions import versions_here
from threatsim.experiment.record.part import RecordPart
from threatsim.experiment.record.record import RECORD_NAME, RunRecord
from threatsim.experiment.record.record_reading import inputs_agree, read_unchecked, record_file, results_agree

State = Literal["ok", "differs", "note"]
SIGNATURE = "signature"
"""The artefact of the check of a report's signature."""
_OWN = re.compile(
    r"report\.(?:html|md)|[^/]*\.(?:json|parquet)|(?:charts|claims)/.*|.*\.(?:x?html?|mht(?:ml)?|md|pdf|svg)"
)
"""Names that a report's own files have, or that are opened as a page: index.html is what a web server shows."""
NO_FILE = "is no file of the report"
"""What is said of a file that the list does not name."""


class Check(RecordPart):
    """What was found of one artefact of a report."""

    artefact: str = Field(description="What was checked: record, fingerprint of the inputs, a file, a version, ...")
    state: State = Field(description="ok; differs; or note, for what makes no report wrong.")
    detail: str = Field(default="", description="What differs, or what there is to say.")


def verify(report: Path) -> list[Check]:
    """Check a report without running anything.

    Args:
        report: its folder, or its record.json.

    Raises:
        ThreatsimError: there is no record that can be read.
    """
    record = read_unchecked(report)
    return [
        Check(artefact="record", state="ok", detail=f"version {record.record_version}, run {record.run_id}"),
        *_fingerprints(record),
        *check_files(record_file(report).parent, wanted=record.listed),
        *check_versions(record.versions),
    ]


def _fingerprints(record: RunRecord) -> Iterator[Check]:
    for name, agrees, fingerprint in (
        ("inputs", inputs_agree(record), record.inputs_fingerprint),
        ("results", results_agree(record), record.results_fingerprint),
    ):
        yield Check(
            artefact=f"fingerprint of the {name}",
            state="ok" if agrees else "differs",
            detail=fingerprint[:12] if agrees else f"what the record says of the {name} gives another one",
        )


def check_files(folder: Path, *, wanted: bool) -> Iterator[Check]:
    """Yield what is found of every file of a report, by the list that was written with it.

    Args:
        folder: the report's.
        wanted: whether there must be such a list.
    """
    try:
        listed = read_manifest(folder)
    except ThreatsimError as error:
        yield Check(artefact=MANIFEST_NAME, state="differs", detail=error.message)
        return
    if wanted and RECORD_NAME not in (listed or {}):
        detail = "is missing, and the record says that there is one" if listed is None else "does not name the record"
        yield Check(artefact=MANIFEST_NAME, state="differs", detail=detail)
    if listed is None and wanted:
        return
    if listed is None:
        detail = "there is none, as in reports of earlier versions, so the other files are not checked"
        yield Check(artefact=MANIFEST_NAME, state="note", detail=detail)
        return
    for name, found in file_states(folder, listed):
        if found == "added":
            # A file of a name that reports have would be taken for one of the report, its page above all.
            state: State = "differs" if wanted and _OWN.fullmatch(_looks_like(name)) else "note"
            yield Check(artefact=name, state=state, detail=NO_FILE)
        elif found == "ok":
            yield Check(artefact=name, state="ok")
        else:
            detail = "is missing" if found == "missing" else "is not as it was written"
            yield Check(artefact=name, state="differs", detail=detail)


def _looks_like(name: str) -> str:
    """Return a name as people read it, and systems that do not tell cases apart: without what cannot be seen."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return "".join(one for one in plain if unicodedata.category(one) not in ("Cf", "Cc", "Mn")).lstrip(".").rstrip(". ")


def check_versions(recorded: Mapping[str, str]) -> Iterator[Check]:
    """Yield which versions are others here than when it ran, which makes no report wrong."""
    here = {**versions(), **versions_here(recorded)}
    differing = [name for name in recorded if recorded[name] != here.get(name, "absent")]
    for name in differing:
        what = "threatsim's code" if name == "source" else name
        detail = f"{recorded[name]} when it ran, {here.get(name, 'absent')} here"
        yield Check(artefact=f"version of {what}", state="note", detail=detail)
    if not differing:
        yield Check(artefact="versions", state="ok", detail="all as when it ran")
