"""The files of pictures below a folder, by name: archives spread them over folders, and labels leave the ending out."""

from __future__ import annotations

import filecmp
import os
from functools import cached_property
from pathlib import Path

from threatsim.cases.layouts.tables import LabelRow
from threatsim.common.errors import InputError

ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".dcm")
"""Endings of files that are taken for pictures."""


class AbsentImageError(InputError):
    """A row names an image that is not there."""


class PictureFiles:
    """The pictures below a folder; the folder is searched once, when the first one is asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _by_name(self) -> dict[str, list[Path]]:
        found: dict[str, list[Path]] = {}
        for place, folders, files in os.walk(self._folder):
            folders.sort()
            for file in sorted(files):
                stem, ending = os.path.splitext(file)  # noqa: PTH122  a Path for each of 100,000 files takes seconds
                if ending.lower() in ENDINGS:
                    path = Path(place, file)
                    found.setdefault(file, []).append(path)
                    found.setdefault(stem, []).append(path)
        return found

    def __len__(self) -> int:
        return len({path for paths in self._by_name.values() for path in paths})

    def example(self) -> str:
        """Return the name of some picture; empty if there is none."""
        return next(iter(self._by_name), "")

    def of(self, row: LabelRow, column: str, *, within: str = "") -> Path:
        """Find the picture that a cell names, with or without the ending of its file.

        Args:
            row: the row.
            column: the cell.
            within: a word in the name of a folder that it must lie in; anywhere if empty.

        Raises:
            AbsentImageError: it is not there.
            InputError: there are several of the name, and they differ.
        """
        name = row.text(column)
        paths = self._by_name.get(name, []) if name else []
        if within:
            paths = [path for path in paths if within in str(path.parent.relative_to(self._folder))]
        if not paths:
            where = f"a folder of {self._folder.name} called '{within}'" if within else self._folder.name
            wrong = row.wrong(column, f"image '{name}' is not in {where}")
            raise AbsentImageError(wrong.message, given=wrong.given, location=wrong.location)
        if len(paths) > 1 and not all(filecmp.cmp(paths[0], path, shallow=False) for path in paths[1:]):
            places = " and ".join(str(path.relative_to(self._folder)) for path in paths[:2])
            raise row.wrong(column, f"image '{name}' is there as {places}, which differ; which one is meant?")
        return paths[0]
