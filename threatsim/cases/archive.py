"""Archives of real images in three splits, split by patient where patients are known.

How an archive is laid out is found out by `threatsim.cases.layouts`. Its pictures are kept as 8-bit grey levels: in
memory where they are few, else in a file of the cache, under the hash of all files that they were made of.
`overlaps.csv`, where there is one, has the columns `test` and `other`: pictures of the official test part that stand in
another part too. The other is left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL
from numpy.typing import NDArray

from threatsim.cases.ahead import answers
from threatsim.cases.colours import check_colours
from threatsim.cases.image_set import CaseSet
from threatsim.cases.layouts.known import find_archives
from threatsim.cases.layouts.layout import LabelledImage
from threatsim.cases.layouts.listing import ArchiveListing, list_archive
from threatsim.cases.level_file import LevelRecord, LevelWriter, read_levels
from threatsim.cases.photograph import Photograph, Squared, check_end, check_squared, read_photograph
from threatsim.cases.stored_images import Pictures, StoredImages, without_copies
from threatsim.common.cache import cache_folder
from threatsim.common.errors import InputError, ThreatsimError
from threatsim.common.files import read_foreign
from threatsim.common.progress import Progress

_IN_MEMORY = 1_500_000_000
"""Most bytes of grey levels, three channels counted, that are held in memory."""
_VERSION = 1
"""Raised whenever pictures are made in another way."""


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


def archive_of(
    path: Path,
    modality: str,
    *,
    size: int | None = None,
    squared: Squared | None = None,
    finding: str | None = None,
    check: Callable[[ArchiveListing], None] = lambda listing: None,
    progress: Progress | None = None,
) -> Archive:
    """Find the archive of one modality among those at `path`.

    Args:
        size, squared, finding, progress: as for `load_archive`.
        check: called with what the archive has before a picture is read.

    Raises:
        InputError: there is none of this modality, its pictures look to be of another, or something is wrong with it.
    """
    archives = find_archives(path)
    if modality not in archives:
        raise InputError(
            f"there are no {modality} images here; there are {', '.join(archives)}",
            given=modality,
            location=str(path),
        )
    listing = list_archive(archives[modality], modality, finding=finding)
    listing.check()
    check(listing)
    check_colours(listing)
    return read_archive(listing, size=size, squared=squared, progress=progress)


def load_archive(path: Path, modality: str, *, size: int | None = None, squared: Squared | None = None) -> Archive:
    """Load the archive in a folder; arguments and errors are those of `read_archive`, and what its listing raises."""
    listing = list_archive(path, modality)
    listing.check()
    return read_archive(listing, size=size, squared=squared)


def read_archive(
    listing: ArchiveListing,
    *,
    size: int | None = None,
    squared: Squared | None = None,
    progress: Progress | None = None,
) -> Archive:
    """Read the pictures of an archive.

    Args:
        listing: its images, with which nothing is wrong.
        size: width and height to resize to (pixels); None for the first image's own width, up to
            `photograph.MAX_SIZE`. All images become squares of it.
        squared: how images that are no squares become squares; squeezed if None. If it is given, pictures that were
            made square in the other way are refused.
        progress: is told how many pictures are read.

    Raises:
        InputError: with the image's path for one that cannot be read; or the pictures were made square in another way
            than `squared`.
        ThreatsimError: the pictures fill the memory, and the cache has no room for them.
    """
    images = listing.images
    if size is None:
        size = read_photograph(images[0].file, None, squared).pixels.shape[1]
    path = None
    if len(images) * 3 * size**2 > _IN_MEMORY:
        with _stage(progress, "Telling files apart", len(images)) as advance:
            path = cache_folder() / "images" / f"{_key(images, size, squared, advance)}.levels"
    with _stage(progress, "Reading pictures", len(images)) as advance:
        reading = _Reading(images, size, squared, advance)
        pictures = reading.in_memory() if path is None else reading.in_file(path)
    if squared and 2 * reading.oblong <= len(images):  # what came oblong was made square here, in the right way
        check_squared(listing.folder, reading.padded, squared)
    name, fingerprint = listing.folder.resolve().name, reading.fingerprint
    of = f", label 1: {listing.finding}" if listing.chosen else ""
    made = f", {reading.oblong:,} of {len(images):,} {_HOW[squared]}" if reading.oblong else ""

    def part_of(split: str) -> CaseSet:
        rows = np.array([row for row, image in enumerate(images) if image.split == split], np.int64)
        return CaseSet(
            modality=listing.modality,
            images=StoredImages(pictures, (size, size), rows=rows),
            labels=np.array([images[row].label for row in rows], dtype=np.int8),
            case_ids=tuple(images[row].name for row in rows),
            patient_ids=tuple(images[row].patient for row in rows),
            source=f"archive {name} ({fingerprint}{of}{made})",
        )

    parts = {split: part_of(split) for split in ("train", "calibration", "test")}
    return Archive(listing.modality, name, **parts, fingerprint=fingerprint)


_HOW: dict[Squared | None, str] = {
    None: "squeezed to squares",
    "squeezed": "squeezed to squares",
    "padded": "cropped to the field of view and padded",
}


class _Reading:
    """The pictures of an archive while they are read, and what is known of them afterwards."""

    def __init__(
        self, images: Sequence[LabelledImage], size: int, squared: Squared | None, advance: Callable[[int], None]
    ) -> None:
        self._images, self._size, self._squared, self._advance = images, size, squared, advance
        self.fingerprint, self.padded, self.oblong = "", 0.0, 0

    def in_memory(self) -> Pictures:
        """Read all pictures and hold them."""
        return list(self._pictures())

    def in_file(self, path: Path) -> Pictures:
        """Open the file of the cache that has the pictures; it is made if it is not there."""
        kept = read_levels(path)
        if kept is None:
            writer = LevelWriter(path)
            writer.write(self._pictures())
            writer.finish(
                LevelRecord(
                    size=self._size,
                    channels=tuple(writer.channels),
                    checksums=tuple(writer.checksums),
                    fingerprint=self.fingerprint,
                    padded=self.padded,
                    oblong=self.oblong,
                )
            )
            kept = read_levels(path)
            if kept is None:
                raise ThreatsimError("the archive's pictures were written and are gone", location=str(path))
        pictures, record = kept
        self.fingerprint, self.padded, self.oblong = record.fingerprint, record.padded, record.oblong
        return pictures

    def _pictures(self) -> Iterator[NDArray[np.uint8]]:
        digest, padded = hashlib.sha256(), 0
        for image, photograph in zip(self._images, answers(self._images, self._photograph), strict=True):
            named = f"{image.name}|{image.label}|{image.split}|{image.patient}|"
            digest.update(named.encode() + photograph.pixels.tobytes())
            is_oblong = photograph.width != photograph.height
            self.oblong += is_oblong
            padded += not is_oblong and photograph.is_padded
            self._advance(1)
            yield without_copies(photograph.pixels)
        self.fingerprint, self.padded = digest.hexdigest()[:16], padded / max(1, len(self._images) - self.oblong)

    def _photograph(self, image: LabelledImage) -> Photograph:
        try:
            return read_photograph(image.file, self._size, self._squared)
        except InputError as error:
            raise image.at_its_row(error) from error


def _stage(progress: Progress | None, title: str, count: int) -> AbstractContextManager[Callable[[int], None]]:
    return nullcontext(lambda done: None) if progress is None else progress.stage(title, count, "pictures")


def _key(images: Sequence[LabelledImage], size: int, squared: Squared | None, advance: Callable[[int], None]) -> str:
    """Hash all that the pictures depend on: the bytes of each file, and how they are read.

    Raises:
        InputError: a file was cut short, which is told before any picture is read.
    """
    digest = hashlib.sha256(f"{_VERSION} {size} {squared} pillow {PIL.__version__}".encode())
    for image, content in zip(images, answers(images, _content), strict=True):
        named = f"{image.name}|{image.label}|{image.split}|{image.patient}|"
        digest.update(named.encode() + content)
        advance(1)
    return digest.hexdigest()[:24]


def _content(image: LabelledImage) -> bytes:
    data = read_foreign(image.file, "picture", within=image.file.parent)
    try:
        check_end(image.file, data)
    except InputError as error:
        raise image.at_its_row(error) from error
    return hashlib.sha256(data).digest()
