"""What a report shows of attacks beside figures: success against budget, and one picture a tactic, kept once made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from numpy.typing import NDArray

from threatsim.experiment.kept import kept_file
from threatsim.experiment.record.record import ClassifierFigures, SuccessCurve
from threatsim.outcomes.preparation.gallery_item import GalleryItem

_KIND = "shown"
_IMAGES = ("original", "attacked")


@dataclass(frozen=True)
class ShownPictures:
    """What a report shows of attacks.

    Attributes:
        curves: modality -> success against budget.
        gallery: attacked cases to look at.
    """

    curves: Mapping[str, Sequence[SuccessCurve]]
    gallery: Sequence[GalleryItem]

    def with_curves(self, figures: Sequence[ClassifierFigures]) -> list[ClassifierFigures]:
        """Return the figures of the classifiers with their curves."""
        return [one.model_copy(update={"curves": tuple(self.curves[one.modality])}) for one in figures]


def save(key: str, shown: ShownPictures) -> None:
    """Keep what is shown.

    Args:
        key: of `known_pictures.pictures_key`.
        shown: it.
    """
    kept_file.save(_KIND, key, *_as_kept(shown))


def packed(shown: ShownPictures) -> bytes:
    """Return what is shown as the content of a file."""
    return kept_file.packed(_KIND, "", *_as_kept(shown))


def unpacked(content: bytes) -> ShownPictures | None:
    """Return what was `packed`; None if it is damaged."""
    return _shown(kept_file.unpacked(_KIND, "", content))


def _as_kept(shown: ShownPictures) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    arrays: dict[str, NDArray[Any]] = {}
    items = []
    for number, item in enumerate(shown.gallery):
        arrays |= {f"{number}/{name}": getattr(item, name) for name in _IMAGES}
        items.append({part.name: getattr(item, part.name) for part in fields(item) if part.name not in _IMAGES})
    curves = {name: [curve.model_dump(mode="json") for curve in found] for name, found in shown.curves.items()}
    return {"curves": curves, "gallery": items}, arrays


def load(key: str) -> ShownPictures | None:
    """Return what is shown under a key; None if it is not kept."""
    return _shown(kept_file.load(_KIND, key))


def _shown(found: tuple[Any, dict[str, NDArray[Any]]] | None) -> ShownPictures | None:
    if found is None:
        return None
    text, arrays = found
    return ShownPictures(
        curves={
            name: [SuccessCurve.model_validate(curve) for curve in curves] for name, curves in text["curves"].items()
        },
        gallery=[
            GalleryItem(original=arrays[f"{number}/original"], attacked=arrays[f"{number}/attacked"], **item)
            for number, item in enumerate(text["gallery"])
        ],
    )
