"""A world in which everything has a closed form: two features, of which an image shows one in each half."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import nn

from threatsim.cases.image_set import CaseSet, to_grid

CPU = torch.device("cpu")
SIZE = 16


def pattern() -> torch.Tensor:
    """(3, 16, 16) of -1 and 1."""
    return torch.randint(0, 2, (3, SIZE, SIZE), generator=torch.Generator().manual_seed(7)) * 2.0 - 1


def two_features() -> nn.Module:
    """Feature 1 is the pattern's contrast in the upper half, feature 2 that in the lower; the decision uses both."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * SIZE * SIZE, 2), nn.Linear(2, 2))
    upper = torch.zeros(3, SIZE, SIZE)
    upper[:, : SIZE // 2] = 1
    halves = torch.stack([pattern() * upper, pattern() * (1 - upper)]).flatten(1) / (3 * SIZE * SIZE / 2)
    with torch.no_grad():
        network[1].weight.copy_(halves)
        network[1].bias.copy_(-0.5 * halves.sum(1))
        network[2].weight.copy_(torch.tensor([[-20.0, -18.0], [20.0, 18.0]]))
        network[2].bias.zero_()
    return network.eval()


def cases_of(n: int, *, seed: int) -> CaseSet:
    """The finding turns feature 1 from -0.1 to 0.1; feature 2 is hardly anything on a clean image."""
    generator = torch.Generator().manual_seed(seed)
    labels = np.arange(n, dtype=np.int8) % 2
    sign = torch.from_numpy(labels * 2.0 - 1).float()[:, None, None, None]
    strength = 0.1 + 0.02 * torch.randn(n, 1, 1, 1, generator=generator)
    images = 0.5 + 0.05 * torch.randn(n, 3, SIZE, SIZE, generator=generator)
    images[:, :, : SIZE // 2] += (sign * strength * pattern())[:, :, : SIZE // 2]
    return CaseSet(
        modality="dermoscopy",
        images=to_grid(images),
        labels=labels,
        case_ids=tuple(f"case-{seed}-{i}" for i in range(n)),
        patient_ids=tuple(f"patient-{seed}-{i}" for i in range(n)),
        source="two features",
    )


@pytest.fixture(autouse=True, scope="package")
def one_thread() -> Iterator[None]:
    """Images this small are read faster by one thread than by several."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def network() -> nn.Module:
    return two_features()
