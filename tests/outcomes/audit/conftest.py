from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from threatsim.cases.synthetic.generate import generate
from threatsim.classifiers.store import shipped
from threatsim.outcomes.audit.audit_run import subject_of
from threatsim.outcomes.audit.subject import AuditedModel

CPU = torch.device("cpu")
SIZE = 16


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def network(seed: int, outputs: int = 2) -> nn.Module:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.Tanh(),
            nn.Conv2d(8, 8, 3, stride=2, padding=1), nn.Tanh(), nn.Flatten(), nn.Linear(128, outputs),
        ).eval()  # fmt: skip


def images(n: int, seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(n, 3, SIZE, SIZE, generator=generator) * 255).round() / 255


class Sharp(nn.Module):
    """Decides as the body does, by the median of its margin, with margins that the paper's budget can turn."""

    def __init__(self, body: nn.Module, seen: torch.Tensor, gain: float = 20.0) -> None:
        super().__init__()
        self.body, self.gain = body, gain
        with torch.no_grad():
            self.middle = nn.Parameter(body(seen).median(0).values)

    def forward(self, batch: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = (self.body(batch) - self.middle) * self.gain
        return logits


def subject_on(model: nn.Module, pictures: torch.Tensor, **more: object) -> AuditedModel:
    """A subject that is right about every image."""
    with torch.no_grad():
        labels = model(pictures).argmax(1)
    return AuditedModel(model, pictures, labels, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def toy() -> Callable[[int], AuditedModel]:
    """A small network of some classes that is right about its images, with a surrogate."""

    def make(classes: int) -> AuditedModel:
        pictures = images(16)
        model = Sharp(network(1, classes), pictures)
        return subject_on(model, pictures, surrogate=Sharp(network(2, classes), pictures))

    return make


@pytest.fixture(scope="session")
def of_shipped() -> Callable[[str], AuditedModel]:
    """A shipped classifier with the first of its test cases."""
    made: dict[str, AuditedModel] = {}

    def make(name: str) -> AuditedModel:
        if name not in made:
            folder = shipped(name)
            data = folder.card.data
            cases = generate(
                folder.card.modality,
                32,
                seed=data.seed,
                split="test",
                size=data.image_size,
                positive_share=data.positive_share,
            )
            made[name] = subject_of(folder, cases, 32, device=CPU)
        return made[name]

    return make
