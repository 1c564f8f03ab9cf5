"""The reports in a folder, as `threatsim reports` lists them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pydantic import Field

from threatsim.common.errors import InputError, RecordError
from threatsim.experiment.record.part import RecordPart
from threatsim.experiment.record.record import RECORD_NAME
from threatsim.experiment.record.report_finder import HOME, below, newest_first, written_at
from threatsim.report.listing.report_reading import known_report


class ListedReport(RecordPart):
    """A report in a list; only path, size, time and problem are known of one that cannot be read."""

    path: str = Field(description="The report's folder.")
    written: str = Field(description="When its record was written: the file's time, UTC, ISO 8601.")
    size: int = Field(description="Bytes of all its files.")
    problem: str = Field(default="", description="Why it cannot be read; empty if it can.")
    kind: str = Field(default="", description="Name of its kind: run, sweep, calibrate ...; empty if it is not known.")
    scenario: str = Field(default="", description="Name of the scenario.")
    run_id: str = Field(default="", description="Run id; of an answer the digits that its folder ends in.")
    seed: int | None = Field(default=None, description="Root seed.")
    replicates: int | None = Field(default=None, description="Replicates of every arm; null where that varies.")
    arms: tuple[str, ...] = Field(default=(), description="Names of the arms.")
    about: tuple[str, ...] = Field(default=(), description="What was varied, chosen or fitted, a line each.")
    answer: tuple[str, ...] = Field(default=(), description="What was found, of an answer to a question.")


def list_reports(folder: Path = HOME) -> list[ListedReport]:
    """Return the reports in a folder and up to three levels below, the newest first.

    Raises:
        InputError: there is no such folder.
    """
    if not folder.is_dir():
        text, place = "there is no such folder", str(folder)
        raise InputError(text, given=place, hint="`threatsim run` makes reports.", location=place)
    records = below(folder, RECORD_NAME)  # one that is no file is told of as well
    return [_listed(path) for path in newest_first(record.parent for record in records)]


def _listed(path: Path) -> ListedReport:
    time = datetime.fromtimestamp(written_at(path), UTC)
    size = sum(map(_size, path.rglob("*")))
    there = ListedReport(path=str(path), written=time.isoformat(timespec="seconds"), size=size)
    try:
        known = known_report(path)
        found = known.headline(path)
    except RecordError as error:
        return there.model_copy(update={"problem": error.message})
    return there.model_copy(
        update={
            "kind": known.kind.name,
            **{name: getattr(found, name) for name in ("scenario", "run_id", "seed", "replicates", "about", "answer")},
            "arms": tuple(arm.name for arm in found.arms),
        }
    )


def _size(file: Path) -> int:
    try:
        return file.stat().st_size if file.is_file() else 0
    except OSError:
        return 0
