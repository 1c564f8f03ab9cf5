"""`threatsim images check`: what it says of archives by the real command, and when it exits with 2."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cases.test_archive import rows_of, write_archive
from tests.cli.conftest import Command
from threatsim import check_images


def test_an_archive_is_counted_by_split_and_nothing_is_wrong(threatsim: Command, tmp_path: Path) -> None:
    rows = [[*row[:2], "test" if i < 20 else "train", row[3]] for i, row in enumerate(rows_of(per_patient=2))]
    write_archive(tmp_path / "dermoscopy", rows)
    done = threatsim("images", "check", "dermoscopy")
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["test", "20", "10", "10", "10"] in lines
    assert "Pictures of 32 x 32 pixels, all square." in done.stdout
    assert "every file was read to its end" in done.stdout


def test_all_that_is_wrong_is_told_and_the_code_is_2(threatsim: Command, tmp_path: Path) -> None:
    folder = write_archive(tmp_path / "dermoscopy", rows_of(per_patient=1))
    for i in range(30, 55):
        (folder / "images" / f"i{i:03d}.png").unlink()
    late = folder / "images" / "i058.png"
    whole = late.read_bytes()
    late.write_bytes(whole[:-300])
    done = threatsim("images", "check", ".", columns=120)
    assert done.returncode == 2
    assert "26 problems:" in done.stdout
    assert "labels.csv:32:1: image 'i030.png' is not in images/" in done.stdout
    assert "and 6 more" in done.stdout
    found = json.loads(threatsim("images", "check", ".", "--json").stdout)[0]
    assert (found["usable"], found["problems"], len(found["first_problems"])) == (False, 26, 20)
    (check,) = check_images(tmp_path)
    assert not check.is_usable
    assert check.first_problems == tuple(f"{tmp_path}/{one}" for one in found["first_problems"])
    for name in (f"i{i:03d}.png" for i in range(30, 55)):
        (folder / "images" / name).write_bytes((folder / "images" / "i000.png").read_bytes())
    (told,) = json.loads(threatsim("images", "check", ".", "--json").stdout)[0]["first_problems"]
    assert told.startswith("dermoscopy/images/i058.png: the image cannot be read")
    assert "its row is dermoscopy/labels.csv:60" in told
    assert json.loads(threatsim("images", "check", ".", "--quick", "--json").stdout)[0]["first_problems"] == [told]
    late.write_bytes(whole[:100] + bytes(100) + whole[200:])  # which takes decoding to see
    assert threatsim("images", "check", ".", "--quick").returncode == 0


def test_a_picture_that_is_listed_many_times_is_read_once(threatsim: Command, tmp_path: Path) -> None:
    folder = write_archive(tmp_path / "dermoscopy", rows_of(per_patient=1))
    (folder / "images" / "i000.png").write_bytes(b"no picture")
    table = folder / "labels.csv"
    table.write_text(table.read_text() + f"{table.read_text().splitlines()[1]}\n" * 50)
    told = json.loads(threatsim("images", "check", ".", "--json").stdout)[0]["first_problems"]
    assert len(told) == 2
    assert "is listed twice" in told[0]


def test_a_folder_without_an_archive_is_one_error_that_says_what_was_looked_for_and_what_is_there(
    threatsim: Command, tmp_path: Path
) -> None:
    (tmp_path / "ISIC_2021_Training_GroundTruth.csv").write_text("image,MEL\n")
    done = threatsim("images", "check", ".")
    assert done.returncode == 2
    assert "there is no archive here" in done.stderr
    assert "Data_Entry_2017*.csv (NIH ChestX-ray14)" in done.stderr
    assert "Tables that are here: ISIC_2021_Training_GroundTruth.csv." in done.stderr
    assert "Traceback" not in done.stderr
