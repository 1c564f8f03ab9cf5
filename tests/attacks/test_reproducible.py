"""The same key gives the same bytes, whatever the company, and nothing of the user's is touched."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.attacks.conftest import CPU, Linear, cases_of, small_network
from threatsim.attacks.base import ImageAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.engine import Attacked, attack
from threatsim.attacks.families.apgd import APGD
from threatsim.attacks.families.captures import Captures
from threatsim.attacks.families.external import External
from threatsim.attacks.families.fgsm import FGSM
from threatsim.attacks.families.hopskipjump import HopSkipJump
from threatsim.attacks.families.minimal_norm import MinimalNorm
from threatsim.attacks.families.patch import Patch
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.families.rotation import Rotation
from threatsim.attacks.families.square import Square
from threatsim.attacks.families.substitution import Substitution
from threatsim.attacks.families.universal import Universal
from threatsim.attacks.goal import NEVER
from threatsim.attacks.search.domain import total
from threatsim.attacks.search.target import Target
from threatsim.attacks.threat_model import ThreatModel

SMALL = PixelBudget(epsilon=0.05, low=0, high=1)
ROUND = PixelBudget(epsilon=0.8, norm="l2", low=0, high=1)
ALONE: list[ImageAttack] = [
    FGSM(budget=SMALL),
    PGD(access="white_box", budget=SMALL, step=0.02, steps=4),
    PGD(access="black_box", budget=ROUND, step=0.2, steps=4, momentum=1.0),
    APGD(budget=SMALL, steps=12, restarts=2),
    APGD(budget=ROUND, steps=12, goal=NEVER),
    MinimalNorm(steps=15),
    MinimalNorm(norm="l2", steps=15),
    Patch(access="white_box", scale=0.4),
    Universal(budget=SMALL, steps=5, images=16),
    Square(budget=SMALL, queries=40),
    HopSkipJump(budget=SMALL, queries=90, initial_evaluations=12),
    HopSkipJump(budget=ROUND, queries=90, initial_evaluations=12, goal=NEVER),
    Rotation(angles=5),
    Captures(count=3),
    External(library="foolbox", name="LinfPGD", arguments={"steps": 4}, budget=SMALL),
    External(library="foolbox", name="LinfAdditiveUniformNoiseAttack", budget=SMALL),
]
EVERY: list[ImageAttack] = [*ALONE, Substitution()]


def name(spec: ImageAttack) -> str:
    return f"{spec.family}-{getattr(getattr(spec, 'budget', spec), 'norm', '')}"


def same(one: Attacked, other: Attacked) -> bool:
    return all(torch.equal(getattr(one, field), getattr(other, field)) for field in Attacked.__dataclass_fields__)


def rows(found: Attacked, index: list[int]) -> Attacked:
    return Attacked(*(getattr(found, field)[index] for field in Attacked.__dataclass_fields__))


@pytest.mark.parametrize("spec", ALONE, ids=name)
def test_a_case_s_bytes_do_not_depend_on_company_order_or_threads(threat_model: ThreatModel, spec: ImageAttack) -> None:
    cases = cases_of(13)
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        everything = attack(threat_model, cases, spec)
        for count, index, batch in ((2, [7], None), (3, [12, 0, 7], None), (2, list(range(13)), 5), (3, [4, 3, 2], 2)):
            torch.set_num_threads(count)
            assert same(attack(threat_model, cases.subset(index), spec, batch=batch), rows(everything, index))
            assert torch.get_num_threads() == count
    finally:
        torch.set_num_threads(threads)


@pytest.mark.parametrize(
    "spec",
    [
        PGD(access="white_box", budget=ROUND, step=0.2, steps=3, momentum=1.0),
        APGD(budget=ROUND, steps=6, goal=NEVER),
        MinimalNorm(steps=6),
        MinimalNorm(norm="l2", steps=6),
        HopSkipJump(budget=ROUND, queries=40, initial_evaluations=8, goal=NEVER),
    ],
    ids=name,
)
def test_large_images_are_summed_alike_alone_and_in_company(threat_model: ThreatModel, spec: ImageAttack) -> None:
    """A sum over one long row is split among threads, one over several rows is not."""
    large = replace(threat_model, victim=Target(Linear(size=128), CPU))
    cases = cases_of(3, size=128)
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        everything = attack(large, cases, spec)
        assert same(attack(large, cases.subset([1]), spec), rows(everything, [1]))
    finally:
        torch.set_num_threads(threads)


def test_absolute_values_are_totalled_alike_alone_and_in_company() -> None:
    change = torch.rand(8, 3, 160, 160, generator=torch.Generator().manual_seed(0)) - 0.5
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        alone = torch.cat([total(change[row : row + 1]) for row in range(8)])
        assert torch.equal(alone, total(change))
    finally:
        torch.set_num_threads(threads)


@pytest.mark.parametrize("spec", EVERY, ids=name)
def test_parameters_modes_gradients_and_global_randomness_are_untouched(
    threat_model: ThreatModel, spec: ImageAttack
) -> None:
    victim, surrogate = small_network(1).train(), small_network(2).train()
    before = [tensor.clone() for model in (victim, surrogate) for tensor in model.state_dict().values()]
    own = replace(threat_model, victim=Target(victim, CPU), surrogate=Target(surrogate, CPU))
    cases = cases_of(4)
    images, clean = cases.images.clone(), own.victim.verdict(cases.images)
    states = torch.random.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    attack(own, cases, spec)
    assert torch.equal(states[0], torch.random.get_rng_state())
    assert np.array_equal(states[1], np.random.get_state()[1])
    assert states[2] == random.getstate()
    assert torch.equal(images, cases.images)
    assert torch.equal(clean, own.victim.verdict(cases.images))
    after = [tensor for model in (victim, surrogate) for tensor in model.state_dict().values()]
    assert all(torch.equal(old, new) for old, new in zip(before, after, strict=True))
    for model in (victim, surrogate):
        assert model.training
        assert all(parameter.grad is None and parameter.requires_grad for parameter in model.parameters())


@pytest.mark.parametrize("spec", [Square(budget=SMALL, queries=30), HopSkipJump(budget=SMALL, queries=60)], ids=name)
def test_another_seed_asks_about_other_files(threat_model: ThreatModel, spec: ImageAttack) -> None:
    cases = cases_of(4)
    found = [attack(threat_model, cases, spec, seed=seed) for seed in (0, 1)]
    assert not same(*found)
