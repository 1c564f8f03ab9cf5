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
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps

from threatsim.cases.image_set import CaseSet
from threatsim.catalogue.modalities import IMAGE_MODALITIES
from threatsim.common.errors import ThreatsimError
from threatsim.common.suggest import did_you_mean

_SPLITS = {"train": "train", "val": "train", "validation": "train", "test": "test"}
MAX_SIZE = 128
"""Images are brought to this width (pixels) if they are wider and no size is asked for."""
Squared = Literal["squeezed", "padded"]
"""How a picture became a square: its aspect lost, or kept with black at two sides."""
_BAR, _BLACK = 0.03, 12
"""Width of a bar (share of the picture) and the greatest grey level of its pixels that tell a padded picture."""
_CALIBRATION_SHARE = 0.15
_TEST_SHARE = 0.2


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
    """The archives at `path`, by modality: `path` itself, or its folders named after a modality.

    Raises:
        ThreatsimError: `path` is no folder, or holds no archive.
    """
    if not path.is_dir():
        raise ThreatsimError("there is no such folder of images", location=str(path))
    kinds, name = IMAGE_MODALITIES, path.resolve().name
    if (path / "labels.csv").exists():
        if name in kinds:
            return {name: path}
        raise ThreatsimError(
            f"an archive's folder must be named after its modality, and '{name}' is none",
            location=str(path),
            hint=f"Allowed are {', '.join(kinds)}. {did_you_mean(name, kinds)}".strip(),
        )
    found = {name: path / name for name in kinds if (path / name / "labels.csv").exists()}
    if not found:
        raise ThreatsimError(
            "there is no archive here: neither labels.csv nor a folder "
            + " or ".join(f"{name}/" for name in kinds)
            + " with one",
            location=str(path),
        )
    return found


def archive_of(path: Path, modality: str, *, size: int | None = None, squared: Squared | None = None) -> Archive:
    """The archive of one modality among those at `path`.

    Args:
        size, squared: as for `load_archive`.

    Raises:
        ThreatsimError: there is none of this modality, or something is wrong with it.
    """
    archives = find_archives(path)
    if modality not in archives:
        raise ThreatsimError(
            f"there are no {modality} images here; there are {', '.join(archives)}", location=str(path)
        )
    return load_archive(archives[modality], modality, size=size, squared=squared)


def load_archive(path: Path, modality: str, *, size: int | None = None, squared: Squared | None = None) -> Archive:
    """Load an archive.

    Args:
        path: the folder with `images/` and `labels.csv`.
        modality: what the images show.
        size: width and height to resize to (pixels); None for the first image's own width, up to
            `MAX_SIZE`. All images become squares of it.
        squared: how images that are no squares become squares; squeezed if None. If it is given, pictures that were
            made square in the other way are refused.

    Raises:
        ThreatsimError: with file, line and column for anything wrong in labels.csv, or with the image's path; or the
            pictures were made square in another way than `squared`.
    """
    rows = _without_twins(_read_labels(path / "labels.csv", path / "images"), path / "overlaps.csv")
    if size is None:
        size = _read_image(path / "images" / rows[0].image, None, squared).shape[1]
    with ThreadPoolExecutor() as pool:
        pixels = list(pool.map(lambda row: _read_image(path / "images" / row.image, size, squared), rows))
    if squared:
        _check_squared(path, pixels, squared)
    images = torch.from_numpy(np.stack(pixels)).float().div_(255)
    digest = hashlib.sha256()
    for row, image in zip(rows, pixels, strict=True):
        digest.update(f"{row.image}|{row.label}|{row.split}|{row.patient}|".encode() + image.tobytes())
    name = path.resolve().name
    fingerprint = digest.hexdigest()[:16]
    everything = CaseSet(
        modality=modality,
        images=images,
        labels=np.array([row.label for row in rows], dtype=np.int8),
        case_ids=tuple(row.image for row in rows),
        patient_ids=tuple(row.patient for row in rows),
        source=f"archive {name} ({fingerprint})",
    )
    splits = np.array([row.split for row in rows])
    parts = {split: everything.subset(np.flatnonzero(splits == split)) for split in ("train", "calibration", "test")}
    for split, part in parts.items():
        if len(set(part.labels.tolist())) < 2:
            raise ThreatsimError(
                f"the {split} split needs images with and without the finding, and has {len(part)} images of one kind",
                location=str(path / "labels.csv"),
            )
    return Archive(modality, name, **parts, fingerprint=fingerprint)


def _read_table(path: Path, *columns: str) -> list[tuple[int, dict[str, str]]]:
    """Line and cells by column of every row that is not empty."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            table = list(csv.reader(file))
    except FileNotFoundError:
        raise ThreatsimError(f"the archive has no {path.name}", location=str(path)) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ThreatsimError(f"{path.name} cannot be read: {error}", location=str(path)) from error
    header = [name.strip() for name in table[0]] if table else []
    for needed in columns:
        if needed not in header:
            raise ThreatsimError(
                f"{path.name} has no column '{needed}'; its columns are {', '.join(header) or 'none'}",
                location=f"{path}:1:1",
                hint=did_you_mean(needed, header, found="The column looks like") or None,
            )
    return [(line, dict(zip(header, cells, strict=False))) for line, cells in enumerate(table[1:], start=2) if cells]


def _without_twins(rows: list[_Row], overlaps: Path) -> list[_Row]:
    """The rows, less those outside the test split that show what a picture of the test split shows."""
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
        raise ThreatsimError("labels.csv names no image", location=f"{path}:1:1")
    repeated = [image for image, count in Counter(row.image for row in rows).items() if count > 1]
    if repeated:
        line = [row.line for row in rows if row.image == repeated[0]][1]
        raise ThreatsimError(f"image '{repeated[0]}' is listed twice", location=f"{path}:{line}:1")
    return _assign_splits(rows)


def _read_row(path: Path, line: int, cells: dict[str, str], images: Path) -> _Row:
    def fail(column: str, message: str) -> ThreatsimError:
        before = list(cells)[: list(cells).index(column)] if column in cells else list(cells)
        position = 1 + sum(len(cells[name]) + 1 for name in before)
        return ThreatsimError(message, location=f"{path}:{line}:{position}")

    image = cells.get("image", "").strip()
    if not image or Path(image).name != image:
        raise fail("image", f"'{image}' is not the name of a file in images/")
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


def _check_squared(path: Path, pixels: list[NDArray[np.uint8]], squared: Squared) -> None:
    """Refuse pictures whose shape is not that which a classifier has learnt: padding shows as black bars."""
    padded = float(np.mean([_has_bars(image) for image in pixels]))
    if (padded > 0.5) != (squared == "padded"):
        other = "padded" if squared == "squeezed" else "squeezed"
        raise ThreatsimError(
            f"the classifier reads {squared} pictures, and these look {other}: "
            f"{padded:.0%} have black bars at two opposite sides",
            location=str(path / "images"),
            hint="Make them square in the other way, or train on them with a card that says how they are.",
        )


def _has_bars(image: NDArray[np.uint8]) -> bool:
    """Whether a (3, H, W) picture is black along two opposite sides."""
    dark = image.max(axis=0) <= _BLACK
    bar = max(1, round(_BAR * dark.shape[1]))
    return any(bool(side[:bar].all() and side[-bar:].all()) for side in (dark, dark.T))


def _read_image(path: Path, size: int | None, squared: Squared | None) -> NDArray[np.uint8]:
    """(3, H, W) uint8; the image becomes a square of `size` pixels, of its own width up to a limit if None."""
    try:
        with Image.open(path) as file:
            image = _eight_bits(file).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ThreatsimError(f"the image cannot be read: {error}", location=str(path)) from error
    width = min(image.width, MAX_SIZE) if size is None else size
    if squared == "padded":
        image = ImageOps.pad(image, (max(image.size),) * 2, Image.Resampling.LANCZOS)
    if image.size != (width, width):
        image = image.resize((width, width), Image.Resampling.LANCZOS)
    return np.asarray(image).transpose(2, 0, 1).copy()


def _eight_bits(image: Image.Image) -> Image.Image:
    """An image of more than 8 bits brought to 8: Pillow's own conversion cuts everything above 255 off."""
    if not image.mode.startswith(("I", "F")):
        return image
    pixels = np.asarray(image, dtype=np.float64)
    if image.mode == "F":
        raise ValueError("its pixels are floating-point numbers of unknown range; save it with 8 or 16 bits")
    if pixels.min() < 0 or pixels.max() > 65535:
        raise ValueError("its pixels do not fit into 16 bits; save it with 8 or 16 bits")
    bits = max(8, int(pixels.max()).bit_length())  # 12-bit films are stored in 16 bits and fill only part of them
    return Image.fromarray(np.round(pixels * (255 / (2**bits - 1))).astype(np.uint8))
