"""Whether the report that a run would write is there already, whole and as it was written."""

from __future__ import annotations

from pathlib import Path

from threatsim.common.errors import ThreatsimError
from threatsim.experiment.record.record import RunRecord
from threatsim.experiment.record.record_reading import read_record
from threatsim.experiment.record.verification import verify


def report_there(
    folder: Path, inputs_fingerprint: str, *, patterns: bool, page: bool, claims: bool
) -> RunRecord | None:
    """Return the record of the report in a folder; None if a run must write it, or write it again.

    Args:
        folder: where the report belongs.
        inputs_fingerprint: hash of everything that its results depend on.
        patterns, page, claims: whether the market is to be held against patterns, and whether the page and every claim
            are wanted; a report without what is wanted does not count, one with more does.
    """
    if not folder.is_dir():
        return None
    try:
        record = read_record(folder)
        whole = all(check.state != "differs" for check in verify(folder))
    except ThreatsimError:
        return None
    wanted = [
        not patterns or record.patterns,
        not page or (folder / "report.html").is_file(),
        not claims or (folder / "claims").is_dir(),
    ]
    return record if whole and record.inputs_fingerprint == inputs_fingerprint and all(wanted) else None
