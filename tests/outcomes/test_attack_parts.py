"""An attack that is killed between two parts goes on to the same bytes, without running the finished part again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.attacks.conftest import CPU, cases_of, small_network
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.engine import BATCH, Attacked
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.search.target import Target
from threatsim.attacks.threat_model import ThreatModel
from threatsim.classifiers.checkpoints import Checkpoints
from threatsim.outcomes.lab.attack_parts import attack_in_parts

CASES = cases_of(BATCH["cpu"] + 6)
TOWARDS = torch.from_numpy(1 - CASES.labels.astype("int64"))
SPEC = PGD(access="white_box", budget=PixelBudget(epsilon=0.03), steps=2)


class Killed(BaseException):
    """Stands for what ends the process."""


def under_attack(threshold: float = 0.5) -> ThreatModel:
    victim, surrogate = (Target(small_network(seed).eval(), CPU) for seed in (1, 2))
    return ThreatModel(victim, surrogate, {}, {"victim": "v", "surrogate": "s"}, threshold=threshold)


def run(kept: Checkpoints | None, model: ThreatModel, **given: Any) -> Attacked:
    return attack_in_parts(model, CASES, SPEC, kept, seed=3, towards=given.pop("towards", TOWARDS), **given)


def same(one: Attacked, other: Attacked) -> bool:
    return all(torch.equal(getattr(one, name), getattr(other, name)) for name in Attacked.__dataclass_fields__)


def test_a_killed_attack_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    whole = run(None, under_attack())

    def kill(done: int) -> None:
        if done < BATCH["cpu"]:
            raise Killed

    first = Checkpoints(tmp_path)
    with pytest.raises(Killed):
        run(first, under_attack(), on_batch=kill)
    (finished,) = tmp_path.iterdir()
    written = finished.stat().st_mtime_ns

    again, told = Checkpoints(tmp_path), list[int]()
    assert same(run(again, under_attack(), on_batch=told.append), whole)
    assert told == [BATCH["cpu"], 6]
    assert finished.stat().st_mtime_ns == written  # read, and not computed again
    again.discard()
    assert not list(tmp_path.iterdir())


def test_a_part_is_of_one_threshold_and_direction_and_a_damaged_one_is_none(tmp_path: Path) -> None:
    run(Checkpoints(tmp_path), under_attack())
    parts = set(tmp_path.iterdir())
    run(Checkpoints(tmp_path), under_attack(0.4))
    run(Checkpoints(tmp_path), under_attack(), towards=1 - TOWARDS)
    assert len(set(tmp_path.iterdir())) == 3 * len(parts)
    for part in parts:
        part.write_bytes(part.read_bytes()[:-100])
    assert same(run(Checkpoints(tmp_path), under_attack()), run(None, under_attack()))
