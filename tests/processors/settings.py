"""Other processors, as far as a processor can be told to do without what it has: one set of variables a kind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from threatsim.experiment.doctor.numpy_features import dispatched

ROOT: Final = Path(__file__).parents[2]

NUMPY_PLAIN: Final = {"NPY_DISABLE_CPU_FEATURES": " ".join(dispatched())}
# numpy calls its groups otherwise from one version to the next, and passes over names that it does not know.
NUMPY_WITHOUT_AVX512: Final = {
    "NPY_DISABLE_CPU_FEATURES": " ".join(name for name in dispatched() if "AVX512" in name or name == "X86_V4")
}
OLD_BLAS: Final = {"OPENBLAS_CORETYPE": "Nehalem"}
OLD_LIBM: Final = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-FMA,-AVX512F,-AVX2_Usable,-FMA_Usable,-FMA4"}
TORCH_AVX2: Final = {
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "ATEN_CPU_CAPABILITY": "avx2",
}
TORCH_SSE: Final = {
    "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "ATEN_CPU_CAPABILITY": "default",
}

SETTINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "numpy without AVX-512": NUMPY_WITHOUT_AVX512,
    "numpy without AVX2": NUMPY_PLAIN,
    "OpenBLAS of 2008": OLD_BLAS,
    "libm without FMA": OLD_LIBM,
    "torch held to AVX2": TORCH_AVX2,
    "all of these": NUMPY_PLAIN | OLD_BLAS | OLD_LIBM | TORCH_AVX2,
}
"""Kind of processor -> environment of a child that is to compute as if on one."""
_EACH: Final = os.environ.get("PROCESSORS") == "each"
WITHOUT_TORCH: Final = {
    name: setting
    for name, setting in SETTINGS.items()
    if setting is not TORCH_AVX2 and (_EACH or name in ("numpy without AVX-512", "all of these"))
}
"""The settings that can matter where torch is not loaded: the mildest, and all together.

With PROCESSORS=each in the environment each by itself, to find out which it is that changes a figure.
"""


@dataclass(frozen=True)
class Report:
    """What a child says.

    Attributes:
        switches: how its libraries compute, as `switches.py` finds it.
        values: name -> hash or exact figure of all that it computed.
    """

    switches: Mapping[str, Any]
    values: Mapping[str, str]


def report_of(program: str, environment: Mapping[str, str], *words: str, timeout: float = 300) -> Report:
    """Run a program of this folder in a child under some settings, and no others, on one thread."""
    ours = {name for setting in SETTINGS.values() for name in setting} | {"MKL_CBWR"}
    clean = {name: value for name, value in os.environ.items() if name not in ours}
    done = subprocess.run(
        [sys.executable, "-m", f"tests.processors.{program}", *words],
        cwd=ROOT,
        env={**clean, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, f"{program} under {dict(environment)} ended with {done.returncode}:\n{done.stderr}"
    return Report(**json.loads(done.stdout))


def differing(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """A line for each name that the two do not have alike."""
    return [
        f"{name}: {one.get(name, 'absent')} | {other.get(name, 'absent')}"
        for name in sorted(one.keys() | other.keys())
        if one.get(name) != other.get(name)
    ]
