from __future__ import annotations

import contextlib
import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from threatsim.cases.archive import load_archive
from threatsim.cases.layouts.known import find_archives
from threatsim.cases.photograph import MAX_SIZE, Squared
from threatsim.common.errors import InputError

HEADER = ["image", "label", "split", "patient"]


def write_archive(folder: Path, rows: list[list[str]], header: list[str] = HEADER, *, size: int = 32) -> Path:
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for number, row in enumerate(rows):
        pixels = np.random.default_rng(number).integers(0, 256, (size, size, 3), dtype=np.uint8)
        if row and row[0]:
            Image.fromarray(pixels).save(folder / "images" / row[0])
    with (folder / "labels.csv").open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return folder


def rows_of(n: int = 60, *, split: str = "", per_patient: int = 3) -> list[list[str]]:
    return [[f"i{i:03d}.png", str(i % 2), split, f"p{i // per_patient}"] for i in range(n)]


def test_pixels_and_labels_come_through_unchanged(tmp_path: Path) -> None:
    rows = [[*row[:2], "test" if i < 20 else "train", row[3]] for i, row in enumerate(rows_of(per_patient=1))]
    archive = load_archive(write_archive(tmp_path / "dermoscopy", rows), "dermoscopy")
    expected = np.asarray(Image.open(tmp_path / "dermoscopy" / "images" / "i003.png")).transpose(2, 0, 1)
    row = archive.test.case_ids.index("i003.png")
    np.testing.assert_array_equal((archive.test.images[row] * 255).round().numpy(), expected)
    assert archive.test.labels[row] == 1
    assert len(archive.test) == 20


def test_no_patient_falls_on_both_sides_of_a_split(tmp_path: Path) -> None:
    archive = load_archive(write_archive(tmp_path / "a", rows_of(120)), "dermoscopy")
    parts = [set(part.patient_ids) for part in (archive.train, archive.calibration, archive.test)]
    assert not parts[0] & parts[1]
    assert not parts[0] & parts[2]
    assert not parts[1] & parts[2]
    assert sum(len(part) for part in (archive.train, archive.calibration, archive.test)) == 120


def test_a_training_image_of_a_tested_patient_is_left_out(tmp_path: Path) -> None:
    rows = [
        [image, label, "test" if i < 21 else "train", patient]
        for i, (image, label, _, patient) in enumerate(rows_of(120))
    ]
    rows[60][3] = "p0"  # a training image of a patient in the official test split
    archive = load_archive(write_archive(tmp_path / "a", rows), "dermoscopy")
    assert rows[60][0] not in archive.train.case_ids + archive.calibration.case_ids
    assert len(archive.test) == 21


def test_the_fingerprint_follows_pixels_and_labels(tmp_path: Path) -> None:
    rows = rows_of(per_patient=1)
    first = load_archive(write_archive(tmp_path / "a", rows), "dermoscopy").fingerprint
    assert load_archive(write_archive(tmp_path / "b", rows), "dermoscopy").fingerprint == first
    rows[0][1] = "1"
    assert load_archive(write_archive(tmp_path / "c", rows), "dermoscopy").fingerprint != first


def test_grey_and_odd_sizes_are_brought_to_one_form(tmp_path: Path) -> None:
    folder = write_archive(tmp_path / "a", rows_of(per_patient=1))
    Image.new("L", (50, 40), 128).save(folder / "images" / "i005.png")
    archive = load_archive(folder, "chest_xray", size=32)
    assert archive.train.size == (32, 32)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda f: (f / "labels.csv").write_text("picture,label\na.png,1\n"), "no column 'image'"),
        (lambda f: (f / "labels.csv").write_text("image,lable\na.png,1\n"), "looks like 'lable'"),
        (lambda f: (f / "labels.csv").write_text("image,label\nabsent.png,1\n"), "labels.csv:2:1"),
        (lambda f: (f / "labels.csv").write_text("image,label\ni000.png,yes\n"), "labels.csv:2:10"),
        (lambda f: (f / "labels.csv").write_text("image,label,split\ni000.png,1,tset\n"), "train, val and test"),
        (lambda f: (f / "labels.csv").write_text("image,label\n../labels.csv,1\n"), "not the name of a file"),
        (lambda f: (f / "labels.csv").write_text("image,label\n"), "names no image"),
        (lambda f: (f / "labels.csv").write_text("label,image\n0\n"), "labels.csv:2:3"),
        (lambda f: (f / "labels.csv").write_text(""), "its columns are none"),
        (lambda f: (f / "labels.csv").write_text("image,label\ni000.png,1\ni000.png,1\n"), "labels.csv:3"),
        (lambda f: (f / "labels.csv").write_bytes(b"\xff\xfe\x00bad"), "cannot be read"),
        (lambda f: (f / "labels.csv").unlink(), "no labels.csv"),
        (lambda f: (f / "images" / "i007.png").write_bytes(b"no image"), "i007.png"),
        (lambda f: (f / "labels.csv").write_text("image,label\ni000.png,1\ni001.png,1\n"), "with and without"),
    ],
)
def test_bad_archives_say_what_and_where(tmp_path: Path, change, expected: str) -> None:  # type: ignore[no-untyped-def]
    folder = write_archive(tmp_path / "dermoscopy", rows_of(per_patient=1))
    change(folder)
    with pytest.raises(InputError) as caught:
        load_archive(folder, "dermoscopy")
    assert expected in str(caught.value)


def test_films_of_16_bits_keep_their_greys(tmp_path: Path) -> None:
    folder = write_archive(tmp_path / "a", rows_of(per_patient=1))
    ramp = np.linspace(0, 65535, 32 * 32).astype(np.uint16).reshape(32, 32)
    for name, film in (("i003.png", ramp), ("i005.png", ramp // 16)):  # the second as a 12-bit film
        Image.fromarray(film).save(folder / "images" / name)
    archive = load_archive(folder, "chest_xray")
    everything = {
        name: image
        for part in (archive.train, archive.calibration, archive.test)
        for name, image in zip(part.case_ids, part.images, strict=True)
    }
    for name in ("i003.png", "i005.png"):
        np.testing.assert_allclose(everything[name][0].numpy(), ramp / 65535, atol=1 / 255)


def test_large_images_are_brought_to_a_size_that_fits(tmp_path: Path) -> None:
    folder = write_archive(tmp_path / "a", rows_of(per_patient=1), size=200)
    assert load_archive(folder, "chest_xray").train.size == (MAX_SIZE, MAX_SIZE)


@pytest.mark.parametrize("kind", ["TIFF", "WEBP", "PNG"])
def test_a_file_of_several_pictures_is_refused_with_the_row_that_names_it(tmp_path: Path, kind: str) -> None:
    folder = write_archive(tmp_path / "dermoscopy", rows_of())
    file = folder / "images" / "i058.png"
    with Image.open(file) as image:
        image.load()
        image.save(file, kind, save_all=True, append_images=[image.rotate(90)])
    with pytest.raises(InputError, match=r"it is a file of 2 pictures, and one is wanted; its row is .*labels\.csv:60"):
        load_archive(folder, "dermoscopy")


def test_no_damage_to_an_image_gives_anything_but_one_clear_error(tmp_path: Path) -> None:
    folder = write_archive(tmp_path / "dermoscopy", rows_of(per_patient=1))
    path = folder / "images" / "i004.png"
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for trial in range(60):
        damaged = bytearray(whole[: int(rng.integers(1, len(whole)))] if trial % 3 == 0 else whole)
        for place in rng.integers(0, min(len(damaged), 60), 3):
            damaged[place] = int(rng.integers(0, 256))
        path.write_bytes(bytes(damaged))
        with contextlib.suppress(InputError):
            load_archive(folder, "dermoscopy")


def test_archives_are_found_by_the_names_of_their_folders(tmp_path: Path) -> None:
    write_archive(tmp_path / "dermoscopy", rows_of())
    assert find_archives(tmp_path) == {"dermoscopy": tmp_path / "dermoscopy"}
    assert list(find_archives(tmp_path / "dermoscopy")) == ["dermoscopy"]
    for bad, message in (
        (tmp_path / "none", "no such folder"),
        (tmp_path / "dermoscopy" / "images", "no archive here"),
    ):
        with pytest.raises(InputError, match=message):
            find_archives(bad)
    write_archive(tmp_path / "dermascopy", rows_of())
    with pytest.raises(InputError, match="Did you mean 'dermoscopy'"):
        find_archives(tmp_path / "dermascopy")


def official(n: int = 60) -> list[list[str]]:
    return [[*row[:2], "test" if i < 20 else "train", row[3]] for i, row in enumerate(rows_of(n, per_patient=1))]


def test_the_twin_of_a_test_picture_is_left_out_of_training_and_the_test_stays_whole(tmp_path: Path) -> None:
    folder = write_archive(tmp_path / "a", official())
    whole = load_archive(folder, "dermoscopy")
    (folder / "overlaps.csv").write_text("test,other,kind\ni003.png,i040.png,same\ni004.png,i005.png,both in test\n")
    less = load_archive(folder, "dermoscopy")
    left = set(whole.train.case_ids + whole.calibration.case_ids) - set(less.train.case_ids + less.calibration.case_ids)
    assert left == {"i040.png"}
    assert less.test.case_ids == whole.test.case_ids
    assert less.fingerprint != whole.fingerprint


def test_overlaps_without_a_needed_column_are_one_error_with_its_place(tmp_path: Path) -> None:
    folder = write_archive(tmp_path / "a", official())
    (folder / "overlaps.csv").write_text("tests,other\ni003.png,i040.png\n")
    with pytest.raises(InputError, match=r"overlaps\.csv has no column 'test'") as caught:
        load_archive(folder, "dermoscopy")
    assert caught.value.location == f"{folder / 'overlaps.csv'}:1:1"


def test_wide_pictures_are_padded_or_squeezed_as_the_classifier_reads_them(tmp_path: Path) -> None:
    folder = write_archive(tmp_path / "a", official())
    for path in (folder / "images").iterdir():
        Image.new("RGB", (64, 32), (200, 100, 50)).save(path)
    padded = load_archive(folder, "dermoscopy", size=32, squared="padded").train.images[0]
    squeezed = load_archive(folder, "dermoscopy", size=32, squared="squeezed").train.images[0]
    assert float(padded[:, :6].max()) <= 2 / 255  # resampling rings
    assert float(padded[0, 16].min()) == pytest.approx(200 / 255)
    assert float(squeezed[0].min()) == pytest.approx(200 / 255)


def test_a_round_field_before_black_is_cropped_to_what_is_lit_before_it_is_padded(tmp_path: Path) -> None:
    folder = write_archive(tmp_path / "a", official())
    y, x = np.mgrid[:60, :120]
    field = ((y - 30) ** 2 + (x - 60) ** 2 < 32**2).astype(
        np.uint8
    ) * 200  # as a fundus camera has it: cut above and below
    for path in (folder / "images").iterdir():
        Image.fromarray(field).save(path)
    archive = load_archive(folder, "dermoscopy", size=64, squared="padded")
    lit = archive.train.images[0][0].numpy() > 0.4
    assert 60 <= lit.any(0).sum() <= 64  # the field reaches from side to side, where all of the picture had 34 of 64
    assert f"{len(official())} of 60 cropped to the field of view and padded" in archive.test.source


@pytest.mark.parametrize(("bars", "reads"), [(True, "squeezed"), (False, "padded")])
def test_square_pictures_made_in_the_other_way_are_refused(tmp_path: Path, bars: bool, reads: Squared) -> None:
    folder = write_archive(tmp_path / "a", official())
    if bars:
        for path in (folder / "images").iterdir():
            pixels = np.asarray(Image.open(path)).copy()
            pixels[:4] = pixels[-4:] = 0
            Image.fromarray(pixels).save(path)
    with pytest.raises(InputError, match=f"the classifier reads {reads} pictures"):
        load_archive(folder, "dermoscopy", size=32, squared=reads)


def test_a_patient_who_has_a_whole_class_is_no_patient(tmp_path: Path) -> None:
    rows = [[*row[:3], "clinic" if row[1] == "0" else row[3]] for row in rows_of(per_patient=1)]
    with pytest.raises(InputError, match="all 30 images without the finding are of one patient, 'clinic'"):
        load_archive(write_archive(tmp_path / "a", rows), "dermoscopy")


def test_a_few_names_for_most_of_a_class_are_no_patients(tmp_path: Path) -> None:
    rows = [
        [*row[:3], f"clinic {i % 8 // 4}" if row[1] == "0" else row[3]]
        for i, row in enumerate(rows_of(140, per_patient=1))
    ]
    with pytest.raises(InputError, match="36 of the 70 images without the finding are of one patient, 'clinic 0'"):
        load_archive(write_archive(tmp_path / "a", rows), "dermoscopy")
    load_archive(write_archive(tmp_path / "b", rows_of(140, per_patient=20)), "dermoscopy")
