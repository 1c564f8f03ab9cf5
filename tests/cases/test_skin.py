"""Synthetic dermoscopy: what a case may depend on, and what severity must do to the picture."""

from __future__ import annotations

import pytest
import torch

from threatsim.cases.image_set import to_grid
from threatsim.cases.synthetic import skin
from threatsim.cases.synthetic.case_draws import CaseDraws


def draws(count: int, *, seed: int = 5, start: int = 0) -> CaseDraws:
    return CaseDraws(seed, torch.arange(start, start + count))


def auroc(score: torch.Tensor, positive: torch.Tensor) -> float:
    """Share of (positive, negative) pairs in the right order."""
    return float((score[positive][:, None] > score[~positive][None]).float().mean())


def lesion_pixels(images: torch.Tensor) -> torch.Tensor:
    """(N, H, W) bool: clearly darker in green light than the skin, which most of the rim shows."""
    green = images[:, 1]
    rim = torch.cat([green[:, :4].flatten(1), green[:, -4:].flatten(1), green[:, :, -4:].flatten(1)], dim=1)
    return green < 0.75 * rim.median(dim=1).values[:, None, None]


def blue_share(images: torch.Tensor) -> float:
    """Mean over cases of the share of the lesion that is bluer than the skin; brown and red are less blue."""
    hue = torch.log((images[:, 2] + 0.05) / (images[:, 0] + 0.05))
    skin_hue = hue[:, :, :6].flatten(1).median(dim=1).values[:, None, None]
    inside = lesion_pixels(images)
    blue = inside & (hue > skin_hue + 0.1)
    return float((blue.sum(dim=(1, 2)) / inside.sum(dim=(1, 2)).clamp(min=1)).mean())


def raggedness(images: torch.Tensor) -> float:
    """Mean over cases of the border's length over that of a disc of the same area."""
    inside = lesion_pixels(images).float()
    edge = inside.diff(dim=1).abs().sum(dim=(1, 2)) + inside.diff(dim=2).abs().sum(dim=(1, 2))
    return float((edge / inside.sum(dim=(1, 2)).clamp(min=1).sqrt()).mean())


@pytest.mark.parametrize("size", [32, 45, 64, 128, 224])
def test_images_are_float32_in_range_at_any_size(size: int) -> None:
    images = skin.render(draws(3), torch.tensor([0.0, 0.5, 1.0]), size=size)
    assert images.shape == (3, 3, size, size)
    assert images.dtype == torch.float32
    assert bool(torch.isfinite(images).all())
    assert images.min() >= 0
    assert images.max() <= 1
    assert images.flatten(1).std(dim=1).min() > 0.02


def test_a_case_drawn_alone_is_the_case_drawn_in_a_batch() -> None:
    severity = torch.linspace(0, 1, 40)
    together = to_grid(skin.render(draws(40), severity, size=64))
    for case in (0, 17, 39):
        alone = to_grid(skin.render(draws(1, start=case), severity[case : case + 1], size=64))
        assert (alone[0] - together[case]).abs().max() <= 1.01 / 255


def test_drawing_again_repeats_and_another_seed_differs() -> None:
    severity = torch.full((4,), 0.5)
    first = skin.render(draws(4), severity, size=32)
    assert torch.equal(first, skin.render(draws(4), severity, size=32))
    other = skin.render(draws(4, seed=6), severity, size=32)
    assert (first - other).abs().flatten(1).mean(dim=1).min() > 0.02


def test_the_same_case_is_the_same_picture_at_another_size() -> None:
    severity = torch.linspace(0.1, 0.9, 16)
    small = skin.render(draws(16), severity, size=64)
    large = torch.nn.functional.avg_pool2d(skin.render(draws(16), severity, size=128), 2)
    assert (small - large).abs().mean() < 0.02


def test_classes_overlap_in_severity_as_stated() -> None:
    cases = draws(6000)
    positive = cases.choice("label", 0.5)
    severity = skin.severity(cases, positive)
    assert severity.dtype == torch.float32
    assert severity.min() >= 0
    assert severity.max() <= 1
    assert auroc(severity, positive) == pytest.approx(0.894, abs=0.015)
    assert 0.05 < (severity[~positive] > 0.5).float().mean() < 0.3


def test_severity_brings_blue_grey_and_a_ragged_border() -> None:
    cases = draws(64)
    low, middle, high = (skin.render(cases, torch.full((64,), s), size=64) for s in (0.05, 0.5, 0.95))
    assert 2 * blue_share(low) < blue_share(middle) < 0.6 * blue_share(high)
    assert 1.05 * raggedness(low) < raggedness(middle) < 0.97 * raggedness(high)


def test_severity_changes_the_lesion_and_not_the_skin_around_it() -> None:
    cases = draws(32)
    low, high = (skin.render(cases, torch.full((32,), s), size=64) for s in (0.05, 0.95))
    change = (high - low).abs().mean(dim=1)
    corners = torch.stack([change[:, y, x] for y in (1, -2) for x in (1, -2)])
    assert corners.median() < 1e-3
    assert change[:, 20:44, 20:44].mean() > 0.03


def test_mean_colour_tells_little_about_severity() -> None:
    cases = draws(192)
    severity = cases.uniform("any")
    means = skin.render(cases, severity, size=32).mean(dim=(2, 3))
    for channel in means.T:
        correlation = torch.corrcoef(torch.stack([channel, severity]))[0, 1]
        assert abs(float(correlation)) < 0.3


def test_some_images_show_the_round_field_and_most_do_not() -> None:
    images = skin.render(draws(120), torch.full((120,), 0.3), size=32)
    dark = torch.stack([images[:, :, y, x].amax(dim=1) < 0.1 for y in (0, -1) for x in (0, -1)]).all(dim=0)
    assert 0.02 < dark.float().mean() < 0.25
