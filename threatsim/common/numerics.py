"""How floating-point numbers are rounded here: held still where that can be had, and told apart where it cannot.

Matrix products of Intel's MKL, which torch calls, round a row by how many rows there are beside it, so that an attacked
image would come out otherwise alone than in company. MKL's strict reproducible mode does not; it is chosen by an
environment variable that MKL reads when it is first used, so `hold_still` sets it when threatsim is imported and child
processes inherit it. The AVX2 branch is chosen, not the fastest, so that processors with and without AVX-512 agree.
Documented in oneMKL's developer guide, "Obtaining Numerically Reproducible Results". On processors of other makers MKL
takes the branch that it takes anyway.

What still differs between kinds of processors, devices and versions of torch is told apart by `signature`, which is
part of the key of every kept outcome.
"""

from __future__ import annotations

import functools
import hashlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

VARIABLE = "MKL_CBWR"
SETTING = "AVX2,STRICT"


def hold_still() -> None:
    """Choose MKL's reproducible mode, unless the user has chosen a mode."""
    os.environ.setdefault(VARIABLE, SETTING)


WAITING = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0", "KMP_BLOCKTIME": "0"}
"""How threads of OpenMP wait for each other: asleep, of GNU's runtime and of Intel's."""


def wait_asleep() -> None:
    """Have threads of torch and BLAS sleep while they wait, unless the user has chosen; before torch is imported.

    By default they spin, which costs nothing on an idle machine; beside another process they burn the time that the
    thread they wait for could compute in. No result depends on it.
    """
    for name, value in WAITING.items():
        os.environ.setdefault(name, value)


def signature(device: torch.device) -> list[str]:
    """Return what tells this way of rounding from others: torch's version, the device, a hash of sample computations.

    The samples (products, transcendental functions, a convolution and its gradient, on the CPU) are of the kinds that
    classifiers and attacks are made of; two processors on which they agree share kept outcomes.
    """
    import torch

    name = torch.cuda.get_device_name(device) if device.type == "cuda" else _sampled()
    return [torch.__version__, device.type, name]


@functools.cache
def _sampled() -> str:
    """Return a hash of sample computations on the CPU, by one thread."""
    import numpy as np
    import torch
    from torch.nn import functional

    threads = torch.get_num_threads()
    digest = hashlib.blake2b(digest_size=8)
    try:
        torch.set_num_threads(1)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            rows, weight = torch.randn(13, 512), torch.randn(32, 512)
            images, kernel = torch.randn(6, 16, 32, 32), torch.randn(32, 16, 3, 3)
        line = torch.linspace(-8, 8, 4001)
        samples = [rows @ weight.T, functional.linear(rows[:1], weight), line.exp(), (line + 9).log(), line.sin()]
        for precision in (torch.float32, torch.bfloat16):  # attacks search in either
            leaf = images.contiguous(memory_format=torch.channels_last).to(precision).requires_grad_()
            with torch.enable_grad():
                features = functional.conv2d(leaf, kernel.to(precision), padding=1).float()
                samples += [features.detach(), torch.autograd.grad(features.tanh().square().sum(), leaf)[0].float()]
        arrays = [sample.contiguous().numpy() for sample in samples]
        digest.update(str(torch.backends.cpu.get_cpu_capability()).encode())
        for array in [*arrays, arrays[0].astype(np.float64) @ arrays[0].T.astype(np.float64)]:
            digest.update(array.tobytes())
    finally:
        torch.set_num_threads(threads)
    return digest.hexdigest()
