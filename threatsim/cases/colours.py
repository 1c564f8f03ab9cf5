"""Whether pictures are grey or in colour as those of their modality are: looked at on a few, before all are read."""

from __future__ import annotations

import numpy as np

from threatsim.cases.layouts.layout import LabelledImage
from threatsim.cases.layouts.listing import ArchiveListing
from threatsim.cases.photograph import read_photograph
from threatsim.catalogue.modalities import MODALITIES
from threatsim.common.errors import InputError

LOOKED_AT = 12
"""Pictures of an archive that are looked at, evenly over its rows."""
_SIDE = 64
"""Width at which they are looked at (pixels)."""
_APART, _SHARE = 16, 0.01
"""Levels between the channels of a pixel, and share of such pixels, from which on a picture is in colour."""


def check_colours(listing: ArchiveListing) -> None:
    """Refuse an archive whose pictures cannot be of its modality: in colour where those are grey, or grey throughout.

    Pictures that cannot be read are passed over; whoever reads them all tells of them.

    Raises:
        InputError: more than half of the pictures looked at are in colour where the modality is grey, or not one is
            where it is in colour; with the path of the first.
    """
    wanted = MODALITIES[listing.modality].colour
    if wanted is None:
        return
    step = max(1, len(listing.images) // LOOKED_AT)
    seen = [(image, found) for image in listing.images[::step][:LOOKED_AT] if (found := _in_colour(image)) is not None]
    other = [image for image, found in seen if found is not wanted]
    if not other or 2 * len(other) <= len(seen) or (wanted and len(other) < len(seen)):
        return
    title = MODALITIES[listing.modality].title.lower()
    here, usual = ("grey", "in colour") if wanted else ("in colour", "grey")
    raise InputError(
        f"pictures of {title} are {usual}, and this one is {here}, as are {len(other)} of {len(seen)} that were looked "
        "at",
        given=str(other[0].file),
        location=str(other[0].file),
        hint="Is the archive of another modality?",
    )


def _in_colour(image: LabelledImage) -> bool | None:
    try:
        pixels = read_photograph(image.file, _SIDE, None).pixels
    except (InputError, FileNotFoundError):
        return None
    apart = pixels.max(axis=0) - pixels.min(axis=0)
    return bool(np.mean(apart > _APART) > _SHARE)
