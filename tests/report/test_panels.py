"""The gallery's pictures: what is shown is what was changed."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from threatsim.common.errors import ThreatsimError
from threatsim.outcomes.preparation.gallery_item import GalleryItem
from threatsim.report.page.panels import in_order, panels, proportion


def decoded(address: str) -> Image.Image:
    head, _, body = address.partition(",")
    assert head == "data:image/webp;base64"
    return Image.open(io.BytesIO(base64.b64decode(body)))


def test_small_images_are_shown_pixel_by_pixel(gallery: list[GalleryItem]) -> None:
    item, shown = gallery[0], panels(gallery[0])
    for address, image in ((shown.original, item.original), (shown.attacked, item.attacked)):
        assert (np.asarray(decoded(address)) == image.transpose(1, 2, 0)).all()
    assert (shown.width, shown.height, shown.kept) == (64, 64, "")


@pytest.mark.parametrize(
    ("size", "kept"), [((224, 224), "Compressed for this page."), ((900, 1200), "Made smaller for this page.")]
)
def test_larger_images_keep_their_resolution_up_to_what_a_page_holds(size: tuple[int, int], kept: str) -> None:
    rows, columns = np.mgrid[0 : size[0], 0 : size[1]]
    image = np.stack([rows % 256, columns % 256, (rows + columns) % 256]).astype(np.uint8)
    shown = panels(GalleryItem("dermoscopy", "pgd", "t", image, image, 0.1, 0.9, 0.5, False))
    assert decoded(shown.original).size == (shown.width, shown.height) == ((224, 224) if size[0] == 224 else (341, 256))
    assert shown.kept == kept
    assert len(shown.original) < 40_000  # 30 of them leave a page below 2 MB


def test_the_proportion_is_said_where_it_is_known(gallery: list[GalleryItem]) -> None:
    assert proportion(gallery) == ""
    known = [replace(item, share=share) for item, share in zip(gallery, (1.0, 0.5, 0.3), strict=True)]
    approved = sum(item.score_after >= item.threshold for item in known)
    assert f"{approved} of these 3 altered images are approved, and 60.0% of all cases" in proportion(known)
    assert proportion([]) == ""


def test_one_of_each_modality_stands_first(gallery: list[GalleryItem]) -> None:
    many = [replace(item, tactic=f"tactic_{i}") for item in gallery for i in range(5)]
    ordered = in_order(many)
    assert [(item.modality, item.tactic) for item in ordered[:3]] == [
        ("fundoscopy", "tactic_0"),
        ("chest_xray", "tactic_2"),
        ("dermoscopy", "tactic_4"),
    ]
    assert sorted(map(id, ordered)) == sorted(map(id, many))
    assert in_order([]) == []


def test_greatest_change_is_in_grey_levels(gallery: list[GalleryItem]) -> None:
    attacked = gallery[0].original.copy()
    attacked[0, 0, 0] = attacked[0, 0, 0] ^ 0x80
    assert panels(replace(gallery[0], attacked=attacked)).grey_levels == 128


def test_wrong_arrays_are_refused() -> None:
    good = np.zeros((3, 8, 8), np.uint8)
    for bad in (good.astype(np.float32), good[0], np.zeros((8, 8, 3), np.uint8)):
        with pytest.raises(ThreatsimError, match="uint8"):
            GalleryItem("m", "t", "t", bad, good, 0.1, 0.9, 0.5, False)
    with pytest.raises(ThreatsimError, match="one size"):
        GalleryItem("m", "t", "t", good, np.zeros((3, 9, 8), np.uint8), 0.1, 0.9, 0.5, False)
