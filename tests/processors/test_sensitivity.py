"""The comparison finds what it is for: a function of numpy in a market's place shows under other settings."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.processors.settings import NUMPY_PLAIN, OLD_LIBM, differing, report_of
from tests.processors.switches import FUSED
from threatsim.experiment.doctor.numpy_features import dispatched


def test_numpy_s_exponential_where_a_portable_one_belongs_is_found() -> None:
    here, there = (report_of("broken_child", environment) for environment in ({}, NUMPY_PLAIN))
    if not any(name in here.switches["numpy"] for name in ("X86_V4", "AVX512_SKX")):
        pytest.skip("numpy's exponential has one form on a processor without AVX-512")
    assert differing(here.values, there.values)


def test_the_libm_value_tells_fused_arithmetic_apart() -> None:
    """Known for glibc; e^x there lies between two doubles, and both forms round it to one of the two."""
    here, there = (report_of("broken_child", environment) for environment in ({}, OLD_LIBM))
    lower, upper = sorted(FUSED[1:])
    assert {here.switches["libm"], there.switches["libm"]} <= {lower, upper}
    assert math.nextafter(float.fromhex(lower), math.inf) == float.fromhex(upper)


def test_numpy_says_what_can_be_switched_off() -> None:
    assert dispatched()
    assert np.lib.NumpyVersion(np.__version__) >= "1.26.0"
