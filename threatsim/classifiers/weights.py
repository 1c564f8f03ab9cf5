"""Weights as safetensors: saved, loaded and named by the hash of their bytes. Never pickle."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load as load_bytes
from safetensors.torch import save as save_bytes
from torch import nn

from threatsim.classifiers.card import Stored
from threatsim.common.errors import ThreatsimError
from threatsim.common.files import read_foreign, write_bytes


def save_tensors(tensors: dict[str, torch.Tensor], path: Path) -> None:
    """Write tensors of any shape (*S) as safetensors; an existing file is replaced in one step."""
    cpu = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
    write_bytes(path, save_bytes(cpu))


def file_hash(path: Path) -> str:
    """Return the hash of a file of weights (16 hex digits), as `load_tensors` gives it.

    Raises:
        FileNotFoundError: it is not there.
        InputError: it cannot be read.
    """
    return hashlib.sha256(read_foreign(path, "file of weights")).hexdigest()[:16]


def save_network(network: nn.Module, path: Path, stored: Stored) -> None:
    """Write a network's tensors of any shape (*S), floating-point ones as `stored` says; training needs no more."""
    dtype = {"float32": torch.float32, "float16": torch.float16}[stored]
    tensors = network.state_dict()
    save_tensors({name: one.to(dtype) if one.is_floating_point() else one for name, one in tensors.items()}, path)


def load_tensors(path: Path) -> tuple[dict[str, torch.Tensor], str]:
    """Read tensors by name, each in its own shape (*S), and the hash of the file (16 hex digits).

    Raises:
        ThreatsimError: the file is absent, damaged or not safetensors.
    """
    try:
        data = read_foreign(path, "file of weights")
    except FileNotFoundError:
        raise ThreatsimError("there are no weights here", location=str(path)) from None
    try:
        return load_bytes(data), hashlib.sha256(data).hexdigest()[:16]
    except SafetensorError as error:
        raise ThreatsimError(
            f"the weights are damaged or are not safetensors ({error})",
            location=str(path),
            hint="Train them again with `threatsim classifiers train`, or restore the file.",
        ) from error


def load_into(classifier: nn.Module, path: Path) -> str:
    """Load weights into a classifier in place and return their hash.

    Weights of its body alone, as a network trained elsewhere has them, are taken too: no normalisation is then added.

    Raises:
        ThreatsimError: the file is absent, damaged, or belongs to another network.
    """
    tensors, digest = load_tensors(path)
    own = set(classifier.state_dict())
    if tensors and {f"body.{name}" for name in tensors} == own - {"mean", "std"}:
        normalisation = {name: classifier.state_dict()[name] for name in ("mean", "std")}
        tensors = {f"body.{name}": tensor for name, tensor in tensors.items()} | normalisation
    expected = {name: tuple(tensor.shape) for name, tensor in classifier.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    if expected != found:
        differing = sorted(set(expected.items()) ^ set(found.items()))
        raise ThreatsimError(
            f"the weights do not fit the card's network: '{differing[0][0]}' differs", location=str(path)
        )
    if not all(bool(torch.isfinite(tensor).all()) for tensor in tensors.values()):
        raise ThreatsimError("the weights hold numbers that are not finite", location=str(path))
    classifier.load_state_dict(tensors)
    return digest


def read_calibration(path: Path, role: str) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """Read a network's clean scores (M,) in [0, 1] on the calibration cases, and their labels (M,).

    Args:
        path: the file, `calibration.safetensors`.
        role: of the network.

    Raises:
        ThreatsimError: there are none of that role, they are no scores and labels of the same cases, or none of the
            cases has the finding, or all have; or the file is absent or damaged.
    """
    tensors, _ = load_tensors(path)

    def refused(text: str) -> ThreatsimError:
        return ThreatsimError(f"{text}, so no operating point can be set", location=str(path))

    for name in (role, "labels"):
        if name not in tensors:
            raise refused(f"there is no '{name}' in the calibration cases")
    scores, labels = tensors[role].float().numpy(), tensors["labels"].numpy()
    if scores.ndim != 1 or scores.shape != labels.shape:
        raise refused(f"the calibration cases have {scores.shape} scores and {labels.shape} labels")
    if not ((scores >= 0) & (scores <= 1)).all():
        raise refused("the calibration cases have scores outside [0, 1]")
    if set(np.unique(labels).tolist()) != {0, 1}:
        raise refused("the calibration cases have other labels than 0 and 1, or one of them alone")
    return scores, labels.astype(np.int8)
