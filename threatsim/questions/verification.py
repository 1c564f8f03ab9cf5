"""Whether the answer to a question is what it was when it was written: its record, its name, its files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from threatsim.common.errors import InputError
from threatsim.common.files import read_foreign
from threatsim.experiment.record.record import RECORD_NAME
from threatsim.experiment.record.verification import Check, check_files, check_versions
from threatsim.questions.answer_record import identity_of


def answer_in(folder: Path) -> dict[str, Any] | None:
    """Return the record of a sweep, break-even, sensitivity or optimisation in a folder; None if it holds none."""
    try:
        found = json.loads(read_foreign(folder / RECORD_NAME, "run record"))
    except (OSError, InputError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("question"), str) else None


def verify_answer(folder: Path, record: dict[str, Any]) -> list[Check]:
    """Check an answer without running anything.

    Args:
        folder: where it lies.
        record: as `answer_in` gives it.
    """
    inputs, options, versions = (record.get(name) for name in ("inputs", "options", "versions"))
    known = isinstance(inputs, str) and isinstance(options, dict)
    identity = identity_of(record["question"], inputs, options) if known else ""  # type: ignore[arg-type]
    named = bool(identity) and folder.resolve().name.endswith(identity)
    return [
        Check(artefact="record", state="ok", detail=f"{record['question']} of {record.get('scenario', '?')}"),
        Check(
            artefact="name of the folder",
            state="ok" if named else "differs",
            detail=identity if named else f"the record's inputs and options give {identity or 'none'}",
        ),
        *check_files(folder, wanted=True),
        *check_versions(versions if isinstance(versions, dict) else {}),
    ]
