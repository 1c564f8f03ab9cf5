from functools import cache
from itertools import pairwise

import pytest
import torch
from torch.nn.functional import avg_pool2d

from threatsim.cases.image_set import to_grid
from threatsim.cases.synthetic import fundus
from threatsim.cases.synthetic.canvas import grid
from threatsim.cases.synthetic.case_draws import CaseDraws


def _draws(count: int, seed: int = 5) -> CaseDraws:
    return CaseDraws(seed, torch.arange(count))


@cache
def _render(count: int, level: float, *, size: int = 64) -> torch.Tensor:
    return fundus.render(_draws(count), torch.full((count,), level), size=size)


@pytest.mark.parametrize("size", [32, 45, 64, 128])
def test_images_have_the_size_asked_for_and_lie_in_the_unit_range(size: int) -> None:
    images = _render(6, 0.8, size=size)
    assert images.shape == (6, 3, size, size)
    assert images.dtype == torch.float32
    assert images.isfinite().all()
    assert images.min() >= 0
    assert images.max() <= 1


def test_a_case_drawn_alone_is_the_case_drawn_in_a_batch() -> None:
    draws = _draws(9)
    level = fundus.severity(draws, draws.choice("label", 0.5))
    together = to_grid(fundus.render(draws, level, size=64))
    alone_draws = CaseDraws(5, torch.tensor([7]))
    alone_level = fundus.severity(alone_draws, alone_draws.choice("label", 0.5))
    alone = to_grid(fundus.render(alone_draws, alone_level, size=64))
    assert alone_level[0] == level[7]
    torch.testing.assert_close(alone[0], together[7], rtol=0, atol=1.01 / 255)


def test_another_seed_and_another_case_give_another_image() -> None:
    level = torch.full((2,), 0.5)
    first = fundus.render(_draws(2), level, size=64)
    second = fundus.render(_draws(2, seed=6), level, size=64)
    assert (first[0] - second[0]).abs().mean() > 0.02
    assert (first[0] - first[1]).abs().mean() > 0.02


def test_one_case_is_the_same_picture_at_any_size() -> None:
    small, large = _render(12, 0.8), avg_pool2d(_render(12, 0.8, size=128), 2)
    assert (small - large).abs().mean() < 0.015


def test_lesions_spread_with_severity_in_every_case() -> None:
    healthy = _render(16, 0.0)
    shares = [
        ((_render(16, level) - healthy).abs().amax(1) > 0.04).float().mean((1, 2))
        for level in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    ]
    assert shares[0].max() == 0
    for lower, higher in pairwise(shares):
        assert higher.mean() > 1.2 * lower.mean()
    assert (shares[5] > shares[3]).all()
    assert (shares[3] > shares[1]).all()


def test_mild_disease_is_microaneurysms_only_and_severe_disease_has_bright_exudates_too() -> None:
    healthy, mild, severe = _render(16, 0.0), _render(16, 0.3), _render(16, 0.95)
    assert (mild - healthy)[:, 1].min() < -0.05  # dark dots
    assert (mild - healthy)[:, 1].max() < 0.02  # nothing bright
    per_case = (severe - healthy)[:, 1].flatten(1)
    assert (per_case.min(1).values < -0.05).all()
    assert (per_case.max(1).values > 0.05).all()


def test_severity_changes_the_lesions_and_nothing_else() -> None:
    unchanged = (_render(16, 0.3) - _render(16, 0.0)).abs().amax(1) < 1e-6
    assert unchanged.float().mean() > 0.6


def test_severity_overlaps_between_the_classes_as_stated() -> None:
    draws = _draws(20000)
    positive = draws.choice("label", 0.5)
    level = fundus.severity(draws, positive)
    assert level.dtype == torch.float32
    assert level.min() >= 0
    assert level.max() <= 1
    rank = level.argsort().argsort().double() + 1
    count = positive.sum().double()
    auroc = (rank[positive].sum() - count * (count + 1) / 2) / (count * (len(level) - count))
    assert auroc.item() == pytest.approx(fundus.SEVERITY_AUROC, abs=0.006)
    assert (level[~positive] > 0.5).double().mean() > 0.1
    assert (level[positive] < 0.5).double().mean() > 0.1


def test_the_surround_is_black_and_the_field_is_orange() -> None:
    images = to_grid(_render(48, 0.5))
    assert images[:, :, [0, 0, -1, -1], [0, -1, 0, -1]].max() == 0
    y, x = grid(64, images.device)
    field = images[:, :, (torch.hypot(y, x) < 0.6)[0]].mean(2)
    assert (field[:, 0] > field[:, 1]).all()
    assert (field[:, 1] > field[:, 2]).all()
    assert (field[:, 0] > 0.15).all()


def test_the_disc_is_the_brightest_place_nasal_in_right_and_left_eyes() -> None:
    images = _render(48, 0.0)
    smooth = avg_pool2d(images.mean(1, keepdim=True), 7, stride=1, padding=3)[:, 0]
    local = smooth - avg_pool2d(smooth[:, None], 25, stride=1, padding=12, count_include_pad=False)[:, 0]
    y, x = grid(64, images.device)
    local = torch.where(torch.hypot(y, x) < 0.85, local, -1)
    at = local.flatten(1).argmax(1)
    across = x.flatten()[at]
    down = y.flatten()[at]
    found = (across.abs() > 0.3) & (down.abs() < 0.4)
    assert found.float().mean() > 0.85
    assert 0.25 < (across > 0).float().mean() < 0.75
