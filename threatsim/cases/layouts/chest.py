"""Published archives of chest films."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from threatsim.cases.layouts.layout import LabelledImage, Layout, LayoutFiles
from threatsim.cases.layouts.tables import LabelRow, read_table
from threatsim.common.errors import InputError
from threatsim.common.files import read_foreign
from threatsim.common.suggest import did_you_mean

NIH_FINDINGS = (
    "Pneumothorax",
    "Atelectasis",
    "Cardiomegaly",
    "Consolidation",
    "Edema",
    "Effusion",
    "Emphysema",
    "Fibrosis",
    "Hernia",
    "Infiltration",
    "Mass",
    "Nodule",
    "Pleural_Thickening",
    "Pneumonia",
)
"""The fourteen findings of ChestX-ray14; pneumothorax first, as in Finlayson et al. 2018."""
_NO_FINDING = "No Finding"
_NIH_LISTS = {"train_val_list.txt": "train", "test_list.txt": "test"}


def read_nih(found: LayoutFiles) -> Iterator[LabelledImage | InputError]:
    """Read `Data_Entry_2017*.csv`, and the official lists of the two parts where they are there."""
    splits = _nih_splits(found.folder)
    for row in read_table(found.tables[0], "Image Index", "Finding Labels", "Patient ID"):
        try:
            yield _nih_image(found, row, splits)
        except InputError as error:
            yield error


def _nih_splits(folder: Path) -> dict[str, str]:
    """Read the split of each image; none where either list is absent."""
    if not all((folder / name).is_file() for name in _NIH_LISTS):
        return {}
    return {
        image: split
        for name, split in _NIH_LISTS.items()
        for image in read_foreign(folder / name, "table of labels").decode("utf-8-sig", "replace").split()
    }


def _nih_image(found: LayoutFiles, row: LabelRow, splits: dict[str, str]) -> LabelledImage:
    file = found.pictures.of(row, "Image Index")
    named = row.text("Finding Labels").split("|")
    for finding in named:
        if finding not in (*NIH_FINDINGS, _NO_FINDING):
            meant = did_you_mean(finding, NIH_FINDINGS)
            raise row.wrong("Finding Labels", f"'{finding}' is none of the archive's 14 findings. {meant}".strip())
    if splits and file.name not in splits:
        raise row.wrong("Image Index", f"image '{file.name}' is in neither of {' and '.join(_NIH_LISTS)}")
    patient = row.text("Patient ID")
    if not patient:
        raise row.wrong("Patient ID", f"image '{file.name}' has no patient")
    label = int(found.finding in named)
    return LabelledImage(file.name, file, label, splits.get(file.name, ""), patient, f"{row.table}:{row.line}")


def read_rsna(found: LayoutFiles) -> Iterator[LabelledImage | InputError]:
    """Read `stage_2_train_labels.csv`: a row a box, so that an image with two opacities has two rows."""
    targets: dict[str, str] = {}
    for row in read_table(found.tables[0], "patientId", "Target"):
        name, target = row.text("patientId"), row.text("Target")
        if name in targets and targets[name] == target:
            continue  # another box on the same film
        try:
            row.one_of("Target", ("0", "1"))
            if targets.setdefault(name, target) != target:
                raise row.wrong("Target", f"image '{name}' has Target {target} here, and {targets[name]} before")
            file = found.pictures.of(row, "patientId")
            yield LabelledImage(name, file, int(target), "", name, f"{row.table}:{row.line}")
        except InputError as error:
            yield error


LAYOUTS = (
    Layout(
        name="nih_chestxray14",
        title="NIH ChestX-ray14",
        modality="chest_xray",
        tables=("Data_Entry_2017*.csv",),
        read=read_nih,
        findings=NIH_FINDINGS,
        source="Wang et al. 2017, CVPR, arXiv 1705.02315; nihcc.app.box.com/v/ChestXray-NIHCC",
        several=False,
    ),
    Layout(
        name="rsna_pneumonia",
        title="RSNA pneumonia detection challenge",
        modality="chest_xray",
        tables=("stage_2_train_labels.csv",),
        read=read_rsna,
        findings=("pneumonia",),
        source="Shih et al. 2019, Radiology: Artificial Intelligence 1(1):e180041; "
        "kaggle.com/c/rsna-pneumonia-detection-challenge",
    ),
)
