"""DICOM files, and the published archive that comes as such."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from threatsim.cases.layouts.listing import list_archive
from threatsim.cases.photograph import photograph_size, read_photograph
from threatsim.common.errors import InputError

pydicom = pytest.importorskip("pydicom")

RAMP = np.linspace(0, 255, 256).astype(np.uint8).reshape(16, 16)


def write(path: Path, pixels: NDArray[np.uint8 | np.uint16] | None, **tags: object) -> Path:
    """Write a film, grey unless the tags say otherwise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    meta = pydicom.dataset.FileMetaDataset()
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1"
    meta.MediaStorageSOPInstanceUID = "1.2.3"
    film = pydicom.Dataset()
    film.file_meta, film.Modality = meta, "CR"
    if pixels is not None:
        film.Rows, film.Columns = pixels.shape[-2:]
        film.SamplesPerPixel, film.PhotometricInterpretation, film.PixelRepresentation = 1, "MONOCHROME2", 0
        film.BitsAllocated = film.BitsStored = 8 * pixels.itemsize
        film.HighBit = film.BitsStored - 1
        film.PixelData = pixels.tobytes()
    for name, value in tags.items():
        setattr(film, name, value)
    film.save_as(path, enforce_file_format=True)
    return path


def shown(path: Path) -> NDArray[np.uint8]:
    return read_photograph(path, 16, None).pixels


def test_a_film_of_8_bits_comes_through_unchanged_and_an_inverted_one_is_turned(tmp_path: Path) -> None:
    film = write(tmp_path / "a.dcm", RAMP)
    np.testing.assert_array_equal(shown(film), np.broadcast_to(RAMP, (3, 16, 16)))
    assert photograph_size(film, decode=False) == (16, 16)
    inverted = write(tmp_path / "b.dcm", RAMP, PhotometricInterpretation="MONOCHROME1")
    np.testing.assert_array_equal(shown(inverted)[0], 255 - RAMP)


def test_a_film_of_12_bits_is_brought_to_8_whole_or_by_its_window(tmp_path: Path) -> None:
    deep = np.linspace(0, 4095, 256).round().astype(np.uint16).reshape(16, 16)
    whole = write(tmp_path / "a.dcm", deep, BitsStored=12, HighBit=11)
    np.testing.assert_array_equal(shown(whole)[0], np.round(deep * (255 / 4095)).astype(np.uint8))
    window = write(tmp_path / "b.dcm", deep, BitsStored=12, HighBit=11, WindowCenter=2048, WindowWidth=1024)
    seen = shown(window)[0].astype(int)
    assert (seen[deep < 1536] == 0).all()  # PS3.3 C.11.2.1.2: the window runs from 1536 to 2559
    assert (seen[deep > 2560] == 255).all()
    np.testing.assert_allclose(
        seen[(deep > 1540) & (deep < 2555)], (deep[(deep > 1540) & (deep < 2555)] - 1536) / 4, atol=1
    )


@pytest.mark.parametrize(
    ("pixels", "tags", "message"),
    [
        (np.zeros((3, 16, 16), np.uint8), {"NumberOfFrames": 3}, "a DICOM file of 3 frames"),
        (None, {}, r"a DICOM file without pixels \(CR\)"),
        (RAMP, {"Rows": 4000}, "its pixels cannot be decoded"),
        (RAMP, {"Rows": 40_000, "Columns": 40_000}, "at most 50,000,000 are read"),
    ],
)
def test_a_film_that_is_no_picture_is_one_error(
    pixels: NDArray[np.uint8] | None, tags: dict[str, object], message: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message) as caught:
        shown(write(tmp_path / "a.dcm", pixels, **tags))
    assert caught.value.location == str(tmp_path / "a.dcm")


def test_without_pydicom_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = write(tmp_path / "a.dcm", RAMP)
    monkeypatch.setitem(sys.modules, "pydicom", None)
    with pytest.raises(InputError, match=r"pip install 'threatsim\[dicom\]'"):
        shown(film)


def test_the_pneumonia_challenge_has_a_row_a_box(tmp_path: Path) -> None:
    rows = ["patientId,x,y,width,height,Target"]
    for i in range(60):
        name = f"{i:04d}-aa"
        write(tmp_path / "stage_2_train_images" / f"{name}.dcm", RAMP)
        rows += (
            [f"{name},264.0,152.0,213.0,379.0,1", f"{name},562.0,152.0,256.0,453.0,1"] if i % 2 else [f"{name},,,,,0"]
        )
    labels = tmp_path / "stage_2_train_labels.csv"
    labels.write_text("\n".join(rows))
    listing = list_archive(tmp_path, "chest_xray")
    listing.check()
    assert (len(listing.images), sum(image.label for image in listing.images)) == (60, 30)
    labels.write_text("\n".join([*rows, f"{rows[1].partition(',')[0]},1.0,1.0,1.0,1.0,1"]))
    with pytest.raises(InputError, match="has Target 1 here, and 0 before"):
        list_archive(tmp_path, "chest_xray").check()
