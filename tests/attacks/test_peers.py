"""Against other libraries on one fixture: at equal budget and steps, no fewer successes."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from torch import nn

from tests.attacks.conftest import CPU, solved, trained
from threatsim.attacks.base import ImageAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.families.apgd import APGD
from threatsim.attacks.families.square import Square
from threatsim.attacks.search.target import Target
from threatsim.attacks.search.target_decision import TargetDecision

Seen = tuple[torch.Tensor, torch.Tensor]
RADIUS, STEPS = 8 / 255, 20
BUDGET = PixelBudget.grey_levels(8).model_copy(update={"levels": None})


@pytest.fixture(scope="module")
def network() -> nn.Module:
    return trained(1)


@pytest.fixture(scope="module")
def exact(network: nn.Module) -> Target:
    """Searched in float32, as the peers do."""
    return Target(network, CPU, precision="float32")


@pytest.fixture(autouse=True)
def _as_it_was() -> object:
    """The peers draw from global generators, and leave them elsewhere."""
    legacy = np.random.get_state()
    with torch.random.fork_rng(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(0)
        np.random.seed(0)
        yield
    np.random.set_state(legacy)


def ours(victim: Target, seen: Seen, spec: ImageAttack) -> int:
    return int(solved(victim, seen[0], TargetDecision.leave(seen[1]), spec).success.sum())


def theirs(network: nn.Module, seen: Seen, images: torch.Tensor, radius: float) -> int:
    """Count successes, after making sure that they kept to the budget."""
    assert float((images - seen[0]).abs().max()) <= radius + 1e-5
    with torch.no_grad():
        return int((network(images.clamp(0, 1)).argmax(1) != seen[1]).sum())


def test_apgd_is_as_strong_as_foolbox_pgd(exact: Target, network: nn.Module, seen: Seen) -> None:
    foolbox = pytest.importorskip("foolbox", reason="foolbox is not installed")
    attack = foolbox.attacks.LinfPGD(steps=STEPS, abs_stepsize=2.5 * RADIUS / STEPS)
    model = foolbox.PyTorchModel(network, bounds=(0, 1), device="cpu")
    _, images, _ = attack(model, *seen, epsilons=RADIUS)
    assert ours(exact, seen, APGD(budget=BUDGET, steps=STEPS)) >= theirs(network, seen, images, RADIUS) > 0


@pytest.mark.parametrize("loss", ["cross_entropy", "difference_logits_ratio"])
def test_apgd_is_as_strong_as_art_apgd(exact: Target, network: nn.Module, seen: Seen, loss: str) -> None:
    evasion = pytest.importorskip("art.attacks.evasion", reason="the adversarial robustness toolbox is not installed")
    from art.estimators.classification import PyTorchClassifier

    classifier = PyTorchClassifier(
        model=network,
        loss=nn.CrossEntropyLoss(),
        input_shape=(3, 24, 24),
        nb_classes=3,
        clip_values=(0.0, 1.0),
        device_type="cpu",
    )
    attack = evasion.AutoProjectedGradientDescent(
        classifier,
        eps=RADIUS,
        eps_step=2 * RADIUS,
        max_iter=STEPS,
        nb_random_init=1,
        batch_size=64,
        loss_type=loss,
        verbose=False,
    )
    images = torch.from_numpy(attack.generate(seen[0].numpy(), nn.functional.one_hot(seen[1], 3).numpy()))
    assert ours(exact, seen, APGD(budget=BUDGET, steps=STEPS)) >= theirs(network, seen, images, RADIUS)


def test_apgd_is_as_strong_as_torchattacks_apgd(exact: Target, network: nn.Module, seen: Seen) -> None:
    peer = pytest.importorskip("torchattacks", reason="torchattacks is not installed")
    images = peer.APGD(network, eps=RADIUS, steps=STEPS, loss="ce")(*seen)
    assert ours(exact, seen, APGD(budget=BUDGET, steps=STEPS)) >= theirs(network, seen, images, RADIUS) > 0


def test_square_is_as_strong_as_torchattacks_square(exact: Target, network: nn.Module, seen: Seen) -> None:
    """Theirs moves one square in all images at once, so its successes come together and differ between seeds."""
    peer = pytest.importorskip("torchattacks", reason="torchattacks is not installed")
    wide = PixelBudget.grey_levels(24)
    found = [peer.Square(network, eps=wide.radius, n_queries=300, seed=seed)(*seen) for seed in range(3)]
    success = [theirs(network, seen, images, wide.radius) for images in found]
    assert ours(exact, seen, Square(budget=wide, queries=300)) >= 0.9 * sum(success) / len(success) > 0


def test_a_search_in_reduced_precision_loses_hardly_an_image(victim: Target, exact: Target, seen: Seen) -> None:
    spec = APGD(budget=BUDGET, steps=STEPS)
    assert ours(victim, seen, spec) >= ours(exact, seen, spec) - 2


def test_apgd_is_as_strong_as_adv_lib_apgd(exact: Target, network: nn.Module, seen: Seen) -> None:
    peer = pytest.importorskip("adv_lib.attacks", reason="adv-lib is not installed", exc_type=ImportError)
    images = peer.apgd(network, *seen, eps=RADIUS, norm=float("inf"), n_iter=STEPS)
    assert ours(exact, seen, APGD(budget=BUDGET, steps=STEPS)) >= theirs(network, seen, images, RADIUS)
