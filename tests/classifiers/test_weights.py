from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch

from threatsim.classifiers.card import Network
from threatsim.classifiers.network import build, scores
from threatsim.classifiers.weights import load_into, load_tensors, save_tensors
from threatsim.common.errors import ThreatsimError

SMALL = Network(
    name="ResNet",
    arguments={
        "block": "basic", "layers": [1, 1, 1, 1], "block_inplanes": [8, 8, 8, 8], "spatial_dims": 2,
        "n_input_channels": 3, "conv1_t_size": 3, "conv1_t_stride": 2, "no_max_pool": True, "num_classes": 2,
    },
)  # fmt: skip


def test_a_saved_network_gives_the_same_scores(tmp_path: Path) -> None:
    mean, std = torch.tensor([0.5, 0.4, 0.3]), torch.tensor([0.2, 0.3, 0.1])
    network = build(SMALL, mean=mean, std=std).eval()
    save_tensors(dict(network.state_dict()), tmp_path / "w.safetensors")
    again = build(SMALL).eval()
    digest = load_into(again, tmp_path / "w.safetensors")
    images = torch.rand(5, 3, 32, 32)
    cpu = torch.device("cpu")
    assert torch.equal(scores(network, images, device=cpu), scores(again, images, device=cpu))
    assert digest == load_tensors(tmp_path / "w.safetensors")[1]


def test_normalisation_is_part_of_the_network() -> None:
    network = build(SMALL, mean=torch.full((3,), 0.25), std=torch.full((3,), 0.5)).eval()
    images = torch.rand(2, 3, 32, 32)
    torch.testing.assert_close(network(images), network.body((images - 0.25) / 0.5))


def test_damaged_foreign_and_pickled_weights_are_refused(tmp_path: Path) -> None:
    network = build(SMALL)
    path = tmp_path / "w.safetensors"
    save_tensors(dict(network.state_dict()), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ThreatsimError, match="damaged"):
        load_into(network, path)
    path.write_bytes(pickle.dumps({"a": 1}))
    with pytest.raises(ThreatsimError, match="not safetensors"):
        load_into(network, path)
    save_tensors({"other": torch.zeros(3)}, path)
    with pytest.raises(ThreatsimError, match="do not fit"):
        load_into(network, path)
    state = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    state["mean"] = state["mean"] * float("nan")
    save_tensors(state, path)
    with pytest.raises(ThreatsimError, match="not finite"):
        load_into(network, path)
    with pytest.raises(ThreatsimError, match="no weights here"):
        load_into(network, tmp_path / "absent.safetensors")


def test_an_unknown_network_names_the_nearest() -> None:
    with pytest.raises(ThreatsimError, match="Did you mean 'ResNet'"):
        build(Network(name="ResNett", arguments={}))
    with pytest.raises(ThreatsimError, match="does not take these arguments"):
        build(Network(name="ResNet", arguments={"depth": 3}))
