"""What a network makes of an image is the same alone and in company, also where its products depend on the rows."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import nn

from tests.attacks.conftest import CPU, cases_of
from tests.attacks.test_reproducible import SMALL, rows, same
from threatsim.attacks.base import ImageAttack
from threatsim.attacks.engine import attack
from threatsim.attacks.families.apgd import APGD
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.families.square import Square
from threatsim.attacks.search.batch_invariance import SMALLEST, alone, is_batch_invariant, parts
from threatsim.attacks.search.target import Target
from threatsim.attacks.threat_model import ThreatModel


def layered(seed: int) -> nn.Module:
    """A network of several linear layers: the products that libraries round by the number of rows."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.Tanh(), nn.Flatten(),
            nn.Linear(512, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 2),
        )  # fmt: skip


class Attending(nn.Module):
    """Patches of an image that attend to one another: batches of products of two activations."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.embed = nn.Conv2d(3, 16, 4, stride=4)
            self.attention = nn.MultiheadAttention(16, 2, batch_first=True)
            self.decide = nn.Linear(16, 2)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        patches = self.embed(images).flatten(2).transpose(1, 2)
        logits: torch.Tensor = self.decide(self.attention(patches, patches, patches)[0].mean(1))
        return logits


@pytest.mark.parametrize("network", [layered, Attending], ids=["layers", "attention"])
@pytest.mark.parametrize(
    "spec",
    [
        PGD(access="white_box", budget=SMALL, step=0.02, steps=4),
        APGD(budget=SMALL, steps=10, restarts=2),
        Square(budget=SMALL, queries=30),
    ],
    ids=lambda spec: spec.family,
)
def test_networks_of_many_products_are_attacked_alike_alone_and_in_company(
    threat_model: ThreatModel, network: type[nn.Module], spec: ImageAttack
) -> None:
    own = replace(threat_model, victim=Target(network(3), CPU))
    cases = cases_of(37)
    everything = attack(own, cases, spec)
    for index in ([7], [12, 0, 36]):
        assert same(attack(own, cases.subset(index), spec), rows(everything, index))


def test_a_sample_finds_the_products_that_depend_on_the_rows() -> None:
    """It agrees with asking the network itself, in every size, whatever this processor does."""
    image = cases_of(1).images
    for seed in range(3):
        network = layered(seed).requires_grad_(False)
        sizes = [network(image.repeat(size, 1, 1, 1))[:SMALLEST] for size in (2, 6, 10, 26, 64)]
        if any(not torch.equal(found, sizes[0]) for found in sizes):
            assert not is_batch_invariant(network, image)


def test_sums_without_products_are_found_to_be_invariant() -> None:
    assert is_batch_invariant(lambda images: images.square().mean((1, 2, 3)), cases_of(1).images)


def test_alone_every_image_is_an_evaluation_of_the_smallest_size() -> None:
    with alone(True):
        assert list(parts(3, CPU)) == [(0, 1, SMALLEST), (1, 1, SMALLEST), (2, 1, SMALLEST)]
        with alone(False):  # what was wanted outside still holds
            assert len(list(parts(3, CPU))) == 3
    assert len(list(parts(3, CPU))) == 1


def test_an_evaluation_of_larger_images_has_fewer_and_every_image_is_in_one() -> None:
    threads = torch.get_num_threads()
    for side, most in ((64, 32), (224, 4), (4000, SMALLEST)):
        found = list(parts(70, CPU, side * side))
        assert [row for start, count, _ in found for row in range(start, start + count)] == list(range(70))
        assert SMALLEST <= max(count for _, count, _ in found) <= most * threads
