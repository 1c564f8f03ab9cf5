"""Pictures that cannot be of their archive's modality, told by whether they are in colour."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.cases.test_archive import rows_of, write_archive
from threatsim.cases.archive import archive_of
from threatsim.cases.colours import check_colours
from threatsim.cases.layouts.listing import list_archive
from threatsim.cases.synthetic.generate import generate
from threatsim.cli.options import terminal_progress
from threatsim.common.errors import InputError
from threatsim.outcomes.archive_check import check_archives


def made(folder: Path, shown: str) -> Path:
    """Write an archive of synthetic cases of the modality `shown`, whatever the folder is called."""
    rows = rows_of(30, per_patient=1)
    write_archive(folder, rows)
    cases = generate(shown, 30, seed=1, split="test", size=32)
    for row, image in zip(rows, (cases.images[:] * 255).round().byte().permute(0, 2, 3, 1).numpy(), strict=True):
        Image.fromarray(image).save(folder / "images" / row[0])
    return folder


@pytest.mark.parametrize("modality", ["fundoscopy", "chest_xray", "dermoscopy"])
def test_pictures_of_the_modality_pass(tmp_path: Path, modality: str) -> None:
    check_colours(list_archive(made(tmp_path / modality, modality), modality))


@pytest.mark.parametrize(
    ("named", "shown", "told"),
    [
        ("chest_xray", "dermoscopy", "are grey, and this one is in colour, as are"),
        ("dermoscopy", "chest_xray", "are in colour, and this one is grey, as are"),
    ],
)
def test_pictures_of_another_modality_are_refused(tmp_path: Path, named: str, shown: str, told: str) -> None:
    folder = made(tmp_path / named, shown)
    with pytest.raises(InputError, match=told) as caught:
        archive_of(tmp_path, named)
    assert Path(str(caught.value.location)).parent == folder / "images"
    (check,) = check_archives(tmp_path, modality=None, finding=None, quick=True, progress=terminal_progress(True))
    assert check.problems == 1
    assert told in check.first_problems[0]


def test_a_single_grey_photograph_among_others_is_no_reason(tmp_path: Path) -> None:
    folder = made(tmp_path / "dermoscopy", "dermoscopy")
    for number in (0, 2, 4):
        Image.new("L", (32, 32), 90).save(folder / "images" / f"i{number:03d}.png")
    check_colours(list_archive(folder, "dermoscopy"))


def test_a_single_marked_film_among_others_is_no_reason(tmp_path: Path) -> None:
    folder = made(tmp_path / "chest_xray", "chest_xray")
    Image.new("RGB", (32, 32), (200, 20, 20)).save(folder / "images" / "i000.png")
    check_colours(list_archive(folder, "chest_xray"))
