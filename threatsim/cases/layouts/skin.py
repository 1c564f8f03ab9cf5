"""Published archives of dermoscopic photographs: the ISIC challenges, and HAM10000."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from threatsim.cases.layouts.layout import LabelledImage, Layout, LayoutFiles
from threatsim.cases.layouts.tables import LabelRow, read_table
from threatsim.common.errors import InputError

HAM_FINDINGS = ("mel", "akiec", "bcc", "bkl", "df", "nv", "vasc")


@dataclass(frozen=True)
class Challenge:
    """How the ground truth of one year's challenge is written.

    Attributes:
        image: column of the image's name.
        columns: finding -> its column of 0 and 1, the default finding first.
        lesions: table beside it with the lesion of each image; empty if there is none.
        lesion: column of the lesion or patient, in that table or in the ground truth; empty if there is none.
    """

    image: str
    columns: dict[str, str]
    lesions: str = ""
    lesion: str = ""

    def read(self, found: LayoutFiles) -> Iterator[LabelledImage | InputError]:
        """Read the ground truth of all parts that are there; the part is in the name of its file."""
        lesions = self._lesions(found.folder)
        for table in found.tables:
            for row in read_table(table, self.image, *self.columns.values()):
                try:
                    yield self._image(found, row, _split_of(table, found), lesions)
                except InputError as error:
                    yield error

    def _image(self, found: LayoutFiles, row: LabelRow, split: str, lesions: dict[str, str]) -> LabelledImage:
        name = row.text(self.image)
        file = found.pictures.of(row, self.image)
        there = [finding for finding, column in self.columns.items() if row.is_one(column)]
        if len(there) > 1:
            column = self.columns[there[1]]
            raise row.wrong(column, f"image '{name}' has {len(there)} diagnoses, {' and '.join(there)}; one is allowed")
        patient = lesions.get(name) or (row.text(self.lesion) if not self.lesions and self.lesion else "") or name
        return LabelledImage(name, file, int(found.finding in there), split, patient, f"{row.table}:{row.line}")

    def _lesions(self, folder: Path) -> dict[str, str]:
        tables = sorted(folder.glob(self.lesions)) if self.lesions else []
        rows = (row for table in tables for row in read_table(table, self.image, self.lesion))
        return {row.text(self.image): row.text(self.lesion) for row in rows}


def _split_of(table: Path, found: LayoutFiles) -> str:
    """Return the part that a table of ground truth is of by its name; empty where it is the only one."""
    if len(found.tables) == 1:
        return ""
    return "test" if "_Test_" in table.name else "train"


def read_2016(found: LayoutFiles) -> Iterator[LabelledImage | InputError]:
    """Read the ground truth of 2016, which has no header.

    The training part says benign and malignant, the test part 0.0 and 1.0; malignant is melanoma there.
    """
    for table in found.tables:
        for row in read_table(table, "image", "diagnosis", headed=False):
            try:
                name, file = row.text("image"), found.pictures.of(row, "image")
                malignant = row.one_of("diagnosis", ("benign", "malignant", "0.0", "1.0")) in ("malignant", "1.0")
                place = f"{row.table}:{row.line}"
                yield LabelledImage(name, file, int(malignant), _split_of(table, found), name, place)
            except InputError as error:
                yield error


def _of_year(year: str, tables: str, challenge: Challenge, *, several: bool = True) -> Layout:
    """Describe a year's challenge; its tables lie in the archive's folder, or in folders that are called as they."""
    return Layout(
        name=f"isic_{year}",
        title=f"ISIC challenge {year}, ground truth",
        modality="dermoscopy",
        tables=(f"{tables}.csv", f"{tables}/{tables}.csv"),
        read=challenge.read,
        findings=tuple(challenge.columns),
        source=f"challenge.isic-archive.com/data, {year}",
        several=several,
    )


def _by_code(*codes: str) -> dict[str, str]:
    return {code: code for code in codes}


def read_ham(found: LayoutFiles) -> Iterator[LabelledImage | InputError]:
    """Read `HAM10000_metadata.csv`; several images may be of one lesion."""
    for row in read_table(found.tables[0], "lesion_id", "image_id", "dx"):
        try:
            name, lesion = row.text("image_id"), row.text("lesion_id")
            file = found.pictures.of(row, "image_id")
            diagnosis = row.one_of("dx", HAM_FINDINGS)
            if not lesion:
                raise row.wrong("lesion_id", f"image '{name}' has no lesion")
            yield LabelledImage(name, file, int(diagnosis == found.finding), "", lesion, f"{row.table}:{row.line}")
        except InputError as error:
            yield error


LAYOUTS = (
    Layout(
        name="isic_2016",
        title="ISIC challenge 2016, ground truth",
        modality="dermoscopy",
        tables=("ISBI2016_ISIC_Part3_*_GroundTruth.csv",),
        read=read_2016,
        findings=("melanoma",),
        source="Gutman et al. 2016, arXiv 1605.01397; challenge.isic-archive.com/data, 2016",
    ),
    _of_year(
        "2017",
        "ISIC-2017_*_Part3_GroundTruth",
        Challenge("image_id", _by_code("melanoma", "seborrheic_keratosis")),
    ),
    _of_year(
        "2018",
        "ISIC2018_Task3_*_GroundTruth",
        Challenge(
            "image",
            _by_code("MEL", "NV", "BCC", "AKIEC", "BKL", "DF", "VASC"),
            "ISIC2018_Task3_*_LesionGroupings.csv",
            "lesion_id",
        ),
    ),
    _of_year(
        "2019",
        "ISIC_2019_*_GroundTruth",
        Challenge(
            "image",
            _by_code("MEL", "NV", "BCC", "AK", "BKL", "DF", "VASC", "SCC", "UNK"),
            "ISIC_2019_Training_Metadata.csv",
            "lesion_id",
        ),
    ),
    _of_year(
        "2020",
        "ISIC_2020_Training_GroundTruth*",
        Challenge("image_name", {"melanoma": "target"}, lesion="patient_id"),
        several=False,
    ),
    Layout(
        name="ham10000",
        title="HAM10000",
        modality="dermoscopy",
        tables=("HAM10000_metadata.csv", "HAM10000_metadata"),
        read=read_ham,
        findings=HAM_FINDINGS,
        source="Tschandl et al. 2018, Scientific Data 5:180161, doi 10.7910/DVN/DBW86T",
        several=False,
    ),
)
