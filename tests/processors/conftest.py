from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.processors.settings import (
    NUMPY_PLAIN,
    NUMPY_WITHOUT_AVX512,
    OLD_BLAS,
    OLD_LIBM,
    TORCH_AVX2,
    TORCH_SSE,
    Report,
)
from tests.processors.switches import FUSED

Took = Callable[[Report, dict[str, str]], None]


@pytest.fixture(scope="session")
def took_hold() -> Took:
    """Fails where a child did not do without what its environment took from it."""

    def check(report: Report, environment: dict[str, Any]) -> None:
        switches = report.switches
        if environment.items() >= NUMPY_PLAIN.items():
            assert switches["numpy"] == []
        if environment.items() >= NUMPY_WITHOUT_AVX512.items():
            assert not [name for name in switches["numpy"] if "AVX512" in name or name == "X86_V4"]
        if environment.items() >= OLD_BLAS.items() and switches["openblas"]:  # numpy may be built on another BLAS
            assert switches["openblas"] == ["Nehalem"]
        if environment.items() >= OLD_LIBM.items():
            assert switches["libm"] != FUSED[1], "e^x is still that of fused arithmetic"
        if environment.items() >= TORCH_AVX2.items() and "torch" in switches:
            assert switches["torch"] in ("AVX2", "DEFAULT")  # the latter where the processor has less
        if environment.items() >= TORCH_SSE.items():
            assert switches["torch"] == "DEFAULT"

    return check
