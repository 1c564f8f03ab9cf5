"""Published archives of fundus photographs, graded 0 to 4 for diabetic retinopathy; grade 2 or worse is referable."""

from __future__ import annotations

from collections.abc import Iterator

from threatsim.cases.layouts.layout import LabelledImage, Layout, LayoutFiles
from threatsim.cases.layouts.tables import LabelRow, read_table
from threatsim.common.errors import InputError

GRADES = ("0", "1", "2", "3", "4")
_REFERABLE = "referable diabetic retinopathy, grade 2 or worse"


def read_kaggle(found: LayoutFiles) -> Iterator[LabelledImage | InputError]:
    """Read `trainLabels.csv`, and `retinopathy_solution.csv` with the labels of the test part where it is there.

    Images are called NNN_left and NNN_right after the patient.
    """
    for table in found.tables:
        split = "" if len(found.tables) == 1 else "test" if table.name.startswith("retinopathy") else "train"
        for row in read_table(table, "image", "level"):
            try:
                file = found.pictures.of(row, "image")
                name, (patient, _, side) = row.text("image"), file.stem.partition("_")
                if side not in ("left", "right"):
                    raise row.wrong("image", f"image '{name}' is called neither NUMBER_left nor NUMBER_right")
                grade = row.one_of("level", GRADES)
                yield LabelledImage(name, file, int(grade >= "2"), split, patient, f"{table}:{row.line}")
            except InputError as error:
                yield error


def read_idrid(found: LayoutFiles) -> Iterator[LabelledImage | InputError]:
    """Read the tables of the disease grading; both parts count their images from 1, so the part is in the name."""
    for table in found.tables:
        part = "Training" if "Training" in table.name else "Testing"
        split = "" if len(found.tables) == 1 else "train" if part == "Training" else "test"
        for row in read_table(table, "Image name", "Retinopathy grade"):
            try:
                yield _idrid_image(found, row, part, split)
            except InputError as error:
                yield error


def _idrid_image(found: LayoutFiles, row: LabelRow, part: str, split: str) -> LabelledImage:
    file = found.pictures.of(row, "Image name", within=f"{part} Set")
    grade = row.one_of("Retinopathy grade", GRADES)
    name = f"{part}/{file.name}"
    return LabelledImage(name, file, int(grade >= "2"), split, name, f"{row.table}:{row.line}")


_IDRID_TABLES = tuple(
    f"{folder}*IDRiD_Disease Grading_{part} Labels.csv"
    for part in ("Training", "Testing")
    for folder in ("", "2. Groundtruths/", "B. Disease Grading/2. Groundtruths/")
)

LAYOUTS = (
    Layout(
        name="kaggle_retinopathy",
        title="Kaggle, diabetic retinopathy detection (EyePACS)",
        modality="fundoscopy",
        tables=("trainLabels.csv", "retinopathy_solution.csv"),
        read=read_kaggle,
        findings=(_REFERABLE,),
        source="kaggle.com/c/diabetic-retinopathy-detection (2015)",
    ),
    Layout(
        name="idrid",
        title="IDRiD, disease grading",
        modality="fundoscopy",
        tables=_IDRID_TABLES,
        read=read_idrid,
        findings=(_REFERABLE,),
        source="Porwal et al. 2018, Data 3(3):25, doi 10.3390/data3030025",
    ),
)
