"""How the libraries of this process compute, found by asking them and by computing, never by what was set."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from threadpoolctl import threadpool_info

from threatsim.experiment.doctor.numpy_features import dispatched

FUSED: Final = ("-0x1.d2c1d48334f58p+3", "0x1.f0d551b125ab9p-22", "0x1.f0d551b125ab8p-22")
"""An x, and e^x by glibc 2.28 to 2.41 where it multiplies and adds in one rounding, and where it does not."""


def switches() -> dict[str, Any]:
    """numpy's dispatched features that are on, the kernels of OpenBLAS, and e^x at a value that tells libm's code."""
    return {
        "numpy": [name for name, on in dispatched().items() if on],
        "openblas": sorted(
            {str(one["architecture"]) for one in threadpool_info() if one["internal_api"] == "openblas"}
        ),
        "libm": math.exp(float.fromhex(FUSED[0])).hex(),
    }


def print_report(values: Mapping[str, str], **further: Any) -> None:
    """Print what `settings.report_of` reads."""
    print(json.dumps({"switches": switches() | further, "values": values}))


def exact(value: Any) -> str:
    """A figure to its last bit, readable; text and the like as they are."""
    return float(value).hex() if isinstance(value, float | np.floating) else str(value)
