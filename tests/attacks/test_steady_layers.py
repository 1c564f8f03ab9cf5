"""An outcome is its own case's: EfficientNet-Lite0, whose pointwise convolutions libraries sum by the number of images.

The layers that see to it compute what torch's own compute, for any shape, and the sample finds those that do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tests.attacks.conftest import CPU, cases_of
from tests.attacks.test_reproducible import rows, same
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.engine import attack
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.goal import NEVER, Goal
from threatsim.attacks.search.batch_invariance import is_batch_invariant
from threatsim.attacks.search.steady_layers import FEW, hold_steady, steadied
from threatsim.attacks.search.target import Precision, Target
from threatsim.attacks.threat_model import ThreatModel
from threatsim.classifiers.networks.efficientnet import EfficientNetLite0
from threatsim.common.numerics import signature

BUDGET = PixelBudget(epsilon=0.02)
WHOLE, CUT = 7, 4


@pytest.fixture(autouse=True)
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def seeded(seed: int, stages: int) -> nn.Module:
    """A network from random weights, its normalisations fitted to its activations, so that all of them tell."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = EfficientNetLite0(stages=stages)
        for layer in network.modules():
            if isinstance(layer, nn.BatchNorm2d):
                layer.momentum = None
        with torch.no_grad():
            network.train()(cases_of(16, size=64).images)
    return network.eval()


TURNED, EVERY_STEP = ("white_box", Goal(stop="turned")), ("black_box", NEVER)


@pytest.mark.parametrize(
    ("size", "stages", "precision", "access", "goal"),
    [
        *(
            (64, CUT, precision, *kind)
            for precision in ("float32", "auto", "bfloat16")
            for kind in (TURNED, EVERY_STEP)
        ),
        (224, WHOLE, "auto", *TURNED),
    ],
)
def test_a_case_s_outcome_is_the_same_alone_among_three_and_among_many(
    size: int, stages: int, precision: Precision, access: str, goal: Goal
) -> None:
    victim, surrogate = (Target(seeded(seed, stages), CPU, precision=precision) for seed in (1, 2))
    model = ThreatModel(victim=victim, surrogate=surrogate, patches={}, fingerprints={})
    cases = cases_of(19, size=size)  # more than a convolution's sixteen, and a remainder
    spec = PGD(access=access, budget=BUDGET, steps=2, goal=goal)
    everything = attack(model, cases, spec)
    for count, index in ((1, [7]), (1, [12, 0, 18]), (2, [12, 0, 18])):
        torch.set_num_threads(count)
        assert same(attack(model, cases.subset(index), spec), rows(everything, index))


@pytest.mark.parametrize("count", [1, 2])
def test_no_image_of_such_a_network_has_to_be_evaluated_alone(count: int) -> None:
    torch.set_num_threads(count)
    assert Target(seeded(1, CUT), CPU).is_batch_invariant(cases_of(1, size=64).images)


def test_the_sample_finds_convolutions_that_depend_on_the_number_of_images() -> None:
    """It agrees with asking the convolution itself, whatever this processor does."""
    torch.manual_seed(0)
    images, weight = torch.rand(2, 3, 14, 14), torch.randn(40, 240, 1, 1)

    def plain(some: torch.Tensor) -> torch.Tensor:
        wide = some.repeat(1, 80, 1, 1).contiguous(memory_format=torch.channels_last)
        return F.conv2d(wide, weight).mean((2, 3))

    depends = not torch.equal(plain(images), plain(images.repeat(10, 1, 1, 1))[:2])
    assert is_batch_invariant(plain, images[:1]) != depends, signature(CPU)


@pytest.mark.parametrize("shape", [(1, 7, 7), (2, 2, 2), (1, 1, 1), (3, 5, 11), (15, 4, 4), (16, 4, 4), (0, 4, 4)])
def test_pointwise_convolutions_are_torch_s_own_to_rounding(shape: tuple[int, int, int]) -> None:
    torch.manual_seed(0)
    n, height, width = shape
    plain = nn.Conv2d(224, 24, 1)
    steady = hold_steady(nn.Sequential(nn.Conv2d(224, 24, 1)))
    steady.load_state_dict({f"0.{name}": tensor for name, tensor in plain.state_dict().items()})
    images = torch.randn(n, 224, height, width)
    found, wanted = ([layer(leaf), leaf] for layer, leaf in ((steady, images.clone()), (plain, images.clone())))
    assert found[0].shape == wanted[0].shape
    torch.testing.assert_close(found[0], wanted[0], rtol=1e-5, atol=1e-5)
    gradients = []
    for layer in (steady, plain):
        leaf = images.clone().requires_grad_()
        gradients.append(torch.autograd.grad(layer(leaf).square().sum(), leaf)[0])
    torch.testing.assert_close(*gradients, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("count", [1, 2, 3, 15])
def test_the_rows_of_a_linear_layer_are_those_of_many(count: int) -> None:
    torch.manual_seed(0)
    layer = hold_steady(nn.Sequential(nn.Linear(80, 2)))
    images = torch.randn(40, 80)
    wanted = torch.randn(40, 2)
    leaf, everything = images[:count].clone().requires_grad_(), images.clone().requires_grad_()
    found, all_found = layer(leaf), layer(everything)
    assert torch.equal(found, all_found[:count])
    gradient = torch.autograd.grad(found, leaf, wanted[:count])[0]
    assert torch.equal(gradient, torch.autograd.grad(all_found, everything, wanted)[0][:count])


def test_a_network_is_copied_with_its_weights_shared_and_never_changed() -> None:
    network = nn.Sequential(nn.Conv2d(3, 256, 1), nn.Conv2d(256, 256, 1), nn.Flatten(), nn.Linear(256, 2))
    kinds = [type(layer) for layer in network]
    copied = steadied(network)
    assert [type(layer) for layer in network] == kinds
    assert [one is other for one, other in zip(copied.parameters(), network.parameters(), strict=True)] == [True] * 6
    assert copied.state_dict().keys() == network.state_dict().keys()
    assert len(copied(torch.rand(FEW - 1, 3, 1, 1))) == FEW - 1


def test_layers_that_are_not_torch_s_own_or_look_beyond_a_pixel_stay() -> None:
    class Own(nn.Linear):
        pass

    network = nn.Sequential(
        nn.Conv2d(256, 256, 3, padding=1), nn.Conv2d(256, 256, 1, stride=2), nn.Conv2d(256, 256, 1, groups=4),
        nn.Conv2d(256, 256, 1, padding=1), nn.Conv2d(64, 64, 1), Own(4, 4),
    )  # fmt: skip
    assert [type(layer) for layer in steadied(network)] == [type(layer) for layer in network]


@pytest.mark.parametrize("activation", [nn.ReLU, nn.ReLU6])
def test_an_activation_after_pixels_laid_out_otherwise_is_torch_s_own_and_its_gradient_is_not_copied(
    activation: Callable[..., nn.Module],
) -> None:
    torch.manual_seed(0)
    convolution, images = nn.Conv2d(224, 24, 1), torch.randn(3, 224, 5, 4)
    steady = steadied(nn.Sequential(convolution, activation(inplace=True)))
    apart = steadied(nn.Sequential(convolution, activation(inplace=False)))
    leaves = [images.clone().requires_grad_() for _ in range(2)]
    found, wanted = steady(leaves[0]), apart(leaves[1])
    assert torch.equal(found, wanted)
    gradients = [
        torch.autograd.grad(one.square().sum(), leaf)[0] for one, leaf in zip((found, wanted), leaves, strict=True)
    ]
    assert torch.equal(*gradients)
    assert not found._is_view()  # what is changed in place stays a view, whose gradient is copied
    with torch.no_grad():
        made = convolution(images)
        assert steady[1](made) is made
        assert torch.equal(made, wanted)
