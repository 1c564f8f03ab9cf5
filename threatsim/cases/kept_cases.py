"""Synthetic cases that are drawn once: from a file that ships, else from the cache, else drawn and kept there.

Drawing the same set on two processors gives pictures that differ in single pixels, and outcomes of attacks are kept
under the hash of the picture. So the first test cases of the shipped classifiers travel as pixels, in
`classifiers/cases/`, one file for a classifier and its hardened twin; every shipped scenario attacks these. What is
asked for beyond them (more test cases, or the training and calibration cases that controls and universal
perturbations are fitted on, which would be some 20 MB more) is drawn once for each cache folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
from collections.abc import Iterable
from pathlib import Path

import torch
from pydantic import TypeAdapter, ValidationError

from threatsim.cases.image_set import CaseSet
from threatsim.cases.pixel_files import (
    PixelRecord,
    read_pixels,
    read_sheet,
    record_of,
    without_copies,
    write_pixels,
    write_sheet,
)
from threatsim.cases.synthetic.generate import SyntheticSet, draw_pixels, with_labels
from threatsim.common.cache import cache_folder
from threatsim.common.errors import ThreatsimError
from threatsim.common.files import write_text
from threatsim.common.library import library_folder

_LOG = logging.getLogger(__name__)
_RECORDS = TypeAdapter(tuple[PixelRecord, ...])


def kept_cases(wanted: SyntheticSet, count: int, *, shelf: Path | None = None) -> CaseSet:
    """Return the first `count` cases of a synthetic set, with the same pixels as ever.

    A file whose pixels do not fit their hash is left out as a whole: its cases are drawn anew, and a line in the log
    says so. Cases after those of the shipped file are kept apart, under its hash.

    Args:
        shelf: folder of the shipped sets; the one that comes with threatsim if None.
    """
    head, after = _shipped(wanted, shelf or shipped_sets())
    if len(head) < count:
        head = _joined(head, _cached_or_drawn(wanted, len(head), count, after))
    return with_labels(wanted, head[:count])


def shipped_sets() -> Path:
    """Return the folder of the sets that come with threatsim.

    Raises:
        ThreatsimError: the installation is damaged.
    """
    return library_folder("classifiers") / "cases"


def ship(sets: Iterable[SyntheticSet], count: int, shelf: Path) -> tuple[PixelRecord, ...]:
    """Draw the first `count` cases of each set and write them into a folder, with `cases.json` saying what they are."""
    records = []
    for cases in sets:
        pixels = without_copies(draw_pixels(cases, count))
        write_sheet(_sheet(shelf, cases), pixels)
        records.append(record_of(cases, 0, pixels))
    write_text(_index(shelf), _RECORDS.dump_json(tuple(records), indent=2).decode() + "\n")
    return tuple(records)


def _shipped(wanted: SyntheticSet, shelf: Path) -> tuple[torch.Tensor, str]:
    """Return the pixels (N, C, H, W) that ship of a set, and their hash; none and an empty hash if there are none."""
    sheet = _sheet(shelf, wanted)
    try:
        record = next((record for record in _records(_index(shelf)) if record.cases == wanted), None)
        if record is not None:
            return read_sheet(sheet, record), record.sha256
        if sheet.is_file():
            raise ThreatsimError("the file is not in the list beside it", location=str(sheet))
    except ThreatsimError as error:
        _LOG.warning("%s; cases are drawn here instead, until threatsim is installed again.", error)
    return _none(wanted), ""


def _records(index: Path) -> tuple[PixelRecord, ...]:
    if not index.is_file():
        return ()
    try:
        return _RECORDS.validate_json(index.read_bytes())
    except (OSError, ValidationError) as error:
        raise ThreatsimError("the list of kept cases is damaged", location=str(index)) from error


def _cached_or_drawn(wanted: SyntheticSet, first: int, stop: int, after: str) -> torch.Tensor:
    """Return the pixels of the cases `first` to at least `stop` - 1, which follow the shipped ones of hash `after`."""
    path = cache_folder() / "cases" / f"{_name(wanted, first, after)}.safetensors"
    kept = _cached(path, wanted, first)
    if first + len(kept) >= stop:
        return kept
    pixels = _joined(kept, draw_pixels(wanted, stop, start=first + len(kept)))
    with contextlib.suppress(OSError):  # a cache that cannot be written costs seconds of drawing the next time
        write_pixels(path, record_of(wanted, first, pixels), pixels)
    return pixels


def _cached(path: Path, wanted: SyntheticSet, first: int) -> torch.Tensor:
    """Read the pixels in a file of the cache; none if it is absent or damaged."""
    try:
        if path.is_file():
            pixels, record = read_pixels(path)
            if (record.cases, record.first) == (wanted, first):
                return pixels
            raise ThreatsimError("the pixels are of other cases", location=str(path))
    except (ThreatsimError, OSError) as error:
        _LOG.warning("%s; its cases are drawn again.", error)
    return _none(wanted)


def _none(wanted: SyntheticSet) -> torch.Tensor:
    return torch.empty(0, 1, wanted.size, wanted.size, dtype=torch.uint8)


def _joined(first: torch.Tensor, rest: torch.Tensor) -> torch.Tensor:
    """Join both, with one channel if that is all there is in either."""
    return without_copies(torch.cat([part.expand(-1, 3, -1, -1) for part in (first, rest)]))


def _sheet(shelf: Path, cases: SyntheticSet) -> Path:
    return shelf / f"{_name(cases)}.webp"


def _index(shelf: Path) -> Path:
    return shelf / "cases.json"


def _name(cases: SyntheticSet, first: int = 0, after: str = "") -> str:
    """Name a file by what may be told at a glance, and the hash of all that its pixels depend on."""
    digest = hashlib.sha256(f"{cases.model_dump_json()} {first} {after}".encode()).hexdigest()
    return f"{cases.modality}-{cases.split}-{digest[:16]}"
