"""The copies that are searched on compute what the classifier computes."""

from __future__ import annotations

import copy

import torch
from torch import nn

from threatsim.attacks.search.folding import folded, reduced
from threatsim.classifiers.network import Classifier

IMAGES = torch.rand(4, 3, 16, 16, generator=torch.Generator().manual_seed(0))
MEAN, STD = torch.tensor([0.5, 0.2, 0.7]), torch.tensor([0.1, 0.3, 0.2])


def body() -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1),
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 2),
        )  # fmt: skip


class Twice(nn.Module):
    """Looks at its normalised images by two ways, one of them not a convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.body = body()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.body(images) + images.mean((1, 2, 3))[:, None]
        return logits


def frozen(network: nn.Module) -> nn.Module:
    return network.eval().requires_grad_(False)


def operations(network: nn.Module) -> list[str]:
    return [str(node.target) for node in network.body.graph.nodes]  # type: ignore[union-attr]


def test_the_division_goes_into_the_first_convolution_up_to_the_border() -> None:
    network = frozen(Classifier(body(), MEAN, STD))
    found = folded(network, IMAGES)
    assert found is not None
    assert found.mean is not None
    assert torch.equal(found.mean.flatten(), MEAN)
    assert not any("div" in name for name in operations(found))
    assert torch.allclose(found(IMAGES), network(IMAGES), atol=1e-5)
    corner = torch.zeros(1, 3, 16, 16)
    corner[:, :, 0, 0] = 1
    assert torch.allclose(found(corner), network(corner), atol=1e-5)


def test_gradients_are_those_of_the_classifier() -> None:
    network = frozen(Classifier(body(), MEAN, STD))
    found = folded(network, IMAGES)
    assert found is not None
    grads = []
    for model in (network, found):
        leaf = IMAGES.clone().requires_grad_(True)
        grads.append(torch.autograd.grad(model(leaf)[:, 1].sum(), leaf)[0])
    assert torch.allclose(grads[0], grads[1], rtol=1e-4, atol=1e-5)


def test_a_network_that_does_not_begin_with_a_normalisation_is_folded_without_one() -> None:
    for network in (frozen(body()), frozen(Classifier(Twice(), MEAN, STD))):
        found = folded(network, IMAGES)
        assert found is not None
        assert found.mean is None
        assert torch.allclose(found(IMAGES), network(IMAGES), atol=1e-5)


def test_the_network_itself_is_left_as_it_was() -> None:
    network = frozen(Classifier(body(), MEAN, STD))
    before = copy.deepcopy(network.state_dict())
    found = folded(network, IMAGES)
    assert found is not None
    assert reduced(found, IMAGES) is not None
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())


def test_half_the_bits_leave_the_logits_close_and_the_mean_in_float32() -> None:
    network = frozen(Classifier(body(), MEAN, STD))
    found = folded(network, IMAGES)
    assert found is not None
    half = reduced(found, IMAGES)
    assert half is not None
    assert half.mean is not None
    assert half.mean.dtype == torch.float32
    assert half(IMAGES).dtype == torch.float32
    assert torch.allclose(half(IMAGES), network(IMAGES), atol=0.02)


def test_a_network_that_cannot_be_followed_is_not_folded() -> None:
    class Branching(nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return images.mean((2, 3))[:, :2] * (2 if images.sum() > 0 else 1)

    assert folded(frozen(Branching()), IMAGES) is None
