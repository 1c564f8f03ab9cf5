"""Archives of real images: a folder with `images/` and `labels.csv`, split by patient where patients are known.

`labels.csv` has the columns `image` (file name in `images/`) and `label` (1 = the finding that a payer pays for,
else 0), and may have `split` (train, val, test) and `patient` or `lesion` (images of one never fall on both sides).
`overlaps.csv`, where there is one, has the columns `test` and `other`: pictures of the official test part that stand in
another part too. The other is left out.
"""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from pathlib import Path

import numpy as np
import torch

from threatsim.cases.image_set import CaseSet
from threatsim.cases.photograph import Squared, check_squared, read_photograph
from threatsim.catalogue.modalities import IMAGE_MODALITIES
from threatsim.common.errors import InputError
from threatsim.common.files import read_foreign
from threatsim.common.suggest import did_you_mean

_SPLITS = {"train": "train", "val": "train", "validation": "train", "test": "test"}
_CALIBRATION_SHARE = 0.15
_TEST_SHARE = 0.2
_MOST_IMAGES, _MOST_OF_A_CLASS = 30, 0.1
"""A patient with more images than this, and more than this share of a class, is no patient but a collective name."""
_AT_ONCE = 4
"""Pictures decoded at a time: decoded, one may be a hundred times as large as what is kept of it."""
_MOST_LINES, _LONGEST_NAME = 2_000_000, 255


@dataclass(frozen=True)
class Archive:
    """An archive of one modality in three splits.

    Attributes:
        train, calibration, test: case sets; no patient is in two of them.
        fingerprint: hash of all pixels, labels and splits.
    """

    modality: str
    name: str
    train: CaseSet
    calibration: CaseSet
    test: CaseSet
    fingerprint: str


@dataclass(frozen=True)
class _Row:
    line: int
    image: str
    label: int
    split: str
    patient: str


def find_archives(path: Path) -> dict[str, Path]:
    """Find the archives at `path`, by modality: `path` itself, or its folders named after a modality.

    Raises:
        InputError: `path` is no folder, or holds no archive.
    """
    if not path.is_dir():
        raise InputError("there is no such folder of images", given=str(path), location=str(path))
    kinds, name = IMAGE_MODALITIES, path.resolve().name
    if (path / "labels.csv").exists():
        if name in kinds:
            return {name: path}
        raise InputError(
            f"an archive's folder must be named after its modality, and '{name}' is none",
            given=name,
            allowed=kinds,
            location=str(path),
            hint=f"Allowed are {', '.join(kinds)}. {did_you_mean(name, kinds)}".strip(),
        )
    found = {name: path / name for name in kinds if (path / name / "labels.csv").exists()}
    if not found:
        raise InputError(
            "there is no archive here: neither labels.csv nor a folder "
            + " or ".join(f"{name}/" for name in kinds)
            + " with one",
            given=str(path),
            location=str(path),
        )
    return found


def archive_of(path: Path, modality: str, *, size: int | None = None, squared: Squared | None = None) -> Archive:
    """Find the archive of one modality among those at `path`.

    Args:
        size, squared: as for `load_archive`.

    Raises:
        InputError: there is none of this modality, or something is wrong with it.
    """
    archives = find_archives(path)
    if modality not in archives:
        raise InputError(
            f"there are no {modality} images here; there are {', '.join(archives)}",
            given=modality,
            location=str(path),
        )
    return load_archive(archives[modality], modality, size=size, squared=squared)


def load_archive(path: Path, modality: str, *, size: int | None = None, squared: Squared | None = None) -> Archive:
    """Load an archive.

    Args:
        path: the folder with `images/` and `labels.csv`.
        modality: what the images show.
        size: width and height to resize to (pixels); None for the first image's own width, up to
            `photograph.MAX_SIZE`. All images become squares of it.
        squared: how images that are no squares become squares; squeezed if None. If it is given, pictures that were
            made square in the other way are refused.

    Raises:
        InputError: with file, line and column for anything wrong in labels.csv, or with the image's path; or the
            pictures were made square in another way than `squared`.
    """
    rows = _without_twins(_read_labels(path / "labels.csv", path / "images"), path / "overlaps.csv")
    if size is None:
        size = read_photograph(path / "images" / rows[0].image, None, squared).shape[1]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        pixels = list(pool.map(lambda row: read_photograph(path / "images" / row.image, size, squared), rows))
    if squared:
        check_squared(path, pixels, squared)
    digest = hashlib.sha256()
    for row, image in zip(rows, pixels, strict=True):
        digest.update(f"{row.image}|{row.label}|{row.split}|{row.patient}|".encode() + image.tobytes())
    name = path.resolve().name
    fingerprint = digest.hexdigest()[:16]

    def part_of(split: str) -> CaseSet:
        # A part at a time: thousands of photographs in float32 are gigabytes, and are not to be held twice.
        chosen = [(row, image) for row, image in zip(rows, pixels, strict=True) if row.split == split]
        images = np.stack([image for _, image in chosen]) if chosen else np.empty((0, *pixels[0].shape), np.uint8)
        return CaseSet(
            modality=modality,
            images=torch.from_numpy(images).float().div_(255),
            labels=np.array([row.label for row, _ in chosen], dtype=np.int8),
            case_ids=tuple(row.image for row, _ in chosen),
            patient_ids=tuple(row.patient for row, _ in chosen),
            source=f"archive {name} ({fingerprint})",
        )

    parts = {split: part_of(split) for split in ("train", "calibration", "test")}
    for split, part in parts.items():
        if len(set(part.labels.tolist())) < 2:
            raise InputError(
                f"the {split} split needs images with and without the finding, and has {len(part)} images of one kind",
                given=split,
                location=str(path / "labels.csv"),
            )
    return Archive(modality, name, **parts, fingerprint=fingerprint)


def _read_table(path: Path, *columns: str) -> list[tuple[int, dict[str, str]]]:
    """Read line and cells by column of every row that is not empty."""
    try:
        text = read_foreign(path, "table of labels").decode("utf-8-sig")
        table = list(islice(csv.reader(StringIO(text, newline="")), _MOST_LINES + 1))
    except FileNotFoundError:
        raise InputError(f"the archive has no {path.name}", given=str(path), location=str(path)) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path.name} cannot be read: {error}", given=str(path), location=str(path)) from error
    if len(table) > _MOST_LINES:
        text = f"{path.name} has more than {_MOST_LINES:,} lines"
        raise InputError(text, given=str(path), location=f"{path}:{_MOST_LINES + 1}:1")
    header = [name.strip() for name in table[0]] if table else []
    for needed in columns:
        if needed not in header:
            raise InputError(
                f"{path.name} has no column '{needed}'; its columns are {', '.join(header) or 'none'}",
                given=needed,
                allowed=header,
                location=f"{path}:1:1",
                hint=did_you_mean(needed, header, found="The column looks like") or None,
            )
    return [(line, dict(zip(header, cells, strict=False))) for line, cells in enumerate(table[1:], start=2) if cells]


def _without_twins(rows: list[_Row], overlaps: Path) -> list[_Row]:
    """Drop rows outside the test split that show what a picture of the test split shows."""
    if not overlaps.is_file():
        return rows
    splits = {row.image: row.split for row in rows}
    twins = set()
    for _, cells in _read_table(overlaps, "test", "other"):
        tested, other = cells.get("test", "").strip(), cells.get("other", "").strip()
        if splits.get(tested) == "test" != splits.get(other):
            twins.add(other)
    return [row for row in rows if row.image not in twins]


def _read_labels(path: Path, images: Path) -> list[_Row]:
    rows = [_read_row(path, line, cells, images) for line, cells in _read_table(path, "image", "label")]
    if not rows:
        raise InputError("labels.csv names no image", given=str(path), location=f"{path}:1:1")
    repeated = [image for image, count in Counter(row.image for row in rows).items() if count > 1]
    if repeated:
        line = [row.line for row in rows if row.image == repeated[0]][1]
        raise InputError(f"image '{repeated[0]}' is listed twice", given=repeated[0], location=f"{path}:{line}:1")
    _check_patients(rows, path)
    return _assign_splits(rows)


def _check_patients(rows: list[_Row], path: Path) -> None:
    """Refuse a column of patients that is none: a split by it would put a class, or much of it, on one side."""
    for label, text in ((0, "without"), (1, "with")):
        patients = Counter(row.patient for row in rows if row.label == label)
        name, most = patients.most_common(1)[0] if patients else ("", 0)
        all_of_them = len(patients) == 1 and most > 1
        if all_of_them or (most > _MOST_IMAGES and most > _MOST_OF_A_CLASS * patients.total()):
            count = "all" if all_of_them else f"{most} of the"
            raise InputError(
                f"{count} {patients.total()} images {text} the finding are of one patient, '{name}'",
                given=name,
                location=str(path),
                hint="Name each image's own patient, or leave the column out where patients are not known.",
            )


def _read_row(path: Path, line: int, cells: dict[str, str], images: Path) -> _Row:
    def fail(column: str, message: str) -> InputError:
        before = list(cells)[: list(cells).index(column)] if column in cells else list(cells)
        position = 1 + sum(len(cells[name]) + 1 for name in before)
        return InputError(message, given=cells.get(column, ""), location=f"{path}:{line}:{position}")

    image = cells.get("image", "").strip()
    if not image or len(image) > _LONGEST_NAME or Path(image).name != image:
        raise fail("image", f"'{image[:_LONGEST_NAME]}' is not the name of a file in images/")
    if not (images / image).is_file():
        raise fail("image", f"image '{image}' is not in images/")
    label = cells.get("label", "").strip()
    if label not in ("0", "1"):
        raise fail("label", f"label is '{label}'; allowed are 0 and 1")
    split = cells.get("split", "").strip().lower()
    if split and split not in _SPLITS:
        raise fail("split", f"split is '{split}'; allowed are train, val and test")
    patient = (cells.get("patient") or cells.get("lesion") or image).strip()
    return _Row(line, image, int(label), _SPLITS.get(split, ""), patient)


def _assign_splits(rows: list[_Row]) -> list[_Row]:
    """Keep an archive's own test split, and carve the rest by patient: a patient's share is a hash of its name."""

    def share(row: _Row) -> float:
        return int.from_bytes(hashlib.blake2b(row.patient.encode(), digest_size=7).digest()) / 2**56

    tested = {row.patient for row in rows if row.split == "test"}
    assigned = []
    for row in rows:
        if row.split == "test" or (not row.split and share(row) < _TEST_SHARE and not tested):
            split = "test"
        elif row.patient in tested:
            continue  # the patient is in the official test split: training on them would leak
        else:
            split = "calibration" if share(row) > 1 - _CALIBRATION_SHARE else "train"
        assigned.append(_Row(row.line, row.image, row.label, split, row.patient))
    return assigned
