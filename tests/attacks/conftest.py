from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from threatsim.attacks.engine import Adversary
from threatsim.attacks.target import Target
from threatsim.imaging.cases import CaseSet, to_grid

CPU = torch.device("cpu")


class Linear(nn.Module):
    """Logit difference w.x + b: every attack has a closed form."""

    def __init__(self, seed: int = 0, size: int = 16) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.weight = nn.Parameter(torch.randn(3, size, size, generator=generator))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        margin = ((images - 0.5) * self.weight).sum((1, 2, 3)) / 10
        return torch.stack([-margin / 2, margin / 2], 1)


def small_network(seed: int) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8), nn.Tanh(), nn.Dropout(0.5),
            nn.Conv2d(8, 8, 3, stride=2, padding=1), nn.Tanh(), nn.Flatten(), nn.Linear(128, 2),
        )  # fmt: skip


def cases_of(n: int, *, size: int = 16, seed: int = 0) -> CaseSet:
    generator = torch.Generator().manual_seed(seed)
    return CaseSet(
        modality="dermoscopy",
        images=to_grid(torch.rand(n, 3, size, size, generator=generator)),
        labels=np.arange(n, dtype=np.int8) % 2,
        case_ids=tuple(f"case-{i}" for i in range(n)),
        patient_ids=tuple(f"patient-{i}" for i in range(n)),
        source="noise",
    )


@pytest.fixture
def cases() -> CaseSet:
    return cases_of(12)


@pytest.fixture
def adversary() -> Adversary:
    patches = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(5))
    return Adversary(
        victim=Target(small_network(1), CPU),
        surrogate=Target(small_network(2), CPU),
        patches={"white_box": patches, "black_box": patches.flip(0), "none": patches},
        fingerprints={"victim": "v", "surrogate": "s", "patches": "p"},
    )
