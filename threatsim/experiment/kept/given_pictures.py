"""All that a run needs of its pictures as files, for a machine that has neither the images nor the outcome bank."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from threatsim.common.errors import ThreatsimError
from threatsim.experiment.kept import known_pictures, shown_pictures
from threatsim.experiment.kept.known_pictures import KnownPictures
from threatsim.experiment.kept.shown_pictures import ShownPictures

_KNOWN: Final = "pictures.kept"
_SHOWN: Final = "shown.kept"


@dataclass(frozen=True)
class GivenPictures:
    """What a run takes in place of looking at pictures.

    Attributes:
        device: where the attacks ran: cpu or cuda.
        known: scores and figures of the classifiers.
        shown: curves and gallery.
    """

    device: str
    known: KnownPictures
    shown: ShownPictures

    def files(self) -> dict[str, bytes]:
        """Return it as files, by their names."""
        return {_KNOWN: known_pictures.packed(self.known), _SHOWN: shown_pictures.packed(self.shown)}


def pictures_from(read: Callable[[str], bytes], device: str) -> GivenPictures:
    """Return what was laid down as files.

    Args:
        read: gives the content of a file by its name.
        device: where the attacks ran.

    Raises:
        ThreatsimError: a file is not what this threatsim writes.
    """
    known, shown = known_pictures.unpacked(read(_KNOWN)), shown_pictures.unpacked(read(_SHOWN))
    if known is None or shown is None:
        raise ThreatsimError("the plan's pictures are not as this threatsim keeps them", hint="Prepare the plan again.")
    return GivenPictures(device, known, shown)
