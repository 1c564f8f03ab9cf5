from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from tests.attacks.conftest import CPU, Linear, cases_of, small_network
from threatsim.attacks.families.patch import (
    LENS_CENTRE,
    LENS_JITTER,
    Patch,
    apply_patch,
    paste,
    paste_on_lens,
    train_patch,
)
from threatsim.attacks.families.patch_controls import grey_patch, natural_patch, noise_patch, shuffled_patch
from threatsim.attacks.search.target import Target
from threatsim.attacks.threat_model import ThreatModel
from threatsim.attacks.trained_patches import Patches
from threatsim.classifiers.card import PatchRecipe
from threatsim.common.errors import ThreatsimError

CENTRE = torch.tensor([[0.5, 0.5, 0.5]])
QUICK = PatchRecipe(steps=5, lens_steps=5, batch_size=4)


def test_the_pasted_disc_has_the_stated_area_and_leaves_the_rest_alone() -> None:
    images = torch.zeros(1, 3, 224, 224)
    pasted = paste(images, torch.ones(3, 224, 224), scale=torch.tensor([0.4]), rotation=0, unit=CENTRE)
    # Finlayson et al. use a soft mask (x^2 + y^2)^40, a little smaller than the ideal disc.
    assert float(pasted.mean()) == pytest.approx(math.pi / 4 * 0.4**2, rel=0.05)
    assert float(pasted[..., :60, :].abs().max()) == 0


def test_a_patch_as_wide_as_the_image_lies_on_it_pixel_for_pixel() -> None:
    patch = torch.rand(3, 32, 32, generator=torch.Generator().manual_seed(0))  # no two pixels of one red
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
    rotated_patch = paste(torch.zeros(1, 3, 64, 64), patch, scale=torch.ones(1), rotation=90, unit=quarter)
    upper, lower = float(rotated_patch[0, 0, 8:24, 24:40].mean()), float(rotated_patch[0, 0, 40:56, 24:40].mean())
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
    trained = train_patch(target, cases, towards=1, recipe=PatchRecipe(steps=60, batch_size=16), seed=0)
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
    first = train_patch(target, cases, towards=0, recipe=QUICK, seed=3)
    assert torch.equal(first, train_patch(target, cases, towards=0, recipe=QUICK, seed=3))
    assert not torch.equal(first, train_patch(target, cases, towards=0, recipe=QUICK, seed=4))
    assert torch.equal(state, torch.random.get_rng_state())


def test_a_patch_is_grey_where_every_image_is() -> None:
    cases, target = cases_of(16), Target(small_network(1), CPU)
    grey = replace(cases, images=cases.images.mean(1, keepdim=True).expand(-1, 3, -1, -1).contiguous())
    patch = train_patch(target, grey, towards=1, recipe=QUICK, seed=0)
    assert torch.equal(patch[0], patch[1])
    assert torch.equal(patch[0], patch[2])
    coloured = train_patch(target, cases, towards=1, recipe=QUICK, seed=0)
    assert not torch.equal(coloured[0], coloured[1])


def test_the_lens_has_one_place_on_every_image() -> None:
    images, patch = torch.zeros(40, 3, 64, 64), torch.ones(3, 64, 64)
    unit = torch.rand(40, 3, generator=torch.Generator().manual_seed(0))
    pasted = paste_on_lens(images, patch, scale=torch.full((40,), 0.4), unit=unit)[:, 0]
    always = pasted.amin(0) > 0.99
    ever = pasted.amax(0) > 0.01
    disc = math.pi / 4 * 0.16 * 64 * 64
    # The soft mask is above 0.99 within 0.944 of the radius; the jitter moves it along both axes, by half a pixel more.
    least = 0.944 * 0.2 * 64 - math.sqrt(2) * LENS_JITTER * 32 - math.sqrt(0.5)
    assert int(always.sum()) > math.pi * least**2
    assert int(ever.sum()) < 1.35 * disc
    middle = [(1 + place) / 2 * 64 for place in LENS_CENTRE]
    assert bool(always[int(middle[1]), int(middle[0])])


def test_a_lens_patch_is_trained_for_the_lens() -> None:
    cases = cases_of(64)
    target = Target(Linear(seed=2), CPU)
    recipe = PatchRecipe(steps=60, lens_steps=60, batch_size=16)
    somewhere, lens = (
        train_patch(target, cases, towards=1, recipe=recipe, seed=0, place=place) for place in ("random", "lens")
    )

    def on_lens(patch: torch.Tensor) -> float:
        scale = torch.full((len(cases),), 0.4)
        return float(target.scores(paste_on_lens(cases.images, patch, scale=scale, unit=torch.rand(64, 3))).mean())

    assert on_lens(lens) > on_lens(somewhere) + 0.01


def test_the_natural_control_is_the_most_typical_training_image(threat_model: ThreatModel) -> None:
    cases = cases_of(10)
    scores = threat_model.victim.scores(cases.images)
    assert torch.equal(natural_patch(scores, cases, towards=1), cases.images[int(scores.argmax())])
    assert torch.equal(natural_patch(scores, cases, towards=0), cases.images[int(scores.argmin())])


def test_the_shuffled_control_has_the_patch_s_colours_and_not_their_arrangement() -> None:
    patch = torch.rand(3, 32, 32, generator=torch.Generator().manual_seed(0))  # no two pixels of one red
    shuffled = shuffled_patch(patch, key="a")
    before, after = patch.flatten(1), shuffled.flatten(1)
    order = before[0].argsort()
    assert torch.equal(before[:, order], after[:, after[0].argsort()])  # a pixel's three channels stay together
    assert float((before != after).float().mean()) > 0.7
    assert torch.equal(shuffled[:, 0, 0], patch[:, 0, 0])  # outside the disc nothing moves
    assert torch.equal(shuffled, shuffled_patch(patch, key="a"))
    assert not torch.equal(shuffled, shuffled_patch(patch, key="b"))


def test_the_plain_controls_carry_no_picture() -> None:
    assert grey_patch((16, 16)).unique().numel() == 1
    noise, film = noise_patch((32, 32), grey=False, key="n"), noise_patch((32, 32), grey=True, key="n")
    assert not torch.equal(noise[0], noise[1])
    assert torch.equal(film[0], film[1])
    for patch in (noise, film):
        assert float(patch.std()) == pytest.approx(1 / math.sqrt(12), rel=0.1)


def test_a_patch_that_an_older_classifier_lacks_is_missed_only_when_it_is_used(tmp_path: Path) -> None:
    patches = Patches({"white_box": torch.rand(2, 3, 8, 8)}, tmp_path / "patches.safetensors")
    assert patches["white_box"].shape == (2, 3, 8, 8)
    with pytest.raises(ThreatsimError, match="no patch 'lens_white_box'"):
        patches["lens_white_box"]
