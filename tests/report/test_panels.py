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
from threatsim.report.page.panels import magnified, panels


def decoded(address: str, kind: str = "webp") -> Image.Image:
    head, _, body = address.partition(",")
    assert head == f"data:image/{kind};base64"
    return Image.open(io.BytesIO(base64.b64decode(body)))


def test_perturbation_is_ten_times_the_change_around_grey() -> None:
    original = np.full((3, 2, 2), 100, np.uint8)
    attacked = original.copy()
    attacked[0, 0, 0], attacked[1, 0, 1], attacked[2, 1, 1] = 103, 95, 200
    shown = magnified(original, attacked)
    assert shown[0, 0, 0] == 158
    assert shown[1, 0, 1] == 78
    assert shown[2, 1, 1] == 255
    assert (shown[:, 1, 0] == 128).all()


def test_small_images_are_shown_pixel_by_pixel(gallery: list[GalleryItem]) -> None:
    item, shown = gallery[0], panels(gallery[0])
    for address, image in (
        (shown.original, item.original),
        (shown.perturbation, magnified(item.original, item.attacked)),
        (shown.attacked, item.attacked),
    ):
        assert (np.asarray(decoded(address)) == image.transpose(1, 2, 0)).all()


def test_large_images_are_made_smaller() -> None:
    rng = np.random.default_rng(1)
    image = rng.integers(0, 256, (3, 900, 1200)).astype(np.uint8)
    item = GalleryItem("dermoscopy", "pgd", "t", image, image, 0.1, 0.9, 0.5, False)
    address = panels(item).original
    assert decoded(address, "webp").size == (267, 200)
    assert len(address) < 60_000  # 45 of them, of noise as no photograph is, stay below 3 MB


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
