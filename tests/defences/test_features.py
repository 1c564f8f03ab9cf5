from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from tests.defences.conftest import CPU, cases_of
from threatsim.classifiers.store import shipped
from threatsim.common.errors import ThreatsimError
from threatsim.defences.detectors.features import DeepFeatures


def test_features_are_what_the_last_layer_turns_into_the_logits(network: nn.Module) -> None:
    images = cases_of(5, seed=0).images
    features, logits = DeepFeatures(network, CPU)(images)
    torch.testing.assert_close(network[2](features), logits)
    torch.testing.assert_close(logits, network(images))


def test_a_shipped_classifier_has_features() -> None:
    network, _ = shipped("chest_xray").load("victim", CPU)
    images = torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    features, logits = DeepFeatures(network, CPU)(images)
    assert features.shape[0] == 3
    assert features.ndim == 2
    torch.testing.assert_close(logits, network(images))


def test_gradients_reach_the_images_and_nothing_of_the_user_s_model_changes(network: nn.Module) -> None:
    network.train().requires_grad_(True)
    before = copy.deepcopy(network.state_dict())
    images = cases_of(4, seed=0).images.requires_grad_(True)
    features, _ = DeepFeatures(network, CPU)(images)
    gradient = torch.autograd.grad(features[:, 0].sum(), images)[0]
    expected = network[1].weight[0].detach().reshape(3, 16, 16)
    torch.testing.assert_close(gradient, expected.expand_as(gradient))
    assert network.training
    assert all(parameter.requires_grad and parameter.grad is None for parameter in network.parameters())
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())
    assert not any(module._forward_pre_hooks for module in network.modules())


def test_many_images_are_read_in_parts(network: nn.Module) -> None:
    images = cases_of(9, seed=1).images
    features, predicted = DeepFeatures(network, CPU).of(images, batch=4)
    whole, logits = DeepFeatures(network, CPU)(images)
    torch.testing.assert_close(features, whole)
    assert torch.equal(predicted, logits.argmax(1))


class _Unused(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(3, 2, 1)
        self.head = nn.Linear(7, 2)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.convolution(images).mean((2, 3))


def test_a_network_without_a_last_linear_layer_is_refused_in_words() -> None:
    convolutional = nn.Sequential(nn.Conv2d(3, 2, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    with pytest.raises(ThreatsimError, match="no linear layer"):
        DeepFeatures(convolutional, CPU)
    with pytest.raises(ThreatsimError, match="is not used"):
        DeepFeatures(_Unused(), CPU)(torch.rand(2, 3, 4, 4))
    along_rows = nn.Sequential(nn.Linear(8, 2), nn.Flatten())
    with pytest.raises(ThreatsimError, match="shape"):
        DeepFeatures(along_rows, CPU)(torch.rand(2, 3, 8, 8))
