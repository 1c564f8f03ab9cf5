from __future__ import annotations

import pytest
import torch

from tests.attacks.conftest import cases_of
from threatsim.attacks import engine
from threatsim.attacks.base import ImageAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.engine import attack, clean_scores
from threatsim.attacks.families.patch import Patch
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.threat_model import ThreatModel

SPECS: list[ImageAttack] = [
    PGD(access="white_box", budget=PixelBudget(epsilon=0.1), step=0.05, steps=3),
    PGD(access="black_box", budget=PixelBudget(epsilon=0.1), step=0.05, steps=3),
    Patch(access="white_box", scale=0.4),
    Patch(access="none", scale=0.4),
]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{spec.family}-{spec.access}")
def test_the_outcome_of_a_case_does_not_depend_on_the_others(threat_model: ThreatModel, spec: ImageAttack) -> None:
    cases = cases_of(70)  # more than a batch
    everything = attack(threat_model, cases, spec)
    some = attack(threat_model, cases.subset([69, 3]), spec)
    assert torch.equal(some.images, everything.images[[69, 3]])
    assert torch.equal(some.scores, everything.scores[[69, 3]])


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: f"{spec.family}-{spec.access}")
def test_the_score_is_the_victim_s_own_verdict_on_the_returned_image(
    threat_model: ThreatModel, spec: ImageAttack
) -> None:
    cases = cases_of(9)
    attacked = attack(threat_model, cases, spec)
    torch.testing.assert_close(attacked.scores, threat_model.victim.scores(attacked.images), atol=1e-6, rtol=0)


def test_white_box_pushes_every_score_the_wrong_way(threat_model: ThreatModel) -> None:
    cases = cases_of(20)
    moved = attack(threat_model, cases, SPECS[0]).scores - clean_scores(threat_model, cases)
    wrong = torch.from_numpy(1 - cases.labels.astype("int64")) * 2 - 1
    assert bool((moved * wrong > 0).all())


def test_transfer_is_no_stronger_than_white_box_on_average(threat_model: ThreatModel) -> None:
    cases = cases_of(40)
    clean = clean_scores(threat_model, cases)
    wrong = torch.from_numpy(1 - cases.labels.astype("float32")) * 2 - 1
    white = ((attack(threat_model, cases, SPECS[0]).scores - clean) * wrong).mean()
    black = ((attack(threat_model, cases, SPECS[1]).scores - clean) * wrong).mean()
    assert float(white) > float(black)


def test_another_seed_is_another_start(threat_model: ThreatModel) -> None:
    cases = cases_of(4)
    one = PGD(access="white_box", budget=PixelBudget(epsilon=0.1), step=1e-6, steps=1)
    assert not torch.equal(
        attack(threat_model, cases, one, seed=0).images, attack(threat_model, cases, one, seed=1).images
    )


def test_what_an_outcome_depends_on(threat_model: ThreatModel) -> None:
    assert set(threat_model.depends_on(SPECS[0])) == {"victim"}
    assert set(threat_model.depends_on(SPECS[1])) == {"victim", "surrogate"}
    assert set(threat_model.depends_on(SPECS[2])) == {"victim", "patches"}


def test_progress_counts_every_case_once(threat_model: ThreatModel) -> None:
    counted: list[int] = []
    attack(threat_model, cases_of(engine.BATCH["cpu"] + 5), SPECS[2], on_batch=counted.append)
    assert sum(counted) == engine.BATCH["cpu"] + 5
