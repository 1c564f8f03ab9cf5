"""Images kept as grey levels, in memory and in a file: the same numbers as a tensor of all of them has."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.cases.test_archive import rows_of, write_archive
from threatsim.cases import archive as reading
from threatsim.cases.archive import Archive, load_archive, read_archive
from threatsim.cases.image_set import CaseSet
from threatsim.cases.layouts.listing import list_archive
from threatsim.cases.level_file import LevelFile, LevelRecord, LevelWriter, read_levels
from threatsim.cases.stored_images import StoredImages, without_copies
from threatsim.common.errors import InputError, ThreatsimError

PIXELS = np.random.default_rng(0).integers(0, 256, (7, 3, 4, 5), dtype=np.uint8)
PIXELS[2] = PIXELS[2, :1]  # a grey one among coloured ones
TENSOR = torch.from_numpy(PIXELS).float().div_(255)
STORED = StoredImages([without_copies(one) for one in PIXELS], (4, 5))


@pytest.mark.parametrize(
    "rows", [slice(None), slice(1, 4), slice(5, 20), [3, 0, 3], torch.tensor([6, 2]), np.array([2]), 2, -1]
)
def test_any_part_is_bit_for_bit_that_of_the_tensor(rows: slice) -> None:
    assert torch.equal(STORED[rows], TENSOR[rows])
    assert STORED[rows].is_contiguous()


def test_shape_parts_and_subsets_are_those_of_the_tensor() -> None:
    assert (STORED.shape, len(STORED), STORED.ndim) == (TENSOR.shape, len(TENSOR), TENSOR.ndim)
    taken = STORED.take(np.array([4, 2, 2])).take(np.array([1, 0]))
    assert torch.equal(taken[:], TENSOR[[2, 4]])
    assert torch.equal(torch.cat(list(STORED.split(3))), TENSOR)
    assert torch.equal(torch.stack(list(STORED)), TENSOR)
    with pytest.raises(IndexError):
        STORED[7]


def test_mean_and_deviation_are_exact_to_the_last_bit_of_a_float() -> None:
    mean, std = STORED.mean_and_std()
    exact = PIXELS.astype(np.float64) / 255
    np.testing.assert_allclose(mean.numpy(), exact.mean((0, 2, 3)), rtol=1e-7)
    np.testing.assert_allclose(std.numpy(), exact.std((0, 2, 3), ddof=1), rtol=1e-7)
    backwards = STORED.take(np.arange(7)[::-1].copy()).mean_and_std()
    assert torch.equal(mean, backwards[0])
    assert torch.equal(std, backwards[1])


def test_a_case_set_is_the_same_whether_its_images_are_kept_or_a_tensor() -> None:
    def of(images: torch.Tensor | StoredImages) -> CaseSet:
        names = tuple(f"c{i}" for i in range(7))
        return CaseSet("fundoscopy", images, np.zeros(7, np.int8), names, names, "test")

    kept, tensor = of(STORED), of(TENSOR)
    assert kept.fingerprints == tensor.fingerprints
    assert kept.subset([5, 1]).fingerprints == tensor.subset([5, 1]).fingerprints
    assert not kept.is_grey
    assert not tensor.is_grey
    assert kept.subset([2]).is_grey
    assert tensor.subset([2]).is_grey


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an archive that is taken for one that would fill the memory; the cache is a folder of its own."""
    monkeypatch.setenv("THREATSIM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(reading, "_IN_MEMORY", 1000)
    return write_archive(tmp_path / "dermoscopy", rows_of(per_patient=1))


def kept_files(archive: Path) -> list[Path]:
    return sorted((archive.parent / "cache" / "images").glob("*"))


def test_an_archive_in_a_file_is_the_same_as_one_in_memory(large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_file, again = load_archive(large, "dermoscopy"), load_archive(large, "dermoscopy")
    monkeypatch.setattr(reading, "_IN_MEMORY", 10**9)
    in_memory = load_archive(large, "dermoscopy")

    def content(archive: Archive) -> tuple[object, ...]:
        parts = (archive.train, archive.calibration, archive.test)
        return archive.fingerprint, *((part.source, part.case_ids, part.fingerprints) for part in parts)

    assert content(in_file) == content(again) == content(in_memory)
    assert torch.equal(in_file.train.images[:], in_memory.train.images[:])
    assert torch.equal(pickle.loads(pickle.dumps(in_file.test)).images[:], in_memory.test.images[:])
    assert [path.suffix for path in kept_files(large)] == [".json", ".levels"]


def test_a_changed_picture_is_read_anew_even_where_its_time_and_length_are_the_old_ones(large: Path) -> None:
    before = load_archive(large, "dermoscopy")
    path = large / "images" / "i003.png"
    other = (large / "images" / "i004.png").read_bytes()
    path.write_bytes(other)
    assert load_archive(large, "dermoscopy").fingerprint != before.fingerprint
    assert len(kept_files(large)) == 4


def test_a_truncated_picture_in_a_late_row_is_one_error_and_leaves_nothing(large: Path) -> None:
    path = large / "images" / "i055.png"
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(InputError, match="the image cannot be read") as caught:
        load_archive(large, "dermoscopy")
    assert caught.value.location == str(path)
    assert kept_files(large) == []


class Stages:
    """Notes which stages were begun."""

    def __init__(self) -> None:
        self.begun: list[str] = []

    def stage(self, title: str, total: int, unit: str = "steps") -> AbstractContextManager[Callable[[int], None]]:
        self.begun.append(title)
        return nullcontext(lambda finished: None)

    def note(self, text: str) -> None:
        self.begun.append(text)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_file_cut_short_is_told_before_a_picture_is_read_and_one_with_more_after_its_end_is_not(
    large: Path, kind: str
) -> None:
    path, file = large / "images" / "i055.png", BytesIO()
    Image.fromarray(PIXELS[0].transpose(1, 2, 0).repeat(40, axis=0).repeat(40, axis=1)).save(file, kind)
    path.write_bytes(file.getvalue() + bytes(200))
    stages = Stages()
    read_archive(list_archive(large, "dermoscopy"), progress=stages)
    assert stages.begun == ["Telling files apart", "Reading pictures"]
    path.write_bytes(file.getvalue()[: len(file.getvalue()) // 2])
    with pytest.raises(InputError, match=r"the image cannot be read: .*; its row is .*labels\.csv:57"):
        read_archive(list_archive(large, "dermoscopy"), progress=stages)
    assert stages.begun[2:] == ["Telling files apart"]


def test_a_damaged_file_of_pictures_is_noticed_and_a_shortened_one_is_made_again(large: Path) -> None:
    archive = load_archive(large, "dermoscopy")
    (levels,) = (path for path in kept_files(large) if path.suffix == ".levels")
    whole = levels.read_bytes()
    levels.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    with pytest.raises(ThreatsimError, match="the kept pictures are damaged"):
        [part.images[:] for part in (archive.train, archive.calibration, archive.test)]
    levels.write_bytes(whole[:-1])
    assert load_archive(large, "dermoscopy").train.fingerprints == archive.train.fingerprints
    assert levels.read_bytes() == whole


def test_what_a_killed_writer_left_is_removed_and_what_a_living_one_writes_is_not(tmp_path: Path) -> None:
    dead, living, other = (tmp_path / name for name in (".a.levels.x1", ".a.levels.x2", ".b.levels.x1"))
    for path in (dead, living, other):
        path.write_bytes(b"half")
    for path in (dead, other):
        os.utime(path, (0, 0))
    LevelWriter(tmp_path / "a.levels").write([PIXELS[0]])
    assert {path.name for path in tmp_path.iterdir()} == {"a.levels", living.name, other.name}


def test_a_file_without_its_record_is_unfinished(tmp_path: Path) -> None:
    path = tmp_path / "a.levels"
    writer = LevelWriter(path)
    writer.write(without_copies(one)[:, :4, :4] for one in PIXELS)
    assert read_levels(path) is None
    record = LevelRecord(
        size=4,
        channels=tuple(writer.channels),
        checksums=tuple(writer.checksums),
        fingerprint="f",
        padded=0,
        oblong=0,
    )
    writer.finish(record)
    opened = read_levels(path)
    assert opened is not None
    assert isinstance(opened[0], LevelFile)
    assert record.channels == (3, 3, 1, 3, 3, 3, 3)
    np.testing.assert_array_equal(opened[0][2], PIXELS[2, :1, :4, :4])
