import pytest
import torch

from threatsim.cases.synthetic import chest
from threatsim.cases.synthetic.case_draws import CaseDraws

PIXEL = 1 / 255


def draws(count: int, *, seed: int = 5, start: int = 0) -> CaseDraws:
    return CaseDraws(seed, torch.arange(start, start + count))


def drawn(count: int, severity: float, *, size: int = 64, seed: int = 5) -> torch.Tensor:
    return chest.render(draws(count, seed=seed), torch.full((count,), severity), size=size)


def auroc(scores: torch.Tensor, positive: torch.Tensor) -> float:
    above = scores[positive][:, None] > scores[~positive][None, :]
    return above.float().mean().item()


@pytest.mark.parametrize("size", [32, 50, 64, 128, 224])
def test_images_have_the_promised_shape_type_and_range(size: int) -> None:
    images = drawn(3, 0.6, size=size)
    assert images.shape == (3, 3, size, size)
    assert images.dtype == torch.float32
    assert images.isfinite().all()
    assert images.min() >= 0
    assert images.max() <= 1
    assert torch.equal(images[:, 0], images[:, 1])
    assert torch.equal(images[:, 0], images[:, 2])


def test_no_cases_make_no_severities() -> None:
    assert chest.severity(draws(0), torch.zeros(0, dtype=torch.bool)).shape == (0,)


@pytest.mark.parametrize("cases_a_slice", [1000, 5])
def test_a_case_does_not_depend_on_its_batch(monkeypatch: pytest.MonkeyPatch, cases_a_slice: int) -> None:
    monkeypatch.setattr(chest, "_SLICE_PIXELS", cases_a_slice * 64**2)
    positive = torch.arange(12) % 2 == 0
    severity = chest.severity(draws(12), positive)
    batch = chest.render(draws(12), severity, size=64)
    for case in (0, 6, 11):
        alone = chest.severity(draws(1, start=case), positive[case : case + 1])
        assert torch.equal(alone, severity[case : case + 1])
        image = chest.render(draws(1, start=case), alone, size=64)
        assert torch.allclose(image[0], batch[case], atol=PIXEL / 10)


def test_stream_reaches_every_slice_of_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chest, "_SLICE_PIXELS", 5 * 64**2)
    half = torch.full((12,), 0.5)
    one, other = (chest.render(CaseDraws(5, torch.arange(12), stream=s), half, size=64) for s in ("a", "b"))
    assert ((one - other).abs().amax((1, 2, 3)) > 0.1).all()


def test_another_seed_draws_other_patients() -> None:
    difference = (drawn(8, 0.5) - drawn(8, 0.5, seed=6)).abs().mean((1, 2, 3))
    assert (difference > 0.02).all()


def test_patients_differ_within_a_seed() -> None:
    images = drawn(8, 0.0)
    apart = (images[:, None] - images[None]).abs().mean((2, 3, 4))
    assert (apart + torch.eye(8) > 0.02).all()


def test_severity_changes_one_lung_and_ever_more_of_it() -> None:
    normal = drawn(32, 0.0)[:, 0]
    changed = torch.stack([(drawn(32, s)[:, 0] - normal).abs() > 0.03 for s in (0.15, 0.35, 0.55, 0.8)])
    area = changed.float().mean((2, 3))
    assert (area.diff(dim=0).mean(1) > 0.01).all()
    assert (area[3] > area[1]).all()
    halves = torch.stack((changed[2, :, :, :28], changed[2, :, :, 36:]), -1).float().mean((1, 2))
    assert (halves.amin(1) < 0.1 * halves.amax(1)).float().mean() > 0.85
    right = (halves[:, 0] > halves[:, 1]).float().mean()
    assert 0.3 < right < 0.8  # both sides occur


def test_pneumothorax_begins_at_the_apex() -> None:
    normal, small, total = (drawn(32, s)[:, 0] for s in (0.0, 0.3, 1.0))
    cavity, emptied = normal - total > 0.03, normal - small > 0.03
    share = (emptied & cavity).sum((0, 2)) / cavity.sum((0, 2)).clamp(min=1)  # of each row
    assert share[4:12].mean() > 2 * share[30:40].mean()


def test_air_beyond_the_pleural_line_is_darker_and_has_no_markings(monkeypatch: pytest.MonkeyPatch) -> None:
    normal_numbers = CaseDraws.normal

    def without_noise(self: CaseDraws, name: str, *shape: int) -> torch.Tensor:
        return normal_numbers(self, name, *shape) * (name != "noise")

    monkeypatch.setattr(CaseDraws, "normal", without_noise)
    for bones in ("_ribs", "_shoulder_girdle"):
        monkeypatch.setattr(chest, bones, lambda view, *_: torch.zeros_like(view.x))
    normal, collapsed = (drawn(12, s, size=128)[:, 0] for s in (0.0, 0.8))
    emptied = torch.nn.functional.avg_pool2d((normal - collapsed > 0.04).float(), 7, 1, 3) > 0.99
    assert (emptied.float().mean((1, 2)) > 0.01).all()
    both = torch.stack((normal, collapsed))
    markings = (both - torch.nn.functional.avg_pool2d(both, 5, 1, 2)).abs()
    assert markings[1][emptied].mean() < 0.5 * markings[0][emptied].mean()


def test_classes_overlap_as_stated() -> None:
    positive = torch.arange(4000) % 2 == 0
    severity = chest.severity(draws(4000), positive)
    assert severity.dtype == torch.float32
    assert severity.min() >= 0
    assert severity.max() <= 1
    assert 0.94 < auroc(severity, positive) < 0.975
    assert severity[~positive].quantile(0.97) > severity[positive].quantile(0.10)


def test_overall_brightness_does_not_give_the_label() -> None:
    positive = torch.arange(512) % 2 == 0
    brightness = chest.render(draws(512), chest.severity(draws(512), positive), size=32).mean((1, 2, 3))
    assert abs(auroc(brightness, positive) - 0.5) < 0.1


def test_anatomy_is_where_it_belongs() -> None:
    grey = drawn(64, 0.0)[:, 0]
    lungs = torch.cat((grey[:, 20:36, 13:22], grey[:, 20:36, 43:51]), 2).mean((1, 2))
    spine, abdomen = grey[:, 20:36, 30:34].mean((1, 2)), grey[:, 58:, 20:44].mean((1, 2))
    assert (spine > lungs + 0.15).all()
    assert (abdomen > lungs + 0.15).all()
    outside = torch.minimum(grey[:, :6, :6].amin((1, 2)), grey[:, :6, -6:].amin((1, 2)))
    assert (outside < 0.1).float().mean() > 0.8  # air above a shoulder
    heart_right, heart_left = grey[:, 36:44, 20:25].mean(), grey[:, 36:44, 39:44].mean()
    assert heart_left > heart_right + 0.05  # the apex points to the patient's left
