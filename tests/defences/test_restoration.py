from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.ndimage import median_filter as scipy_median
from torch import nn

from tests.defences.conftest import CPU, cases_of
from threatsim.attacks.search.target import Target
from threatsim.cases.synthetic.generate import generate
from threatsim.defences.detectors.squeezing import BITS, WIDTH, FeatureSqueezing
from threatsim.defences.restoration import Restored, jpeg, median_filter, reduce_bits, straight_through
from threatsim.defences.soft_jpeg import soft_jpeg


def test_jpeg_is_what_a_file_holds() -> None:
    image = generate("fundoscopy", 1, seed=0, split="test").images
    pixels = (image[0] * 255).round().byte().permute(1, 2, 0).numpy()
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, format="JPEG", quality=60)
    expected = np.asarray(Image.open(file)).transpose(2, 0, 1) / 255
    np.testing.assert_allclose(jpeg(image, quality=60)[0], expected, atol=1e-6)


@pytest.mark.parametrize("bits", [1, 4, 8])
def test_bit_reduction_leaves_that_many_levels_and_the_nearest_of_them(bits: int) -> None:
    images = torch.rand(2, 3, 9, 9, generator=torch.Generator().manual_seed(0))
    reduced = reduce_bits(images, bits=bits)
    levels = torch.arange(2**bits) / (2**bits - 1)
    distances = (images[..., None] - levels).abs()
    torch.testing.assert_close(reduced, levels[distances.argmin(-1)])


@pytest.mark.parametrize("width", [2, 3])
def test_the_median_is_scipy_s(width: int) -> None:
    images = torch.rand(2, 3, 9, 11, generator=torch.Generator().manual_seed(0))
    found = median_filter(images, width=width)
    assert found.shape == images.shape
    if width == 3:  # of an even number of values scipy takes the upper middle one, torch the lower
        expected = scipy_median(images.numpy(), size=(1, 1, 3, 3), mode="mirror")
        np.testing.assert_array_equal(found, expected)
    else:
        assert float(found[0, 0, 4, 5]) == sorted(images[0, 0, 3:5, 4:6].flatten().tolist())[1]


def test_the_gradient_through_a_restoration_is_the_classifier_s_at_the_restored_image(network: nn.Module) -> None:
    smooth = nn.Sequential(network, nn.Tanh())
    images = cases_of(4, seed=0).images.requires_grad_(True)
    through = Restored(smooth, lambda x: jpeg(x, quality=40))(images)[:, 1].sum()
    restored = jpeg(images, quality=40).requires_grad_(True)
    there = smooth(restored)[:, 1].sum()
    torch.testing.assert_close(through, there)
    torch.testing.assert_close(
        torch.autograd.grad(through, images)[0], torch.autograd.grad(there, restored)[0], atol=1e-7, rtol=1e-5
    )


def test_straight_through_runs_the_one_and_differentiates_the_other() -> None:
    images = torch.rand(2, 3, 8, 8, requires_grad=True)
    passed = straight_through(images, lambda x: reduce_bits(x, bits=2), lambda x: 3 * x)
    torch.testing.assert_close(passed, reduce_bits(images, bits=2))
    torch.testing.assert_close(torch.autograd.grad(passed.sum(), images)[0], torch.full_like(images, 3.0))


@pytest.mark.parametrize("quality", [30, 75, 90])
@pytest.mark.parametrize("modality", ["chest_xray", "dermoscopy"])
def test_the_soft_jpeg_shows_nearly_what_the_real_one_does(quality: int, modality: str) -> None:
    images = generate(modality, 6, seed=1, split="test", size=72).images[:, :, :70, :66]  # no multiple of a block
    real = jpeg(images, quality=quality)
    lost, missed = (real - images).abs().mean(), (soft_jpeg(images, quality=quality) - real).abs().mean()
    assert float(missed) < 0.5 * float(lost)


def test_the_soft_jpeg_s_gradient_is_that_of_finite_differences() -> None:
    image = generate("dermoscopy", 1, seed=1, split="test", size=32).images.double().clamp(0.05, 0.95)
    image.requires_grad_(True)
    weights = torch.randn(image.shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    gradient = torch.autograd.grad((soft_jpeg(image, quality=75) * weights).sum(), image)[0]
    with torch.no_grad():
        step = 1e-6 * weights
        ahead, back = soft_jpeg(image + step, quality=75), soft_jpeg(image - step, quality=75)
    change = float(((ahead - back) * weights).sum())
    assert change == pytest.approx(2 * float((gradient * step).sum()), rel=1e-4)


def test_squeezing_is_the_greatest_change_of_the_class_probabilities(network: nn.Module) -> None:
    images = cases_of(6, seed=0).images
    with torch.no_grad():
        before = network(images).softmax(1)
        squeezed = [network(reduce_bits(images, bits=BITS)), network(median_filter(images, width=WIDTH))]
        expected = torch.stack([(before - logits.softmax(1)).abs().sum(1) for logits in squeezed]).amax(0)
        found = FeatureSqueezing(Target(network, CPU)).statistic(images)
    torch.testing.assert_close(found, expected)
    flat = torch.full((1, 3, 16, 16), 1.0)  # on every grid, and its own median
    assert float(FeatureSqueezing(Target(network, CPU)).statistic(flat)) == pytest.approx(0, abs=1e-6)
