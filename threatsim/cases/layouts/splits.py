"""Which split an image is in: an archive's own test part is kept, and the rest is carved by patient."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from threatsim.cases.layouts.layout import LabelledImage
from threatsim.cases.layouts.tables import read_table
from threatsim.common.errors import InputError

SPLITS = ("train", "calibration", "test")
_CALIBRATION_SHARE = 0.15
_TEST_SHARE = 0.2
_MOST_IMAGES, _MOST_OF_A_CLASS = 30, 0.1
"""A patient with more images than this, and more than this share of a class, is no patient but a collective name."""


def assigned(images: Sequence[LabelledImage]) -> list[LabelledImage]:
    """Give each image its split; images of tested patients outside the test split are left out.

    An archive's own test split is kept. The rest is carved by patient: a patient's share is a hash of its name.
    """

    def share(image: LabelledImage) -> float:
        return int.from_bytes(hashlib.blake2b(image.patient.encode(), digest_size=7).digest()) / 2**56

    tested = {image.patient for image in images if image.split == "test"}
    found = []
    for image in images:
        if image.split == "test" or (not image.split and share(image) < _TEST_SHARE and not tested):
            split = "test"
        elif image.patient in tested:
            continue  # the patient is in the official test split: training on them would leak
        else:
            split = "calibration" if share(image) > 1 - _CALIBRATION_SHARE else "train"
        found.append(replace(image, split=split))
    return found


def without_twins(images: Sequence[LabelledImage], overlaps: Path) -> list[LabelledImage]:
    """Drop images outside the test split that show what an image of the test split shows.

    Args:
        images: with their splits.
        overlaps: a table with the columns `test` and `other`, names of images; nothing is dropped if it is absent.

    Raises:
        InputError: it lacks a column, or cannot be read.
    """
    if not overlaps.is_file():
        return list(images)
    splits = {image.name: image.split for image in images}
    twins = set()
    for row in read_table(overlaps, "test", "other"):
        tested, other = row.text("test"), row.text("other")
        if splits.get(tested) == "test" != splits.get(other):
            twins.add(other)
    return [image for image in images if image.name not in twins]


def check_patients(images: Sequence[LabelledImage], table: Path) -> None:
    """Refuse a column of patients that is none: a split by it would put a class, or much of it, on one side.

    Raises:
        InputError: one patient has a whole class, or much of a large one.
    """
    for label, text in ((0, "without"), (1, "with")):
        patients = Counter(image.patient for image in images if image.label == label)
        name, most = patients.most_common(1)[0] if patients else ("", 0)
        all_of_them = len(patients) == 1 and most > 1
        if all_of_them or (most > _MOST_IMAGES and most > _MOST_OF_A_CLASS * patients.total()):
            count = "all" if all_of_them else f"{most} of the"
            raise InputError(
                f"{count} {patients.total()} images {text} the finding are of one patient, '{name}'",
                given=name,
                location=str(table),
                hint="Name each image's own patient, or leave the column out where patients are not known.",
            )


def check_classes(images: Sequence[LabelledImage], table: Path) -> None:
    """Refuse a split that has not both classes.

    Raises:
        InputError: all images of a split are with the finding, or all without it.
    """
    for split in SPLITS:
        labels = [image.label for image in images if image.split == split]
        if len(set(labels)) < 2:
            raise InputError(
                f"the {split} split needs images with and without the finding, and has {len(labels)} images of one "
                "kind",
                given=split,
                location=str(table),
            )
