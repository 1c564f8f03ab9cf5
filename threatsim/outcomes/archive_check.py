"""What an archive of real images has, and what is wrong with it row by row, before anything is trained or attacked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from threatsim.cases.ahead import answers
from threatsim.cases.colours import check_colours
from threatsim.cases.layouts.known import find_archives, findings_at, refuse_finding
from threatsim.cases.layouts.layout import LabelledImage
from threatsim.cases.layouts.listing import ArchiveListing, list_archive
from threatsim.cases.layouts.splits import SPLITS
from threatsim.cases.photograph import photograph_size
from threatsim.common.errors import InputError
from threatsim.common.progress import Progress

SHOWN = 20
"""Problems that are told one by one; of the others, how many there are."""


class SplitCount(BaseModel):
    """What is in one split of an archive."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    split: str = Field(description="train, calibration or test.")
    images: int = Field(description="Images in it.")
    positives: int = Field(description="Of these, with the finding.")
    patients: int = Field(description="Patients (or lesions) that they are of.")


class ArchiveCheck(BaseModel):
    """What an archive has, and what is wrong with it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str = Field(description="Its folder.")
    layout: str = Field(description="Name of the layout that was recognised.")
    title: str = Field(description="The layout, in words.")
    modality: str = Field(description="Kind of image.")
    finding: str = Field(description="What label 1 stands for.")
    images: int = Field(description="Images that its tables name and that are there.")
    splits: tuple[SplitCount, ...] = Field(description="Counts by split; none where something is wrong with a row.")
    left_out: int = Field(description="Images in no split, since they show a patient or a picture of the test split.")
    smallest: tuple[int, int] | None = Field(description="Width and height of the file with the fewest pixels.")
    largest: tuple[int, int] | None = Field(description="Width and height of the file with the most pixels.")
    oblong: int = Field(description="Images whose files are no squares.")
    decoded: bool = Field(description="Whether every file was read to its end, or its beginning and last bytes.")
    problems: int = Field(description="What is wrong, counted.")
    first_problems: tuple[str, ...] = Field(description=f"The first {SHOWN} of them, each with its place.")

    @property
    def is_usable(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.problems


def check_finding(path: Path | None, finding: str, names: Sequence[str]) -> None:
    """Refuse a finding that no archive of these modalities has, before anything is read but their tables' names.

    Args:
        path: an archive, or a folder of some; None where there are no real images.
        finding: what label 1 is to stand for.
        names: the modalities that are used.

    Raises:
        InputError: there is no archive, or none has the finding; those that there are are named.
    """
    if path is None:
        refuse_finding(finding)
    else:
        findings_at(path, finding, names)


def check_archives(
    path: Path, *, modality: str | None, finding: str | None, quick: bool, progress: Progress
) -> list[ArchiveCheck]:
    """Check the archives at a path.

    Args:
        path: an archive, or a folder of some.
        modality: the one to check; all if None.
        finding: what label 1 is to stand for; each layout's first one if None.
        quick: whether to read the beginning of each file alone.
        progress: told how many pictures are read.

    Raises:
        InputError: there is no archive, its layout is not recognised, or a table of it cannot be read.
    """
    archives = find_archives(path)
    if modality is not None and modality not in archives:
        raise InputError(
            f"there are no {modality} images here; there are {', '.join(archives)}",
            given=modality,
            allowed=archives,
            location=str(path),
        )
    names = [name for name in archives if modality in (None, name)]
    findings = findings_at(path, finding, names)
    listings = [list_archive(archives[name], name, finding=findings.get(name)) for name in names]
    return [_checked(listing, quick=quick, progress=progress) for listing in listings]


def _checked(listing: ArchiveListing, *, quick: bool, progress: Progress) -> ArchiveCheck:
    def size_of(image: LabelledImage) -> tuple[int, int] | InputError:
        try:
            return photograph_size(image.file, decode=not quick)
        except InputError as error:
            return image.at_its_row(error)

    sizes: list[tuple[int, int]] = []
    problems = list(listing.problems)
    once = list({image.file: image for image in listing.images}.values())  # a table may name one a million times
    with progress.stage(f"Reading {listing.folder.name}", len(once), "pictures") as advance:
        for found in answers(once, size_of):
            if isinstance(found, InputError):
                problems.append(found)
            else:
                sizes.append(found)
            advance(1)
    try:
        check_colours(listing)
    except InputError as error:
        problems.append(error)
    by_area = sorted(set(sizes), key=lambda size: (size[0] * size[1], size))
    return ArchiveCheck(
        path=str(listing.folder),
        layout=listing.layout.name,
        title=listing.layout.title,
        modality=listing.modality,
        finding=listing.finding,
        images=len(listing.images) + listing.left_out,
        splits=() if listing.problems else tuple(_count(listing.images, split) for split in SPLITS),
        left_out=listing.left_out,
        smallest=by_area[0] if by_area else None,
        largest=by_area[-1] if by_area else None,
        oblong=sum(width != height for width, height in sizes),
        decoded=not quick,
        problems=len(problems),
        first_problems=tuple(str(problem) for problem in problems[:SHOWN]),
    )


def _count(images: Sequence[LabelledImage], split: str) -> SplitCount:
    chosen = [image for image in images if image.split == split]
    return SplitCount(
        split=split,
        images=len(chosen),
        positives=sum(image.label for image in chosen),
        patients=len({image.patient for image in chosen}),
    )
