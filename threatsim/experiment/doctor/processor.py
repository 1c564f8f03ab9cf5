"""The processor, and which of its instructions the C library, numpy and torch compute with."""

from __future__ import annotations

import ctypes
import math
import os
import platform
from pathlib import Path
from typing import Final

from threatsim.common.numerics import SETTING, VARIABLE, signature
from threatsim.experiment.doctor.finding import Finding
from threatsim.experiment.doctor.numpy_features import baseline, dispatched

_FUSED: Final = ("-0x1.d2c1d48334f58p+3", "0x1.f0d551b125ab9p-22", "0x1.f0d551b125ab8p-22")
"""An x, and e^x as glibc rounds it where it multiplies and adds in one step, and where it does not."""
_STRICT: Final = 0x10000  # MKL_CBWR_STRICT of mkl_service.h
_BRANCHES: Final = {1: "off", 2: "auto", 3: "compatible", 9: "AVX", 10: "AVX2", 12: "AVX-512", 14: "AVX-512"}


def processor() -> list[Finding]:
    """Return the processor itself, its C library, and numpy's use of both."""
    return [_model(), _libm(), _numpy()]


def torch_rounding() -> list[Finding]:
    """Return how torch computes here, and whether MKL rounds a row alike whatever stands beside it."""
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    capability, threads = torch.backends.cpu.get_cpu_capability(), torch.get_num_threads()
    used = f"{torch.cuda.get_device_name()} (CUDA)" if device == "cuda" else "cpu (no CUDA device)"
    rounding = signature(torch.device("cpu"))[-1]
    return [
        Finding(name="torch", found=f"computes with {capability}, {threads} thread{_s(threads)}, rounding {rounding}"),
        Finding(name="device", found=used),
        _mkl(mkl_mode()),
    ]


def mkl_mode() -> int | None:
    """Return the reproducible mode of torch's own copy of MKL, in MKL's numbers; None where that cannot be told.

    What stands in the environment decides nothing once MKL has been used, so MKL itself tells it (mkl_cbwr_get).
    """
    import torch

    if not torch.backends.mkl.is_available():  # type: ignore[no-untyped-call]
        return None
    try:
        library = ctypes.CDLL(str(Path(torch.__file__).parent / "lib" / "libtorch_cpu.so"))
        found: int = library.mkl_serv_cbwr_get(ctypes.c_int(-1))
    except (OSError, AttributeError):  # another build of torch, or another system
        return None
    return found


def _model() -> Finding:
    described = _cpuinfo()
    name, vendor = described.get("model name", platform.processor()), described.get("vendor_id", "")
    machine, cores = platform.machine(), os.cpu_count() or 1
    text = f"{name or 'unknown'}{f' ({vendor})' if vendor else ''}, {machine}, {cores} processor{_s(cores)}"
    if machine.lower() in ("x86_64", "amd64"):
        return Finding(name="processor", found=text)
    return Finding(
        name="processor",
        found=text,
        state="note",
        remedy="Runs were compared on x86-64 only; the small market below says whether they are the same here.",
    )


def _cpuinfo() -> dict[str, str]:
    """Return the first processor as Linux describes it; empty elsewhere."""
    try:
        first = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0]
    except OSError:
        return {}
    pairs = (line.partition(":") for line in first.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def _libm() -> Finding:
    library, version = platform.libc_ver()
    x, fused, apart = (float.fromhex(text) for text in _FUSED)
    found = math.exp(x)
    how = {fused: "with fused multiply-add", apart: "without fused multiply-add"}.get(found, "in a way of its own")
    return Finding(name="C library", found=f"{library or 'unknown'} {version}, e^x {how}".replace("  ", " "))


def _numpy() -> Finding:
    import numpy as np

    used = [*baseline(), *(name for name, on in dispatched().items() if on)]
    return Finding(name="numpy", found=f"{np.__version__} computes with {', '.join(used) or 'it does not say what'}")


def _mkl(mode: int | None) -> Finding:
    if mode is None:
        return Finding(name="MKL", found="torch does not use MKL here, or its mode cannot be told")
    strict = bool(mode & _STRICT)
    description = f"{_BRANCHES.get(mode % _STRICT, 'other')}{', strict' if strict else ''}"
    chosen = os.environ.get(VARIABLE, "")
    if not strict:
        late = chosen == SETTING
        return Finding(
            name="MKL",
            found=f"mode {description}: products may round a row by its company"
            + ("; torch was used before threatsim was imported" if late else f"; {VARIABLE} is '{chosen}'"),
            state="off",
            remedy="Import threatsim before torch is used." if late else f"Unset {VARIABLE}; threatsim then sets it.",
        )
    if chosen != SETTING:
        return Finding(
            name="MKL",
            found=f"mode {description}, by {VARIABLE}={chosen}",
            state="note",
            remedy=f"Outcomes of attacks may differ from those under {SETTING}, threatsim's own: unset {VARIABLE}.",
        )
    return Finding(name="MKL", found=f"mode {description}: a row is rounded alike in any company")


def _s(count: int) -> str:
    return "" if count == 1 else "s"
