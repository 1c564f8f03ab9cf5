from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from threatsim.attacks.base import ImageAttack, TrainingImages
from threatsim.attacks.engine import Attacked, AttackProblem, solve
from threatsim.attacks.search.target import Target
from threatsim.attacks.search.target_decision import TargetDecision
from threatsim.attacks.threat_model import ThreatModel
from threatsim.cases.image_set import CaseSet, to_grid

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


def small_network(seed: int, classes: int = 2) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.BatchNorm2d(8), nn.Tanh(), nn.Dropout(0.5),
            nn.Conv2d(8, 8, 3, stride=2, padding=1), nn.Tanh(), nn.Flatten(), nn.Linear(128, classes),
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
def threat_model() -> ThreatModel:
    patches = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(5))
    return ThreatModel(
        victim=Target(small_network(1), CPU),
        surrogate=Target(small_network(2), CPU),
        patches={"white_box": patches, "black_box": patches.flip(0), "none": patches},
        fingerprints={"victim": "v", "surrogate": "s", "patches": "p"},
        training=TrainingImages("t", lambda n: cases_of(n, seed=9).images),
    )


def solved(
    victim: Target,
    images: torch.Tensor,
    target_decision: TargetDecision,
    spec: ImageAttack,
    *,
    source: Target | None = None,
) -> Attacked:
    """An attack on a classifier of any number of classes."""
    keys = [f"key/{row}" for row in range(len(images))]
    problem = AttackProblem(victim, source or victim, images, target_decision, keys, [f"case '{key}'" for key in keys])
    return solve(problem, spec)


def gratings(n: int, *, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Images (n, 3, 24, 24) of stripes in noise, and which of three directions the stripes run in."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(n) % 3
    angle = labels * (torch.pi / 3) + 0.2 * torch.randn(n, generator=generator)
    phase = 6.3 * torch.rand(n, 1, 1, generator=generator)
    y, x = torch.meshgrid(torch.arange(24.0), torch.arange(24.0), indexing="ij")
    wave = torch.sin(0.9 * (x * angle.cos()[:, None, None] + y * angle.sin()[:, None, None]) + phase)
    images = 0.5 + 0.12 * wave[:, None] + 0.12 * torch.randn(n, 3, 24, 24, generator=generator)
    return to_grid(images.clamp(0, 1)), labels


def trained(seed: int) -> nn.Module:
    """A small classifier of gratings."""
    images, labels = gratings(600, seed=100 + seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = nn.Sequential(
            nn.Conv2d(3, 16, 5, stride=2, padding=2, bias=False), nn.BatchNorm2d(16), nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(),
            nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(128, 3),
        )  # fmt: skip
        optimiser = torch.optim.Adam(network.parameters(), 3e-3)
        for step in range(60):
            rows = torch.arange(step * 60, step * 60 + 60) % 600
            optimiser.zero_grad()
            nn.functional.cross_entropy(network(images[rows]), labels[rows]).backward()
            optimiser.step()
    return network.eval().requires_grad_(False)


@pytest.fixture(scope="session")
def victim() -> Target:
    return Target(trained(1), CPU)


@pytest.fixture(scope="session")
def surrogate() -> Target:
    return Target(trained(2), CPU)


@pytest.fixture(scope="session")
def seen(victim: Target) -> tuple[torch.Tensor, torch.Tensor]:
    """48 gratings that the victim gets right, and their labels."""
    images, labels = gratings(96, seed=7)
    right = (victim.verdict(images).argmax(1) == labels).nonzero().squeeze(1)[:48]
    return images[right], labels[right]
