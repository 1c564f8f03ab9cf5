"""Files of others, damaged at random: each is read as what it is, or refused with one clear error.

Some dozen of each in the tests, the same each time; `make fuzz` tries FUZZ times as many, other ones each time.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from threatsim.cases.archive import archive_of
from threatsim.classifiers.card_file import read_card
from threatsim.classifiers.weights import load_tensors, read_calibration
from threatsim.common.errors import ThreatsimError
from threatsim.common.library import library_folder
from threatsim.experiment.record.record_reading import read_record
from threatsim.experiment.record.verification import verify

TIMES = int(os.environ.get("FUZZ", "1"))
RELAXED = settings(
    deadline=None,
    derandomize=TIMES == 1,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
FUNDOSCOPY = library_folder("classifiers") / "fundoscopy"
OLD_REPORT = Path(__file__).parents[1] / "experiment" / "old_report"
FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "WEBP", "GIF", "PPM", "TGA", "ICO", "PCX", "SGI", "DIB", "IM", "MSP", "XBM")
FORMATS += ("JPEG2000", "DDS", "SPIDER", "PDF", "EPS")


def edits(size: int) -> st.SearchStrategy[list[tuple[int, int, bytes]]]:
    """Places, how much is cut out there, and what is put in its stead."""
    pieces = st.binary(max_size=4) | st.sampled_from(
        [b"9" * 400, b"[" * 2000, b"NaN", b"-1", b"\xff\xfe", b"null", b'"']
    )
    return st.lists(st.tuples(st.integers(0, size), st.integers(0, 40), pieces), min_size=1, max_size=3)


def edited(data: bytes, places: list[tuple[int, int, bytes]]) -> bytes:
    for start, length, piece in places:
        data = data[:start] + piece + data[start + length :]
    return data


def refused_or(read: Callable[[], object]) -> object | None:
    """Return what was read; None where it was refused in a few lines, none of them a library's own."""
    try:
        return read()
    except ThreatsimError as error:
        told = str(error)
    assert told
    assert len(told.splitlines()) < 60
    assert "pydantic" not in told
    return None


CARD = (FUNDOSCOPY / "card.yaml").read_bytes()


@settings(RELAXED, max_examples=25 * TIMES)
@given(places=edits(len(CARD)))
def test_cards(tmp_path: Path, places: list[tuple[int, int, bytes]]) -> None:
    (tmp_path / "card.yaml").write_bytes(edited(CARD, places))
    refused_or(lambda: read_card(tmp_path / "card.yaml"))


TENSORS = {"victim": torch.linspace(0, 1, 8), "surrogate": torch.linspace(0, 1, 8), "labels": torch.arange(8) % 2}
HEADS = st.recursive(
    st.none() | st.integers(-2, 2**63) | st.sampled_from(["F32", "I64", "U9", "victim", "labels"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["dtype", "shape", "data_offsets", "victim", "labels", "__metadata__"]), inner
        )
    ),
    max_leaves=12,
)


@settings(RELAXED, max_examples=30 * TIMES)
@given(head=HEADS, length=st.none() | st.integers(0, 2**64 - 1), body=st.binary(max_size=64))
@example(head={}, length=2**63, body=b"")
def test_headers_of_weights(tmp_path: Path, head: object, length: int | None, body: bytes) -> None:
    text = json.dumps(head).encode()
    path = tmp_path / "calibration.safetensors"
    path.write_bytes(struct.pack("<Q", len(text) if length is None else length) + text + body)
    refused_or(lambda: load_tensors(path))
    refused_or(lambda: read_calibration(path, "victim"))


@settings(RELAXED, max_examples=30 * TIMES)
@given(data=st.data())
def test_bytes_of_weights(tmp_path: Path, data: st.DataObject) -> None:
    from safetensors.torch import save

    whole = save(TENSORS)
    path = tmp_path / "calibration.safetensors"
    path.write_bytes(edited(whole, data.draw(edits(len(whole)))))
    found = refused_or(lambda: read_calibration(path, "victim"))
    if found is not None:
        scores, labels = found  # type: ignore[misc]
        assert scores.shape == labels.shape
        assert set(labels.tolist()) == {0, 1}


RECORD = (OLD_REPORT / "record.json").read_bytes()


@settings(RELAXED, max_examples=15 * TIMES)
@given(places=edits(len(RECORD)))
def test_records(tmp_path: Path, places: list[tuple[int, int, bytes]]) -> None:
    """What is read of a changed record is told to differ, unless the change says nothing."""
    (tmp_path / "record.json").write_bytes(edited(RECORD, places))
    refused_or(lambda: read_record(tmp_path))
    refused_or(lambda: verify(tmp_path))


@pytest.fixture(scope="module")
def pictures() -> dict[str, bytes]:
    """A picture of 24 x 24 pixels in every format that the library here can write."""
    made: dict[str, bytes] = {}
    for name in FORMATS:
        file = io.BytesIO()
        mode = {"MSP": "1", "XBM": "1", "SPIDER": "F"}.get(name, "RGB")
        try:
            Image.effect_noise((24, 24), 60).convert(mode).save(file, name)
        except (OSError, KeyError, ValueError):
            continue
        made[name] = file.getvalue()
    assert len(made) >= 12
    return made


def test_what_is_whole_is_read(tmp_path: Path, pictures: dict[str, bytes]) -> None:
    """Else the others would hold of readers that refuse everything."""
    assert read_card(FUNDOSCOPY / "card.yaml")
    assert read_record(OLD_REPORT)
    assert read_calibration(FUNDOSCOPY / "calibration.safetensors", "victim")
    images = tmp_path / "chest_xray" / "images"
    images.mkdir(parents=True)
    for name in range(IMAGES):
        (images / f"{name}.png").write_bytes(pictures["PNG"])
    (images.parent / "labels.csv").write_text(LABELS)
    assert refused_or(lambda: archive_of(tmp_path, "chest_xray"))


@settings(RELAXED, max_examples=25 * TIMES)
@given(data=st.data())
def test_pictures(tmp_path: Path, pictures: dict[str, bytes], data: st.DataObject) -> None:
    """Damaged, cut short, of a format that is not read, or two in one file."""
    folder = tmp_path / "chest_xray"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "images").mkdir(parents=True)
    whole = pictures[data.draw(st.sampled_from(sorted(pictures)))]
    other = pictures[data.draw(st.sampled_from(sorted(pictures)))]
    damaged = data.draw(
        st.sampled_from([whole + other, whole[: len(whole) // 2], whole[:8] + other])
        | edits(len(whole)).map(lambda places: edited(whole, places))
    )
    for name in range(3):
        (folder / "images" / f"{name}.png").write_bytes(pictures["PNG"] if name else damaged)
    rows = ["image,label,split", "0.png,1,train", "1.png,0,val", "2.png,1,test"]
    (folder / "labels.csv").write_text("\n".join(rows))
    refused_or(lambda: archive_of(tmp_path, "chest_xray"))


IMAGES = 25
"""So many that the part that is kept for calibration has both classes."""
LABELS = "\n".join(
    ["image,label,split,patient", *(f"{n}.png,{n % 2},{['train', 'val', 'test'][n % 3]},p{n}" for n in range(IMAGES))]
)


@settings(RELAXED, max_examples=12 * TIMES)
@given(places=edits(len(LABELS)))
def test_labels(tmp_path: Path, pictures: dict[str, bytes], places: list[tuple[int, int, bytes]]) -> None:
    images = tmp_path / "chest_xray" / "images"
    images.mkdir(parents=True, exist_ok=True)
    for name in range(IMAGES):
        (images / f"{name}.png").write_bytes(pictures["PNG"])
    (images.parent / "labels.csv").write_bytes(edited(LABELS.encode(), places))
    refused_or(lambda: archive_of(tmp_path, "chest_xray"))
