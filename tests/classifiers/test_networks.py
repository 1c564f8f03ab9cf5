"""Our ResNet and DenseNet are MONAI's to the bit; MONAI itself is needed for its other networks alone."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
import torch

from threatsim.classifiers.card import Network
from threatsim.classifiers.network import build
from threatsim.classifiers.store import shipped
from threatsim.classifiers.surrogates import OTHER

HARDENED = shipped("fundoscopy_hardened").card.network
BOTTLENECK: dict[str, Any] = {
    "block": "bottleneck",
    "layers": [1, 2, 1, 1],
    "block_inplanes": [8, 8, 16, 16],
    "spatial_dims": 2,
    "conv1_t_stride": 2,
    "num_classes": 2,
    "bias_downsample": False,
}
NARROW = {**OTHER.arguments, "block_config": [2], "bn_size": 4}


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("ResNet", HARDENED.arguments), ("ResNet", BOTTLENECK), ("DenseNet", OTHER.arguments), ("DenseNet", NARROW)],
    ids=["shipped", "bottleneck", "surrogate", "narrow"],
)
def test_weights_outputs_and_gradients_are_those_of_monai(name: str, arguments: dict[str, Any]) -> None:
    nets = pytest.importorskip("monai.networks.nets")
    torch.manual_seed(4)
    ours = build(Network(name=name, arguments=arguments)).body
    after = torch.rand(1)
    torch.manual_seed(4)
    theirs = getattr(nets, name)(**arguments)
    assert torch.equal(after, torch.rand(1)), "the generator has gone another way"
    state = ours.state_dict()
    assert list(state) == list(theirs.state_dict())
    assert all(torch.equal(state[key], value) for key, value in theirs.state_dict().items())
    images = torch.rand(3, 3, 33, 32)
    for training in (True, False):
        found = []
        for network in (ours.train(training), theirs.train(training)):
            given = images.clone().requires_grad_()
            logits = network(given)
            logits.square().sum().backward()
            found.append((logits.detach(), given.grad))
        assert torch.equal(found[0][0], found[1][0])
        assert torch.equal(found[0][1], found[1][1])
    # Training has moved the statistics of batches: alike too.
    assert all(torch.equal(ours.state_dict()[key], value) for key, value in theirs.state_dict().items())


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("ResNet", {**HARDENED.arguments, "block": "wide"}, "block is 'wide'"),
        ("ResNet", {**HARDENED.arguments, "layers": [1]}, "four stages"),
        ("ResNet", {**HARDENED.arguments, "spatial_dims": 3}, "images have 2"),
        ("DenseNet", {"spatial_dims": 3}, "images have 2"),
        ("DenseNet", {"block_config": []}, "no block"),
    ],
)
def test_what_our_networks_cannot_be_is_said(name: str, arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(Exception, match=f"network '{name}' does not take these arguments.*{words}"):
        build(Network(name=name, arguments=arguments))


def test_without_monai_all_that_ships_is_built_and_its_networks_name_the_extra() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; sys.modules['monai'] = None\n"
            "from pathlib import Path\n"
            "from threatsim.classifiers.store import shipped\n"
            "from threatsim.classifiers.card import Network\n"
            "from threatsim.classifiers.network import build\n"
            "from threatsim.classifiers.surrogates import OTHER\n"
            "import torch\n"
            "for name in ('fundoscopy', 'fundoscopy_hardened', 'chest_xray_hardened', 'dermoscopy_hardened'):\n"
            "    shipped(name).load('victim', torch.device('cpu'))\n"
            "build(OTHER)\n"
            "try:\n"
            "    build(Network(name='SEResNet50'))\n"
            "except Exception as error:\n"
            "    print(error)\n",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "'SEResNet50'" in told
    assert "pip install 'threatsim[monai]'" in told
    assert len(told.splitlines()) <= 2
