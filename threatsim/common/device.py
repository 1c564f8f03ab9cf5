"""Where tensors live: cpu, cuda, or whichever is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from threatsim.common.errors import InputError

if TYPE_CHECKING:
    import torch

DEVICES = ("auto", "cpu", "cuda")


def resolve_device(name: str) -> torch.device:
    """Return the device called `name`: auto takes a GPU if there is one.

    Raises:
        InputError: there is no such name, or CUDA is requested and there is none.
    """
    if name not in DEVICES:
        raise InputError(f"--device is '{name}'; allowed are {', '.join(DEVICES)}", given=name, allowed=DEVICES)

    import torch

    if name == "cuda" and not torch.cuda.is_available():
        raise InputError(
            "--device cuda was asked for, but torch sees no CUDA device here",
            given=name,
            hint="Use --device auto or --device cpu; results are the same, only slower.",
        )
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)
