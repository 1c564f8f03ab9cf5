"""Where tensors live: cpu, cuda, or whichever is there."""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from threatsim.common.errors import InputError

if TYPE_CHECKING:
    import torch

DEVICES = ("auto", "cpu", "cuda")


_DRIVERS: Final = ("/dev/nvidiactl", "/proc/driver/nvidia/version", "/dev/kfd", "/dev/dxg")
"""What there is under Linux where a driver of a GPU is: NVIDIA's, AMD's, or that of the Windows below."""


def kind_of_device(name: str) -> str:
    """Return cpu or cuda, as `resolve_device` would; torch is imported only where there may be a GPU.

    Raises:
        InputError: as `resolve_device` does.
    """
    if name == "cpu" or (name == "auto" and not _may_have_gpu()):
        return "cpu"
    return resolve_device(name).type


def _may_have_gpu() -> bool:
    try:
        if importlib.metadata.version("torch").endswith("+cpu"):
            return False
    except importlib.metadata.PackageNotFoundError:
        return False
    return sys.platform != "linux" or any(Path(driver).exists() for driver in _DRIVERS)


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
