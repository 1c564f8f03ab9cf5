"""An archive's images by split, known from its tables and the names of its files before a pixel is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from threatsim.cases.layouts.known import looked_for, recognise
from threatsim.cases.layouts.layout import LabelledImage, Layout, LayoutFiles
from threatsim.cases.layouts.picture_files import AbsentImageError, PictureFiles
from threatsim.cases.layouts.splits import assigned, check_classes, check_patients, without_twins
from threatsim.common.errors import InputError
from threatsim.common.shell import quoted


@dataclass(frozen=True)
class ArchiveListing:
    """What an archive has.

    Attributes:
        folder: the archive.
        modality: a kind of image.
        layout: how it is laid out.
        finding: what label 1 stands for.
        images: with their splits, in the order of the tables.
        left_out: how many images of the tables are in no split, since they show a tested patient.
        problems: what is wrong, in the order of the rows; an archive with any is not used.
        chosen: whether the finding was asked for, and is not merely the first of the layout.
    """

    folder: Path
    modality: str
    layout: Layout
    finding: str
    images: tuple[LabelledImage, ...]
    left_out: int
    problems: tuple[InputError, ...]
    chosen: bool = False

    def check(self) -> None:
        """Refuse an archive with which something is wrong.

        Raises:
            InputError: the first problem.
        """
        if not self.problems:
            return
        first, more = self.problems[0], len(self.problems) - 1
        if more and not first.hint:
            first.hint = f"There are {more:,} more problems; `threatsim images check {quoted(self.folder)}` lists them."
        raise first


def list_archive(folder: Path, modality: str, *, finding: str | None = None) -> ArchiveListing:
    """List the images of an archive.

    Args:
        folder: the archive.
        modality: what its images are to show.
        finding: what label 1 is to stand for, of the layout's findings; the first of them if None.

    Raises:
        InputError: no layout is recognised, or two are; it is of another modality, has no such finding, or a table
            cannot be read or lacks a column.
    """
    here = recognise(folder)
    if here is None:
        text = f"the archive has no labels.csv, nor a table of a published layout. Looked for: {looked_for()}"
        raise InputError(text, given=str(folder), location=str(folder))
    layout, tables = here.layout, here.tables
    if layout.modality not in ("", modality):
        raise InputError(
            f"{layout.title} is of {layout.modality}, and {modality} is wanted", given=modality, location=str(folder)
        )
    if finding is not None and layout.modality and finding not in layout.findings:
        raise InputError(
            f"{layout.title} has no finding '{finding}'; it has {', '.join(layout.findings)}",
            given=finding,
            allowed=layout.findings,
            location=str(folder),
        )
    chosen = bool(finding and layout.modality)
    wanted = finding if finding and layout.modality else layout.findings[0]
    found = LayoutFiles(folder, tables, PictureFiles(folder), wanted)
    read = list(layout.read(found))
    rows = [one for one in read if isinstance(one, LabelledImage)]
    problems = _of_another_year(found, layout, [one for one in read if isinstance(one, InputError)], rows)
    images: Sequence[LabelledImage] = rows
    try:
        if not problems:
            images = _in_splits(rows, found)
    except InputError as error:
        problems = [error]
    left_out = len(rows) - len(images)
    return ArchiveListing(folder, modality, layout, found.finding, tuple(images), left_out, tuple(problems), chosen)


def _in_splits(rows: Sequence[LabelledImage], found: LayoutFiles) -> list[LabelledImage]:
    table = found.tables[0]
    if not rows:
        raise InputError(f"{table.name} names no image", given=str(table), location=f"{table}:1:1")
    repeated = [name for name, count in Counter(row.name for row in rows).items() if count > 1]
    if repeated:
        place = [row.place for row in rows if row.name == repeated[0]][1]
        raise InputError(f"image '{repeated[0]}' is listed twice", given=repeated[0], location=f"{place}:1")
    check_patients(rows, table)
    images = without_twins(assigned(rows), found.folder / "overlaps.csv")
    check_classes(images, table)
    return images


def _of_another_year(
    found: LayoutFiles, layout: Layout, problems: list[InputError], rows: Sequence[LabelledImage]
) -> list[InputError]:
    """Say once that the tables are not of these pictures, where not one of those that they name is here."""
    absent = [problem for problem in problems if isinstance(problem, AbsentImageError)]
    if rows or len(absent) < 2 or len(absent) < len(problems):
        return problems
    table = found.tables[0]
    if not len(found.pictures):
        here = "there are no pictures below the folder"
    else:
        here = f"the {len(found.pictures):,} pictures here are called otherwise, as {found.pictures.example()}"
    return [
        InputError(
            f"none of the {len(absent):,} images that {table.name} names, as {absent[0].given}, is here; {here}",
            given=str(table),
            location=str(table),
            hint=f"Is it the table of another year or part? {layout.title} has its pictures beside it, or in folders.",
        )
    ]
