"""Attacks on the file that is sent, through the payer's own resize: known, guessed, or not thought of."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from tests.attacks.conftest import CPU, Linear, cases_of, small_network
from threatsim.attacks import APGD, NEVER, PGD, UNTIL_SUCCESS, Goal, PixelBudget, attack_model
from threatsim.attacks.engine import attack
from threatsim.attacks.search.target import Target
from threatsim.attacks.threat_model import ThreatModel
from threatsim.classifiers.resizing.resized_classifier import ResizedClassifier
from threatsim.common.errors import InputError

SENT, READ = 40, 16
BUDGET = PixelBudget.grey_levels(4)


def victim_of(resize: str = "pillow_bilinear", *, linear: bool = False) -> nn.Module:
    return ResizedClassifier(Linear() if linear else small_network(0).eval(), READ, resize)


def pillow(images: torch.Tensor) -> torch.Tensor:
    """What a payer reads of saved files, by Pillow itself."""
    files = (images * 255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    small = [np.asarray(Image.fromarray(one).resize((READ, READ), Image.Resampling.BILINEAR)) for one in files]
    return torch.from_numpy(np.stack(small)).permute(0, 3, 1, 2).float() / 255


@pytest.mark.parametrize("goal", [NEVER, UNTIL_SUCCESS])
@pytest.mark.parametrize("family", [APGD, PGD])
def test_the_verdict_is_on_what_pillow_makes_of_the_saved_file(family: type[APGD] | type[PGD], goal: Goal) -> None:
    cases, victim, spec = cases_of(8, size=SENT), victim_of(), family(budget=BUDGET, steps=10, goal=goal)
    found = attack_model(victim, cases.images, torch.from_numpy(cases.labels.astype("int64")), spec)
    assert found.images.shape == (8, 3, SENT, SENT)
    assert float((found.images - cases.images).abs().max()) <= 4 / 255 + 1e-6
    assert torch.equal((found.images * 255).round() / 255, found.images)
    with torch.no_grad():
        assert torch.allclose(victim.classifier(pillow(found.images)), found.logits, atol=1e-5)


def test_a_linear_classifier_is_moved_as_far_as_the_budget_allows() -> None:
    """Of the map w.Rx the steepest change within the ball is the sign of R'w, wherever no pixel is near its bounds."""
    victim = victim_of("opencv_area", linear=True)
    images = 0.4 + 0.2 * cases_of(4, size=SENT).images
    images = (images * 255).round() / 255
    labels = torch.zeros(4, dtype=torch.int64)
    found = attack_model(victim, images, labels, PGD(budget=BUDGET, goal=NEVER, steps=40, step=1.0))
    leaf = images.clone().requires_grad_()
    (steepest,) = torch.autograd.grad((victim(leaf)[:, 1] - victim(leaf)[:, 0]).sum(), leaf)
    best = victim(images + 4 / 255 * steepest.sign())
    margins = [(logits[:, 1] - logits[:, 0]) for logits in (found.logits, best)]
    assert torch.allclose(margins[0], margins[1], atol=0.02)


def test_the_outcome_of_a_case_does_not_depend_on_the_others() -> None:
    cases = cases_of(5, size=SENT)
    threat_model = ThreatModel(Target(victim_of(), CPU), Target(victim_of("opencv_linear"), CPU), {}, {})
    for spec in (APGD(budget=BUDGET, steps=8), PGD(budget=BUDGET, access="black_box", goal=NEVER, steps=4)):
        together = attack(threat_model, cases, spec)
        for row in (0, 3):
            alone = attack(threat_model, cases.subset([row]), spec)
            assert torch.equal(alone.images[0], together.images[row])
            assert torch.equal(alone.logits[0], together.logits[row])


def test_an_attacker_who_guesses_too_narrow_a_resize_does_worse_than_one_who_knows() -> None:
    """OpenCV's linear resize looks at 2 x 2 pixels of 4 x 4 here; whoever reckons with it leaves the others alone."""
    images, labels = cases_of(6, size=64).images, torch.zeros(6, dtype=torch.int64)
    victim = victim_of("pillow_bilinear", linear=True)
    with torch.no_grad():
        clean = victim(images)
    before = clean[:, 1] - clean[:, 0]

    def moved(guess: str | None) -> float:
        spec = PGD(budget=BUDGET, goal=NEVER, random_start=False, assumed_resize=guess)
        logits = attack_model(victim, images, labels, spec).logits
        return float(((logits[:, 1] - logits[:, 0]) - before).mean())

    assert moved(None) > 1.5 * moved("opencv_linear") > 0
    assert moved("pillow_bilinear") == moved(None)


def test_one_who_does_not_think_of_the_resize_follows_the_network_on_the_large_picture() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Tanh(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    images, labels = cases_of(4, size=SENT).images, torch.zeros(4, dtype=torch.int64)
    spec = PGD(budget=BUDGET, goal=NEVER, steps=5)
    unaware = attack_model(
        ResizedClassifier(network, READ), images, labels, spec.model_copy(update={"assumed_resize": "none"})
    )
    assert torch.equal(unaware.images, attack_model(network, images, labels, spec).images)


def test_what_an_attack_is_kept_under_changes_only_where_a_resize_is_assumed() -> None:
    spec = APGD(budget=BUDGET)
    assert "assumed_resize" not in spec.model_dump(mode="json")
    unaware = spec.model_copy(update={"assumed_resize": "none"})
    assert unaware.model_dump(mode="json")["assumed_resize"] == "none"
    assert "overlooking the payer's resize" in unaware.describe()


def test_a_resize_to_reckon_with_needs_one_at_the_payers() -> None:
    cases = cases_of(2)
    spec = APGD(budget=BUDGET, assumed_resize="opencv_linear")
    with pytest.raises(InputError, match="this classifier has none: it reads pictures as they are submitted"):
        attack_model(small_network(0), cases.images, torch.zeros(2, dtype=torch.int64), spec)


@pytest.mark.parametrize(
    ("surrogate", "message"),
    [
        (ResizedClassifier(small_network(1), 64), "reads 64 pixels, and the pictures submitted have 40 x 40"),
        (small_network(1), "the attacker's model fails on an image of shape .3, 40, 40."),
        (ResizedClassifier(small_network(1, classes=3), READ), "gives 3 logits an image, and the model .* 2"),
    ],
)
def test_a_surrogate_of_another_size_is_refused(surrogate: nn.Module, message: str) -> None:
    images, labels = cases_of(2, size=SENT).images, torch.zeros(2, dtype=torch.int64)
    spec = PGD(budget=BUDGET, access="black_box")
    with pytest.raises(InputError, match=message):
        attack_model(victim_of(), images, labels, spec, surrogate=surrogate)
