"""The rows of all reports in some folders, kept between visits: a record is read once, and again when it changes.

What is kept is a copy and never the only one: it is thrown away where it cannot be read, and made anew from the files.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from threatsim.common.cache import cache_folder
from threatsim.common.files import write_text
from threatsim.experiment.kept_replicates import folder_beside
from threatsim.experiment.record.manifest import MANIFEST_NAME
from threatsim.experiment.record.record import RECORD_NAME
from threatsim.report.labels import label_file
from threatsim.view.runs import RunRow, id_of, record_there, report_folders, row_of

_FORMAT: Final = 3
_SAVE_EVERY: Final = 50
"""Rows that are read between two savings, at least; every saving writes all rows, so many are saved more rarely."""


class RunIndex:
    """The rows of the reports in some folders.

    Args:
        folders: where reports lie.
        kept: file that rows are kept in; None for the user's cache.
    """

    def __init__(self, folders: Sequence[Path], kept: Path | None = None) -> None:
        self.folders = [folder.resolve() for folder in folders]
        self._kept = kept or cache_folder() / "view" / "rows.json"
        self._rows: dict[str, tuple[list[Any], RunRow]] = self._load()
        self._lock = threading.Lock()
        self._reading: threading.Thread | None = None

    def rows(self) -> tuple[list[RunRow], int]:
        """Return the rows that are known, the newest first, and how many are still being read.

        The first look at many records takes its time; it goes on in a thread of its own.
        """
        found = [folder for root in self.folders for folder in report_folders(root)]
        # A run that goes on is another row at every look, and there is no record to read of it.
        unfinished = [row_of(folder) for folder in found if not record_there(folder)]
        there = {str(folder): _stamp(folder) for folder in found if record_there(folder)}
        with self._lock:
            for path in [path for path in self._rows if path not in there and self._is_here(Path(path))]:
                del self._rows[path]  # its report was deleted
            known = {path: row for path, (stamp, row) in self._rows.items() if there.get(path) == stamp}
            missing = [path for path in there if path not in known]
            if missing and (self._reading is None or not self._reading.is_alive()):
                self._reading = threading.Thread(target=self._read, args=(missing, there), daemon=True)
                self._reading.start()
        rows = [*known.values(), *unfinished]
        return sorted(rows, key=lambda row: (row.written, row.path), reverse=True), len(missing)

    def all_rows(self) -> list[RunRow]:
        """Return the rows of all reports, once every one is read."""
        while True:
            rows, missing = self.rows()
            if not missing:
                return rows
            reading = self._reading
            if reading is not None:
                reading.join()

    def folder_of(self, run: str) -> Path | None:
        """Return the folder of the report that an address names; None if there is none in these folders."""
        with self._lock:
            listed = [Path(path) for path, (_, row) in self._rows.items() if row.id == run]
        for folder in listed:
            if self._is_here(folder) and record_there(folder):
                return folder
        for root in self.folders:
            for folder in report_folders(root):
                if id_of(folder) == run:
                    return folder
        return None

    def _is_here(self, folder: Path) -> bool:
        """Return whether a folder that is listed lies in those that are shown: rows are kept of others as well."""
        return ".." not in folder.parts and any(folder.is_relative_to(root) for root in self.folders)

    def _read(self, missing: Sequence[str], there: dict[str, list[Any]]) -> None:
        unsaved = 0
        for path in missing:
            row = row_of(Path(path))
            with self._lock:
                self._rows[path] = (there[path], row)
            unsaved += 1
            if unsaved >= max(_SAVE_EVERY, len(self._rows) // 4):
                self._save()
                unsaved = 0
        if unsaved:
            self._save()

    def _load(self) -> dict[str, tuple[list[Any], RunRow]]:
        try:
            found = json.loads(self._kept.read_text(encoding="utf-8"))
            if found["format"] != _FORMAT:
                return {}
            return {path: (stamp, RunRow.model_validate(row)) for path, (stamp, row) in found["rows"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def _save(self) -> None:
        with self._lock:
            rows = {path: [stamp, row.model_dump(mode="json")] for path, (stamp, row) in self._rows.items()}
        try:
            write_text(self._kept, json.dumps({"format": _FORMAT, "rows": rows}, ensure_ascii=False))
        except OSError:
            return  # nothing is lost: the rows are made again


def _stamp(folder: Path) -> list[Any]:
    """Return what changes when a report or its label does."""
    found: list[Any] = []
    for path in (
        folder / RECORD_NAME,
        folder / MANIFEST_NAME,
        label_file(folder),
        folder_beside(folder),
    ):
        try:
            status = path.stat()
            found += [status.st_mtime_ns, status.st_size]
        except OSError:
            found += [0, 0]
    return found
