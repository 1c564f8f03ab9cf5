"""Where reports lie, and the one that a user means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from threatsim.common.errors import InputError
from threatsim.experiment.record.record import RECORD_NAME

HOME = Path("reports")
"""Where `threatsim run` writes to by default."""

_ANSWER = re.compile(r"[a-z_-]+-[0-9a-f]{12}")
"""The name of an answer's folder (`answer_folder`); that of a run is its run id alone."""
_DEPTHS = ("", "*/", "*/*/", "*/*/*/")  # no deeper: the folder may be a whole home


def answer_folder(out: Path, scenario: str, question: str, identity: str) -> Path:
    """Return where the answer to a question is written, beside the runs of its scenario.

    Args:
        out: folder of all reports.
        scenario: name of the scenario.
        question: sweep, break-even, sensitivity, optimise, in_turn or calibrate.
        identity: twelve hex digits of what the answer stands on.
    """
    return out / scenario / f"{question}-{identity}"


def find_report(name: str | Path, home: Path = HOME) -> Path:
    """Return the report meant by a path; or below `home` by `latest`, a scenario's name, or the start of a run id.

    `latest` and a scenario's name mean runs: the answer to a question, as a sweep's, is named by its path or folder.

    Raises:
        InputError: several reports have a run id that starts so.
    """
    text = str(name)
    if "\0" in text or _exists(Path(text)) or not home.is_dir():
        return Path(text)
    found = newest_first(_folders(home))
    runs = [path for path in found if not _ANSWER.fullmatch(path.name)]
    if text == "latest":
        return (runs or found or [Path(text)])[0]
    of_scenario = [path for path in (runs or found) if path.parent.name == text]
    named = of_scenario or [path for path in found if path.name == text]  # a reference report has no folder for its run
    if named:
        return named[0]
    # An answer's folder has its question before its digits.
    of_run = [
        path
        for path in found
        if len(text) >= 4 and (path.name.startswith(text) or path.name.rpartition("-")[2].startswith(text))
    ]
    if len(of_run) > 1:
        reports = [str(path) for path in of_run]
        raise InputError(f"'{text}' is the start of {len(reports)} reports: {', '.join(reports)}", given=text)
    return of_run[0] if of_run else Path(text)


def report_and_arm(text: str, home: Path = HOME) -> tuple[Path, str | None]:
    """Return REPORT and ARM of REPORT or REPORT:ARM; a path that exists is taken whole, whatever colons it has."""
    path, colon, arm = text.rpartition(":")
    if colon and path and not _exists(Path(text)):
        return find_report(path, home), arm
    return find_report(text, home), None


def below(folder: Path, pattern: str) -> Iterator[Path]:
    """Yield what has such a name in a folder of reports and up to three levels below, but in no hidden folder.

    A link that leads nowhere is yielded too.
    """
    # Of a name without a wildcard, pathlib asks whether what it leads to is there.
    wild = pattern if "*" in pattern else f"[{pattern[0]}]{pattern[1:]}"
    for depth in _DEPTHS:
        for path in sorted(folder.glob(f"{depth}{wild}")):
            if not any(part.startswith(".") for part in path.parent.relative_to(folder).parts):
                yield path


def _folders(folder: Path) -> Iterator[Path]:
    return (record.parent for record in below(folder, RECORD_NAME) if record.is_file())


def newest_first(folders: Iterator[Path]) -> list[Path]:
    """Return folders of reports, that which was written last first."""
    return sorted(folders, key=lambda path: (-written_at(path), str(path)))


def written_at(path: Path) -> float:
    """Return when a report was written, in seconds; 0 for one that was deleted meanwhile."""
    try:
        return (path / RECORD_NAME).stat().st_mtime
    except OSError:
        return 0.0


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
