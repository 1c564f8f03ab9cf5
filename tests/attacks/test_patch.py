from __future__ import annotations

import math

import pytest
import torch

from tests.attacks.conftest import CPU, Linear, cases_of, small_network
from threatsim.attacks.engine import Adversary
from threatsim.attacks.patch import apply_patch, natural_patch, paste, train_patch
from threatsim.attacks.spec import Patch
from threatsim.attacks.target import Target

CENTRE = torch.tensor([[0.5, 0.5, 0.5]])


def test_the_pasted_disc_has_the_stated_area_and_leaves_the_rest_alone() -> None:
    images = torch.zeros(1, 3, 224, 224)
    pasted = paste(images, torch.ones(3, 224, 224), scale=torch.tensor([0.4]), rotation=0, unit=CENTRE)
    # Finlayson et al. use a soft mask (x^2 + y^2)^40, a little smaller than the ideal disc.
    assert float(pasted.mean()) == pytest.approx(math.pi / 4 * 0.4**2, rel=0.05)
    assert float(pasted[..., :60, :].abs().max()) == 0


def test_a_patch_as_wide_as_the_image_lies_on_it_pixel_for_pixel() -> None:
    patch = torch.rand(3, 32, 32)
    pasted = paste(torch.zeros(1, 3, 32, 32), patch, scale=torch.ones(1), rotation=0, unit=CENTRE)
    torch.testing.assert_close(pasted[0, :, 10:22, 10:22], patch[:, 10:22, 10:22], atol=1e-5, rtol=0)


@pytest.mark.parametrize("corner", [(0.0, 0.0), (0.0, 0.999), (0.999, 0.0), (0.999, 0.999)])
def test_the_disc_stays_inside_the_frame(corner: tuple[float, float]) -> None:
    unit = torch.tensor([[0.5, *corner]])
    pasted = paste(torch.zeros(1, 3, 64, 64), torch.ones(3, 64, 64), scale=torch.tensor([0.4]), rotation=0, unit=unit)
    assert float(pasted[:, 0].sum()) == pytest.approx(math.pi / 4 * 0.16 * 64 * 64, rel=0.1)


def test_rotation_turns_the_content() -> None:
    patch = torch.zeros(3, 64, 64)
    patch[:, :, 32:] = 1
    quarter = torch.tensor([[1.0, 0.5, 0.5]])  # the greatest angle: here 90 degrees
    turned = paste(torch.zeros(1, 3, 64, 64), patch, scale=torch.ones(1), rotation=90, unit=quarter)
    upper, lower = float(turned[0, 0, 8:24, 24:40].mean()), float(turned[0, 0, 40:56, 24:40].mean())
    assert abs(upper - lower) > 0.9


def test_each_case_gets_the_patch_of_the_class_it_is_pushed_to() -> None:
    cases = cases_of(4)
    patches = torch.stack([torch.zeros(3, 16, 16), torch.ones(3, 16, 16)])
    wrong = torch.tensor([0, 1, 0, 1])
    spec = Patch(access="white_box", scale=0.6)
    patched = apply_patch(cases.images, patches, wrong, spec, keys=list(cases.fingerprints))
    change = (patched - cases.images).mean((1, 2, 3))
    assert bool((change[wrong == 1] > 0).all())
    assert bool((change[wrong == 0] < 0).all())


def test_a_trained_patch_beats_its_start_and_no_patch() -> None:
    cases = cases_of(64)
    target = Target(Linear(seed=2), CPU)
    trained = train_patch(target, cases, towards=1, steps=60, seed=0, batch=16)
    spec = Patch(access="white_box", scale=0.6)
    wrong = torch.ones(len(cases), dtype=torch.long)

    def mean_score(patch: torch.Tensor) -> float:
        pair = torch.stack([patch, patch])
        return float(target.scores(apply_patch(cases.images, pair, wrong, spec, keys=list(cases.fingerprints))).mean())

    assert mean_score(trained) > mean_score(torch.full_like(trained, 0.5)) + 0.02
    assert mean_score(trained) > float(target.scores(cases.images).mean()) + 0.02
    assert float(trained.min()) >= 0
    assert float(trained.max()) <= 1


def test_training_a_patch_twice_gives_the_same_patch() -> None:
    cases, target = cases_of(16), Target(small_network(1), CPU)
    state = torch.random.get_rng_state()
    first = train_patch(target, cases, towards=0, steps=5, seed=3, batch=4)
    assert torch.equal(first, train_patch(target, cases, towards=0, steps=5, seed=3, batch=4))
    assert not torch.equal(first, train_patch(target, cases, towards=0, steps=5, seed=4, batch=4))
    assert torch.equal(state, torch.random.get_rng_state())


def test_the_natural_control_is_the_most_typical_training_image(adversary: Adversary) -> None:
    cases = cases_of(10)
    scores = adversary.victim.scores(cases.images)
    assert torch.equal(natural_patch(scores, cases, towards=1), cases.images[int(scores.argmax())])
    assert torch.equal(natural_patch(scores, cases, towards=0), cases.images[int(scores.argmin())])
