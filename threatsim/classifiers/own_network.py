"""A user's own model: a factory of the user's or an exported program, and the checks that make its faults plain."""

from __future__ import annotations

import hashlib
import json
from importlib import import_module
from io import BytesIO
from pathlib import Path

import torch
from torch import nn

from threatsim.classifiers.card import Network
from threatsim.common.errors import InputError, ThreatsimError
from threatsim.common.files import read_foreign
from threatsim.common.trust import require_trust, source_of


class Program(nn.Module):
    """A program of torch.export as a module: (N, 3, H, W) images in [0, 1] to (N, 2) logits.

    It has one mode, the one that it was exported in, so switching between training and evaluation leaves it alone.
    """

    def __init__(self, exported: nn.Module) -> None:
        super().__init__()
        self.exported = exported

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits (N, 2) of images (N, 3, H, W) in [0, 1]."""
        logits: torch.Tensor = self.exported(images)
        return logits

    def train(self, mode: bool = True) -> Program:
        """Ignore the mode: an exported program has a fixed one."""
        self.training = mode
        return self


def load_program(path: Path) -> tuple[Program, str]:
    """Load the exported program in a file, and the hash of the file (16 hex digits).

    Raises:
        InputError: the user has not allowed it (`threatsim.common.trust`), or it cannot be read.
        ThreatsimError: it is absent, or no program of torch.export that this version of torch reads.
    """
    try:
        data = read_foreign(path, "file of weights")
    except FileNotFoundError:
        raise ThreatsimError("there is no program here", location=str(path)) from None
    # A program holds pickled parts, and whatever it computes is its maker's affair.
    require_trust(f"the program {path.name}", data, path)
    try:
        exported = torch.export.load(BytesIO(data)).module()
    except Exception as error:  # a damaged archive fails in as many ways as it has layers
        raise ThreatsimError(
            f"this is no program of torch.export that torch {torch.__version__} reads: {_first_line(error)}",
            location=str(path),
        ) from error
    return Program(exported), hashlib.sha256(data).hexdigest()[:16]


def from_factory(network: Network) -> nn.Module:
    """Call the user's own function for its network.

    Raises:
        InputError: the user has not allowed it (`threatsim.common.trust`), there is no such module or function, or it
            does not return a torch module.
    """
    module_name, _, function_name = str(network.factory).partition(":")
    called = f"{network.factory}({json.dumps(network.arguments, sort_keys=True)})"
    require_trust(f"the function {called}", called.encode() + source_of(module_name))
    try:
        function = getattr(import_module(module_name), function_name)
    except (ImportError, AttributeError) as error:
        raise InputError(
            f"network.factory is '{network.factory}', which cannot be imported: {error}",
            given=str(network.factory),
            hint="Install the package that it lies in beside threatsim, or put its folder on PYTHONPATH.",
        ) from error
    try:
        made = function(**network.arguments)
    except Exception as error:  # what the user's function raises is its own affair
        raise InputError(
            f"{network.factory} does not take these arguments: {_first_line(error)}", given=str(network.arguments)
        ) from error
    if not isinstance(made, nn.Module):
        raise InputError(
            f"{network.factory} returned a {type(made).__name__}; a torch.nn.Module is needed",
            given=str(network.factory),
        )
    return made


def check(model: nn.Module, *, size: int, card: Path, device: torch.device) -> None:
    """Try a user's model on a few images, so that one plain message tells what it lacks.

    Args:
        model: on `device`, in evaluation mode.
        size: width and height of the images that the card names (pixels).
        card: the card's file, for messages.

    Raises:
        ThreatsimError: the model does not give two finite logits an image for any number of images, or no gradient
            reaches the images.
    """
    generator = torch.Generator().manual_seed(0)
    for count in (2, 3):
        images = torch.rand(count, 3, size, size, generator=generator).to(device).requires_grad_(True)
        try:
            with torch.enable_grad():
                logits = model(images)
        except Exception as error:  # what the user's model raises is its own affair
            raise ThreatsimError(
                f"the network fails on {count} images of {size}x{size}: {_first_line(error)}",
                location=str(card),
                hint="It must take any number of images (N, 3, H, W) in [0, 1]: export it with a dynamic batch.",
            ) from error
        _check_logits(logits, count, card)
        gradient = (
            torch.autograd.grad(logits[:, 1].sum() - logits[:, 0].sum(), images, allow_unused=True)[0]
            if (logits.requires_grad)
            else None
        )
        if gradient is None or not bool(torch.isfinite(gradient).all()):
            raise ThreatsimError(
                "no finite gradient reaches the images through the network, so no white-box attack can be run on it",
                location=str(card),
            )


def _check_logits(logits: object, count: int, card: Path) -> None:
    needed = "two logits an image are needed, (N, 2), column 1 for the finding"
    if not isinstance(logits, torch.Tensor):
        raise ThreatsimError(f"the network returns a {type(logits).__name__}; {needed}", location=str(card))
    if logits.ndim in (1, 2) and logits.numel() == count:
        raise ThreatsimError(
            f"the network gives one logit an image, so one class is missing; {needed}",
            location=str(card),
            hint="For a network with one logit z, return torch.stack([-z / 2, z / 2], 1): the same probabilities.",
        )
    if tuple(logits.shape) != (count, 2):
        shape = ", ".join(str(side) for side in logits.shape)
        raise ThreatsimError(f"the network gives ({shape}) for {count} images; {needed}", location=str(card))
    if not bool(torch.isfinite(logits).all()):
        raise ThreatsimError("the network gives logits that are not finite numbers", location=str(card))


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
