"""Archives as their makers publish them: made folders of each layout, with the published names and headers."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from threatsim.cases.archive import read_archive
from threatsim.cases.layouts.known import LAYOUTS, find_archives, recognise
from threatsim.cases.layouts.listing import ArchiveListing, list_archive
from threatsim.common.errors import InputError

N = 90


def picture(path: Path) -> None:
    """Write a small picture, another for each name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    level = sum(path.name.encode()) % 200
    Image.fromarray(np.full((12, 16, 3), level, np.uint8)).save(path)


def table(path: Path, header: str, rows: list[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *rows]) + "\n")


def kaggle(folder: Path) -> None:
    rows = [f"{i // 2 + 10}_{side},{i % 5}" for i, side in zip(range(N), ("left", "right") * N, strict=False)]
    for row in rows:
        picture(folder / "train" / f"{row.partition(',')[0]}.jpeg")
    table(folder / "trainLabels.csv", "image,level", rows)


def idrid(folder: Path) -> None:
    for letter, part, count in (("a", "Training", 60), ("b", "Testing", 30)):
        rows = [f"IDRiD_{i:03d},{i % 5},1,,," for i in range(1, count + 1)]
        for i in range(1, count + 1):
            picture(folder / "1. Original Images" / f"{letter}. {part} Set" / f"IDRiD_{i:03d}.jpg")
        name = f"{letter}. IDRiD_Disease Grading_{part} Labels.csv"
        table(
            folder / "2. Groundtruths" / name,
            "Image name,Retinopathy grade,Risk of macular edema ,,,",
            [*rows, ",,,,,"],
        )


def nih(folder: Path) -> None:
    found = ["No Finding", "Pneumothorax", "Effusion|Pneumothorax", "Pneumonia|Effusion"]
    names = [f"{i // 2:08d}_{i % 2:03d}.png" for i in range(N)]
    rows = [f"{name},{found[i % 4]},{i % 2},{i // 2},57,M,PA,2682,2749,0.143,0.143," for i, name in enumerate(names)]
    for i, name in enumerate(names):
        picture(folder / f"images_{1 + i % 2:03d}" / "images" / name)
    header = "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,Patient Gender,View Position"
    pixels = "OriginalImage[Width,Height],OriginalImagePixelSpacing[x,y],"
    table(folder / "Data_Entry_2017_v2020.csv", f"{header},{pixels}", rows)
    (folder / "test_list.txt").write_text("\n".join(names[:30]))
    (folder / "train_val_list.txt").write_text("\n".join(names[30:]))


def isic_2016(folder: Path) -> None:
    for part, first, count, words in (("Training", 0, 60, ("benign", "malignant")), ("Test", 60, 30, ("0.0", "1.0"))):
        names = [f"ISIC_{i:07d}" for i in range(first, first + count)]
        for name in names:
            picture(folder / f"ISBI2016_ISIC_Part3_{part}_Data" / f"{name}.jpg")
        first_row, *rows = (f"{name},{words[i % 3 == 0]}" for i, name in enumerate(names))
        table(folder / f"ISBI2016_ISIC_Part3_{part}_GroundTruth.csv", first_row, rows)  # it has no header


def isic_2017(folder: Path) -> None:
    for part, first, count in (("Training", 0, 50), ("Validation", 50, 10), ("Test_v2", 60, 30)):
        names = [f"ISIC_{i:07d}" for i in range(first, first + count)]
        rows = [f"{name},{float(i % 3 == 0)},{float(i % 3 == 1)}" for i, name in enumerate(names)]
        for name in names:
            picture(folder / f"ISIC-2017_{part}_Data" / f"{name}.jpg")
            picture(folder / f"ISIC-2017_{part}_Data" / f"{name}_superpixels.png")
        table(folder / f"ISIC-2017_{part}_Part3_GroundTruth.csv", "image_id,melanoma,seborrheic_keratosis", rows)


def one_hot(folder: Path, truth: str, codes: str, pictures: str) -> None:
    kinds = codes.split(",")
    rows = []
    for i in range(N):
        picture(folder / pictures / f"ISIC_{i:07d}.jpg")
        cells = ",".join(str(float(kind == i % len(kinds) % 3)) for kind in range(len(kinds)))
        rows.append(f"ISIC_{i:07d},{cells}")
    table(folder / truth, f"image,{codes}", rows)


def isic_2018(folder: Path) -> None:
    truth = "ISIC2018_Task3_Training_GroundTruth"
    one_hot(folder, f"{truth}/{truth}.csv", "MEL,NV,BCC,AKIEC,BKL,DF,VASC", "ISIC2018_Task3_Training_Input")
    rows = [f"ISIC_{i:07d},HAM_{i // 2:07d},histopathology" for i in range(N)]
    table(folder / "ISIC2018_Task3_Training_LesionGroupings.csv", "image,lesion_id,diagnosis_confirm_type", rows)


def isic_2019(folder: Path) -> None:
    one_hot(
        folder, "ISIC_2019_Training_GroundTruth.csv", "MEL,NV,BCC,AK,BKL,DF,VASC,SCC,UNK", "ISIC_2019_Training_Input"
    )


def isic_2020(folder: Path) -> None:
    rows = []
    for i in range(N):
        picture(folder / "train" / f"ISIC_{i:07d}.jpg")
        rows.append(f"ISIC_{i:07d},IP_{i // 2:07d},male,45.0,head/neck,unknown,benign,{int(i % 3 == 0)}")
    header = "image_name,patient_id,sex,age_approx,anatom_site_general_challenge,diagnosis,benign_malignant,target"
    table(folder / "ISIC_2020_Training_GroundTruth.csv", header, rows)


def ham(folder: Path) -> None:
    rows = []
    for i in range(N):
        part = "HAM10000_images_part_1" if i % 2 else "HAM10000_images_part_2"
        picture(folder / part / f"ISIC_{i:07d}.jpg")
        picture(folder / part.lower() / f"ISIC_{i:07d}.jpg")  # one mirror has every picture twice
        rows.append(f"HAM_{i // 2:07d},ISIC_{i:07d},{('mel', 'nv', 'bkl')[i % 3]},histo,80.0,male,scalp")
    table(folder / "HAM10000_metadata.csv", "lesion_id,image_id,dx,dx_type,age,sex,localization", rows)


MADE: dict[str, tuple[Callable[[Path], None], str, int, int]] = {
    "kaggle_retinopathy": (kaggle, "fundoscopy", 54, 45),
    "idrid": (idrid, "fundoscopy", 54, 90),
    "nih_chestxray14": (nih, "chest_xray", 45, 45),
    "isic_2016": (isic_2016, "dermoscopy", 30, 90),
    "isic_2017": (isic_2017, "dermoscopy", 31, 90),
    "isic_2018": (isic_2018, "dermoscopy", 38, 45),
    "isic_2019": (isic_2019, "dermoscopy", 30, 90),
    "isic_2020": (isic_2020, "dermoscopy", 30, 45),
    "ham10000": (ham, "dermoscopy", 30, 45),
}
"""Layout -> what makes one, its modality, how many have the finding, and how many patients there are."""


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("archives")
    for name, (make, *_) in MADE.items():
        make(place / name)
    return place


def listed(folder: Path, **asked: str) -> ArchiveListing:
    (modality,) = find_archives(folder)
    listing = list_archive(folder, modality, **asked)  # type: ignore[arg-type]
    listing.check()
    return listing


@pytest.mark.parametrize("name", MADE)
def test_a_published_archive_is_read_as_it_comes(name: str, archives: Path) -> None:
    _, modality, positives, patients = MADE[name]
    assert find_archives(archives / name) == {modality: archives / name}
    listing = listed(archives / name)
    assert listing.layout.name == name
    assert len(listing.images) + listing.left_out == N
    assert sum(image.label for image in listing.images) == positives
    assert len({image.patient for image in listing.images}) == patients
    sides = {
        image.patient: {other.split for other in listing.images if other.patient == image.patient}
        for image in listing.images
    }
    assert all(len(splits) == 1 for splits in sides.values())


def test_every_layout_but_our_own_is_made_here_or_elsewhere() -> None:
    assert {layout.name for layout in LAYOUTS} == {*MADE, "own", "rsna_pneumonia"}  # test_dicom.py makes that one


def test_official_test_parts_are_kept(archives: Path) -> None:
    for name in ("idrid", "nih_chestxray14", "isic_2016", "isic_2017"):
        assert sum(image.split == "test" for image in listed(archives / name).images) == 30


def test_pictures_of_a_published_archive_are_read_and_the_report_says_how_they_became_squares(archives: Path) -> None:
    archive = read_archive(listed(archives / "idrid"), size=8, squared=None)
    assert len(archive.test) == 30
    names = [f"Testing/IDRiD_{i:03d}.jpg" for i in range(1, 31)]
    assert list(archive.test.case_ids) == names
    assert archive.test.labels.tolist() == [int(i % 5 >= 2) for i in range(1, 31)]
    assert f"{N} of {N} squeezed to squares" in archive.test.source


@pytest.mark.parametrize(
    ("name", "finding", "positives"),
    [
        ("nih_chestxray14", "Effusion", 44),
        ("isic_2018", "NV", 26),
        ("isic_2017", "seborrheic_keratosis", 30),
        ("ham10000", "bkl", 30),
    ],
)
def test_any_finding_of_an_archive_may_be_asked_for(name: str, finding: str, positives: int, archives: Path) -> None:
    listing = listed(archives / name, finding=finding)
    assert listing.finding == finding
    assert sum(image.label for image in listing.images) == positives
    with pytest.raises(InputError, match="has no finding 'Pneumonja'"):
        listed(archives / name, finding="Pneumonja")


def test_archives_beside_each_other_are_found_by_their_layouts(archives: Path, tmp_path: Path) -> None:
    for name in ("idrid", "nih_chestxray14"):
        shutil.copytree(archives / name, tmp_path / f"my {name}")
    assert find_archives(tmp_path) == {
        "fundoscopy": tmp_path / "my idrid",
        "chest_xray": tmp_path / "my nih_chestxray14",
    }
    shutil.copytree(archives / "kaggle_retinopathy", tmp_path / "more")
    with pytest.raises(InputError, match="two archives of fundoscopy here"):
        find_archives(tmp_path)
    shutil.copytree(archives / "ham10000", tmp_path / "other" / "chest_xray")
    with pytest.raises(InputError, match="named after chest_xray, and HAM10000 is of dermoscopy"):
        find_archives(tmp_path / "other")


def edited(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


WRONG: list[tuple[str, Callable[[Path], None], str]] = [
    (
        "kaggle_retinopathy",
        lambda f: edited(f / "trainLabels.csv", "10_left,0", "10_left,7"),
        "trainLabels.csv:2:9: level is '7'",
    ),
    ("kaggle_retinopathy", lambda f: edited(f / "trainLabels.csv", "10_left", "10_middle"), "'10_middle' is not in"),
    (
        "idrid",
        lambda f: next((f / "1. Original Images").glob("b*/*_003.jpg")).unlink(),
        "Labels.csv:4:1: image 'IDRiD_003' is not",
    ),
    (
        "idrid",
        lambda f: edited(next(f.glob("2*/a*")), "Retinopathy grade", "Retinopathy grades"),
        "no column 'Retinopathy grade'",
    ),
    (
        "nih_chestxray14",
        lambda f: edited(f / "Data_Entry_2017_v2020.csv", "No Finding", "Pneumotorax"),
        "Did you mean 'Pneumothorax'",
    ),
    (
        "nih_chestxray14",
        lambda f: edited(f / "test_list.txt", "00000003_000.png", ""),
        "'00000003_000.png' is in neither of",
    ),
    (
        "nih_chestxray14",
        lambda f: shutil.copy(f / "Data_Entry_2017_v2020.csv", f / "Data_Entry_2017.csv"),
        "versions of one table",
    ),
    (
        "isic_2016",
        lambda f: edited(f / "ISBI2016_ISIC_Part3_Training_GroundTruth.csv", "malignant", "malign"),
        "GroundTruth.csv:1:14: diagnosis is 'malign'; allowed are benign, malignant, 0.0 and 1.0",
    ),
    (
        "isic_2017",
        lambda f: edited(f / "ISIC-2017_Training_Part3_GroundTruth.csv", "1.0,0.0", "1.0,1.0"),
        "2 diagnoses",
    ),
    (
        "isic_2017",
        lambda f: edited(f / "ISIC-2017_Training_Part3_GroundTruth.csv", "1.0,0.0", "0.5,0.0"),
        ":2:14: melanoma is '0.5'",
    ),
    ("isic_2018", isic_2017, "two archives lie in this folder: ISIC challenge 2017"),
    ("ham10000", lambda f: picture(f / "elsewhere" / "ISIC_0000004.png"), "which differ; which one is meant?"),
    ("ham10000", lambda f: (f / "HAM10000_metadata.csv").unlink(), "there is no archive here"),
]


@pytest.mark.parametrize(("name", "spoil", "message"), WRONG, ids=[f"{name}-{i}" for i, (name, *_) in enumerate(WRONG)])
def test_what_is_wrong_is_said_once_with_its_place(
    name: str, spoil: Callable[[Path], None], message: str, archives: Path, tmp_path: Path
) -> None:
    folder = tmp_path / name
    shutil.copytree(archives / name, folder)
    spoil(folder)
    with pytest.raises(InputError) as caught:
        listed(folder)
    assert message in str(caught.value)


def test_the_table_of_another_year_is_one_error_and_not_one_a_row(archives: Path, tmp_path: Path) -> None:
    shutil.copytree(archives / "isic_2019" / "ISIC_2019_Training_Input", tmp_path / "a" / "ISIC_2020_Training_Input")
    rows = [f"ISIC_{i:07d},IP_0,male,45.0,head/neck,unknown,benign,0" for i in range(5000, 5090)]
    header = (archives / "isic_2020" / "ISIC_2020_Training_GroundTruth.csv").read_text().splitlines()[0]
    table(tmp_path / "a" / "ISIC_2020_Training_GroundTruth.csv", header, rows)
    listing = list_archive(tmp_path / "a", "dermoscopy")
    (problem,) = listing.problems
    assert "none of the 90 images" in problem.message
    assert "the 90 pictures here are called otherwise, as ISIC_0000000.jpg" in problem.message


def test_every_wrong_row_is_found_and_the_first_one_counts_the_others(archives: Path, tmp_path: Path) -> None:
    shutil.copytree(archives / "kaggle_retinopathy", tmp_path / "a")
    for i in range(10, 35):
        (tmp_path / "a" / "train" / f"{i}_left.jpeg").unlink()
    listing = list_archive(tmp_path / "a", "fundoscopy")
    assert len(listing.problems) == 25
    with pytest.raises(InputError, match="24 more problems"):
        listing.check()


def test_an_archive_of_another_modality_is_refused(archives: Path) -> None:
    with pytest.raises(InputError, match="HAM10000 is of dermoscopy, and chest_xray is wanted"):
        list_archive(archives / "ham10000", "chest_xray")
    assert recognise(archives) is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("Data_Entry_2018.csv", "Data_Entry_2018.csv has the name of Data_Entry_2017*.csv, but of a year"),
        ("ISIC_2021_Training_GroundTruth.csv", "ISIC_2019_*_GroundTruth.csv or ISIC_2020_Training_GroundTruth*.csv"),
        ("films2017.csv", "Tables that are here: a/films2017.csv."),
    ],
)
def test_a_table_of_a_year_that_is_not_read_is_told_as_such(given: str, told: str, tmp_path: Path) -> None:
    table(tmp_path / "a" / given, "image,label", ["a.png,1"])
    with pytest.raises(InputError, match="there is no archive here") as caught:
        find_archives(tmp_path)
    assert told in str(caught.value.hint)
