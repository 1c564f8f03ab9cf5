"""The payer's resize: to the byte that of Pillow, a linear map for attackers, and plain words where a card is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from ruamel.yaml import YAML

from threatsim.cases.image_set import CaseSet
from threatsim.cases.stored_images import StoredImages
from threatsim.catalogue.pictures.resizes import RESIZES
from threatsim.classifiers.card_file import read_card
from threatsim.classifiers.resizing.filter_matrix import filter_matrix
from threatsim.classifiers.resizing.resize import Resize
from threatsim.classifiers.resizing.resized_classifier import as_read
from threatsim.classifiers.store import shipped
from threatsim.common.errors import InputError, ThreatsimError

PILLOW = {
    "pillow_bilinear": Image.Resampling.BILINEAR,
    "pillow_bicubic": Image.Resampling.BICUBIC,
    "pillow_box": Image.Resampling.BOX,
}
SIZES = [(64, 32), (56, 25), (97, 41), (40, 39), (33, 33)]


def photograph(height: int, width: int, seed: int = 0) -> np.ndarray:
    """Noise with black and white areas, where sums of a cubic filter leave the grey levels."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)
    pixels[: height // 3] = 255
    pixels[:, : width // 3] = 0
    return pixels


def as_tensor(*pictures: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255


@pytest.mark.parametrize(("given", "taken"), SIZES)
@pytest.mark.parametrize("name", PILLOW)
def test_every_byte_is_that_of_pillow(name: str, given: int, taken: int) -> None:
    pixels = photograph(given, given + 3)
    expected = np.asarray(Image.fromarray(pixels).resize((taken, taken), PILLOW[name]))
    found = Resize(taken, name)(as_tensor(pixels))[0].permute(1, 2, 0) * 255
    assert np.array_equal(found.round().numpy(), expected)


@pytest.mark.parametrize(("given", "taken"), SIZES)
@pytest.mark.parametrize("name", PILLOW)
def test_the_linear_map_is_pillows_on_floats(name: str, given: int, taken: int) -> None:
    pixels = photograph(given, given + 3)
    found = Resize(taken, name, rounds=False)(as_tensor(pixels))[0] * 255
    for channel in range(3):
        film = Image.fromarray(pixels[..., channel].astype(np.float32))
        expected = np.asarray(film.resize((taken, taken), PILLOW[name]))
        assert np.abs(found[channel].numpy() - expected).max() < 1e-3


@pytest.mark.parametrize(("given", "taken"), SIZES)
@pytest.mark.parametrize(("name", "mode"), [("opencv_linear", "bilinear"), ("opencv_cubic", "bicubic")])
def test_without_antialiasing_it_is_torchs_interpolation(name: str, mode: str, given: int, taken: int) -> None:
    images = as_tensor(photograph(given, given + 3))
    expected = F.interpolate(images, size=(taken, taken), mode=mode, align_corners=False, antialias=False)
    assert float((Resize(taken, name, rounds=False)(images) - expected).abs().max()) < 1e-5
    assert float((Resize(taken, name)(images) - expected.clamp(0, 1)).abs().max()) * 255 < 1


def test_area_is_the_mean_over_what_a_pixel_covers() -> None:
    images = as_tensor(photograph(35, 35))
    finer = images.double().repeat_interleave(5, 2).repeat_interleave(5, 3)  # 35 x 5 pixels are 25 x 7
    found = Resize(25, "opencv_area", rounds=False)(images)
    assert float((found - F.avg_pool2d(finer, 7)).abs().max()) < 1e-6


@pytest.mark.parametrize("name", RESIZES)
def test_each_pixel_is_an_average_and_a_reduction_to_the_same_size_is_none(name: str) -> None:
    matrix = filter_matrix(name, 57, 23)
    assert np.allclose(matrix.sum(1), 1, atol=1e-12)
    assert np.allclose(matrix, matrix[::-1, ::-1], atol=1e-12)  # left and right are alike
    assert np.array_equal(filter_matrix(name, 23, 23), np.eye(23))


@pytest.mark.parametrize("rounds", [True, False])
@pytest.mark.parametrize("name", ["pillow_bicubic", "opencv_linear"])
def test_the_gradient_is_that_of_the_linear_map(name: str, rounds: bool) -> None:
    images = as_tensor(photograph(40, 37)).requires_grad_()
    weights = torch.rand(1, 3, 17, 17, generator=torch.Generator().manual_seed(1))
    (gradient,) = torch.autograd.grad((Resize(17, name, rounds=rounds)(images) * weights).sum(), images)
    rows, columns = (torch.from_numpy(filter_matrix(name, n, 17).copy()).float() for n in (40, 37))
    assert torch.allclose(gradient, rows.T @ weights @ columns, atol=1e-5)


@pytest.mark.parametrize("rounds", [True, False])
def test_a_picture_is_resized_alike_alone_and_in_company(rounds: bool) -> None:
    images = as_tensor(*(photograph(50, 50, seed) for seed in range(5)))
    resize = Resize(22, "pillow_bicubic", rounds=rounds)

    def seen(some: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        leaf = some.clone().requires_grad_()
        small = resize(leaf)
        return small.detach(), torch.autograd.grad((small**2).sum(), leaf)[0]

    together, laid_out = seen(images), seen(images.contiguous(memory_format=torch.channels_last))
    for row in range(5):
        for alone, company, other in zip(seen(images[row : row + 1]), together, laid_out, strict=True):
            assert torch.equal(alone[0], company[row])
            assert torch.equal(alone[0], other[row])


def test_cases_are_read_alike_as_floats_and_as_kept_grey_levels() -> None:
    pictures = [photograph(32, 32, seed).transpose(2, 0, 1) for seed in range(3)]
    floats = as_tensor(*(one.transpose(1, 2, 0) for one in pictures))
    names = ("a", "b", "c")
    cases = CaseSet("dermoscopy", floats, np.zeros(3, np.int8), names, names, "noise")
    kept = CaseSet("dermoscopy", StoredImages(pictures, (32, 32)), cases.labels, names, names, "noise")
    for held in (2**20, 0):  # reduced once, or whenever they are asked for
        assert torch.equal(as_read(cases, 16).images[:], as_read(kept, 16, held=held).images[:])
    assert as_read(cases, 16).size == (16, 16)
    assert as_read(cases, None) is cases


def test_pictures_that_are_too_small_are_refused_with_both_sizes() -> None:
    with pytest.raises(InputError, match="the classifier reads 64 pixels, and the pictures submitted have 32 x 48"):
        Resize(64)(torch.zeros(1, 3, 32, 48))


def test_a_resize_that_is_not_there_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="there is no resize 'pillow_bilinaer'") as error:
        Resize(16, "pillow_bilinaer")
    assert "pillow_bilinear" in str(error.value)


@pytest.mark.parametrize(
    ("given", "where", "message"),
    [
        (
            {"reads": 128},
            "reads: 128",
            "reads: the pictures submitted have 64 pixels .+, and this is more",
        ),
        (
            {"reads": 32, "resize": "opencv_aera"},
            "opencv_aera",
            "resize is 'opencv_aera'; allowed: pillow_bilinear, .*, opencv_area\n(.*\n)+Did you mean 'opencv_area'",
        ),
        ({"read": 32}, "read: 32", "unknown key 'read'\n(.*\n)+Did you mean 'reads'"),
        ({"resize": "opencv_area"}, "opencv_area", "there is nothing to resize to"),
    ],
)
def test_a_card_that_is_wrong_is_refused_at_its_place(
    tmp_path: Path, given: dict[str, object], where: str, message: str
) -> None:
    card = shipped("fundoscopy").card.model_dump(mode="json", exclude_none=True)
    YAML().dump(card | given, tmp_path / "card.yaml")
    lines = (tmp_path / "card.yaml").read_text().splitlines()
    line = next(number for number, text in enumerate(lines, start=1) if where in text)
    with pytest.raises(ThreatsimError, match=message) as error:
        read_card(tmp_path / "card.yaml")
    assert f"card.yaml:{line}:" in str(error.value)


def test_a_card_without_a_resize_is_written_as_it_was() -> None:
    """The cache's keys are made of cards, and kept outcomes' of attacks."""
    written = shipped("fundoscopy").card.model_dump(mode="json")
    assert not {"reads", "resize"} & set(written)
