"""What a layout of an archive is: the tables it is told by, and how their rows are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from threatsim.cases.layouts.picture_files import PictureFiles
from threatsim.common.errors import InputError


@dataclass(frozen=True)
class LabelledImage:
    """An image of an archive and what is known of it.

    Attributes:
        name: what it is called, unique in the archive.
        file: where it lies.
        label: 1 with the finding, else 0.
        split: train or test where the archive says so, else empty; later train, calibration or test.
        patient: the patient (or lesion) it is of; its own name where that is not known.
        place: file and line of its row.
    """

    name: str
    file: Path
    label: int
    split: str
    patient: str
    place: str

    def at_its_row(self, error: InputError) -> InputError:
        """Return what is wrong with its file, with the row that names it."""
        text = f"{error.message}; its row is {self.place}"
        return InputError(text, given=error.given, hint=error.hint, location=error.location)


@dataclass(frozen=True)
class LayoutFiles:
    """A layout's files in a folder.

    Attributes:
        folder: the archive.
        tables: its tables of labels, in the order in which the layout names them.
        pictures: all files of pictures below it.
        finding: what label 1 is to stand for, one of the layout's findings.
    """

    folder: Path
    tables: tuple[Path, ...]
    pictures: PictureFiles
    finding: str


Reader = Callable[[LayoutFiles], Iterator[LabelledImage | InputError]]
"""What is in the tables, row by row: an image, or what is wrong with the row."""


@dataclass(frozen=True)
class Layout:
    """One way in which archives are laid out.

    Attributes:
        name: short name.
        title: what it is, for a user.
        modality: the kind of image it has; empty where the folder's name says that.
        tables: patterns of its tables of labels, from the archive's folder; it is recognised by the first ones that
            are there.
        read: reads the tables.
        findings: what label 1 may stand for, the default first.
        source: where it is published, with its reference.
        several: whether tables that fit one pattern are parts of one archive (training and test), and not two versions.
    """

    name: str
    title: str
    modality: str
    tables: tuple[str, ...]
    read: Reader
    findings: tuple[str, ...]
    source: str
    several: bool = True

    def found_in(self, folder: Path) -> tuple[Path, ...]:
        """Find the layout's tables in a folder; none where it is laid out otherwise."""
        return tuple(path for pattern in self.tables for path in sorted(folder.glob(pattern)) if path.exists())
