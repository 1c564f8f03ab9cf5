"""Attacks that name their surrogate: the right one is queried, its weights are in the key, and no other is taken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from small_world import scenario_data

from tests.attacks.conftest import cases_of, threat_model  # noqa: F401
from tests.classifiers.test_surrogates import small_card
from threatsim.attacks.base import TrainingImages
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.engine import attack
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.families.universal import Universal
from threatsim.attacks.goal import NEVER
from threatsim.attacks.threat_model import NamedSurrogate, ThreatModel
from threatsim.catalogue.access import SurrogateKind
from threatsim.classifiers.store import ClassifierFolder, shipped
from threatsim.classifiers.surrogate_shelf import is_ready
from threatsim.common.errors import ThreatsimError
from threatsim.experiment.preparation import prepare
from threatsim.experiment.record.assembly import inputs_of, results_fingerprint
from threatsim.experiment.record.record import RunRecord
from threatsim.experiment.tactics import attack_of, attacks_of
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.bank.filling import outcome_keys
from threatsim.outcomes.making.surrogate_training import CHOSEN, kinds_named, with_surrogates
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.reader import load_scenario
from threatsim.scenario.schema import Scenario, Surrogate, Tactic

CPU = torch.device("cpu")
KIND = SurrogateKind(architecture="other", data="disjoint", start="random")
OWN = PGD(access="black_box", budget=PixelBudget(epsilon=0.1), step=0.05, steps=3, goal=NEVER)
NAMED = OWN.model_copy(update={"surrogate": KIND})
IMAGES = TrainingImages("other patients", lambda n: cases_of(n, seed=77).images)


def holding(threat_model: ThreatModel, held: NamedSurrogate) -> ThreatModel:  # noqa: F811
    return replace(threat_model, surrogates={KIND: held})


def test_gradients_come_from_the_surrogate_that_is_named(threat_model: ThreatModel) -> None:  # noqa: F811
    """With the victim as its surrogate, transfer is the white box; with the usual one, the usual transfer."""
    cases = cases_of(10)
    white = attack(threat_model, cases, OWN.model_copy(update={"access": "white_box"}))
    usual = attack(threat_model, cases, OWN)
    as_victim = holding(threat_model, NamedSurrogate(threat_model.victim, "v", IMAGES))
    as_usual = holding(threat_model, NamedSurrogate(threat_model.surrogate, "s", IMAGES))
    assert not torch.equal(white.images, usual.images)
    assert torch.equal(attack(as_victim, cases, NAMED).images, white.images)
    assert torch.equal(attack(as_usual, cases, NAMED).images, usual.images)
    assert torch.equal(attack(as_victim, cases, OWN).images, usual.images)


def test_the_key_holds_the_weights_of_the_surrogate_that_is_named(threat_model: ThreatModel) -> None:  # noqa: F811
    cases = cases_of(3)
    one, other = (
        holding(threat_model, NamedSurrogate(threat_model.surrogate, digest, IMAGES)) for digest in ("a", "b")
    )
    assert not set(outcome_keys(one, cases, NAMED, 0)) & set(outcome_keys(other, cases, NAMED, 0))
    assert not set(outcome_keys(one, cases, NAMED, 0)) & set(outcome_keys(one, cases, OWN, 0))
    assert outcome_keys(one, cases, OWN, 0) == outcome_keys(threat_model, cases, OWN, 0)
    assert one.depends_on(NAMED) == {"victim": "v", "surrogate": "a"}


def test_a_universal_perturbation_is_trained_on_the_surrogate_s_own_images(threat_model: ThreatModel) -> None:  # noqa: F811
    requested: list[int] = []

    def draw(count: int) -> torch.Tensor:
        requested.append(count)
        return cases_of(8, seed=77).images

    images = TrainingImages("other patients", draw)
    spec = Universal(access="black_box", surrogate=KIND, budget=PixelBudget(epsilon=0.1), steps=2, images=8)
    held = holding(threat_model, NamedSurrogate(threat_model.surrogate, "a", images))
    attack(held, cases_of(4), spec)
    assert requested == [8]
    assert held.depends_on(spec)["training"] == "other patients"


def test_a_surrogate_that_is_not_held_is_an_error(threat_model: ThreatModel) -> None:  # noqa: F811
    with pytest.raises(ThreatsimError, match="no surrogate here of other architecture, other cases, random start"):
        attack(threat_model, cases_of(2), NAMED)


def test_an_attack_in_the_white_box_has_no_surrogate() -> None:
    with pytest.raises(ValueError, match="black_box"):
        PGD(access="white_box", surrogate=KIND, budget=PixelBudget(epsilon=0.1), step=0.05, steps=3)


@pytest.mark.parametrize("name", ["fgsm", "pgd", "apgd", "universal"])
def test_what_a_tactic_says_of_its_surrogate_reaches_the_attack(name: str) -> None:
    fields = {"step": 0.05, "steps": 2} if name == "pgd" else {}
    surrogate = Surrogate(architecture="other", data="disjoint", start="random")
    tactic = Tactic.model_validate(
        {"attack": name, "access": "black_box", "epsilon": 0.1, "surrogate": surrogate.model_dump()}
        | {"setup_cost": 0, "cost_per_claim": 0, **fields}
    )
    spec = attack_of(tactic)
    assert spec is not None
    assert kinds_named([spec, OWN, spec]) == (KIND,)
    assert "other architecture, other cases, random start" in spec.describe()
    closed = attack_of(tactic.model_copy(update={"available": False}))
    assert closed == spec  # what an arm closes is attacked all the same: the scores are one for all arms


def test_the_arms_of_private_classifier_differ_by_the_one_surrogate_that_there_is() -> None:
    loaded = load_scenario("private_classifier")
    arms = [resolve_arm(loaded, arm.name) for arm in loaded.scenario.arms]
    attacks = attacks_of(loaded.scenario)
    assert all(attacks_of(arm) == attacks for arm in arms)
    opened = [[name for name, one in arm.tactics.items() if one.available and name != "code_only"] for arm in arms]
    assert [len(names) for names in opened] == [1] * len(arms)
    assert {names[0] for names in opened} == set(attacks)
    noise = [attacks[names[0]] for names in opened]
    assert set(kinds_named(noise)) == set(CHOSEN)
    same = {one.model_copy(update={"access": "black_box", "surrogate": None}) for one in noise}
    assert len(same) == 1  # but for the surrogate and the white box they are one attack
    assert all(is_ready(shipped("dermoscopy"), kind, device=CPU) for kind in kinds_named(noise))


def test_a_run_is_named_by_the_surrogates_that_its_tactics_name(record: RunRecord) -> None:
    inputs = inputs_of(record)
    (figures,) = record.classifiers
    named = {"other-disjoint-random": "0123456789abcdef"}
    held = record.model_copy(update={"classifiers": (figures.model_copy(update={"surrogates": named}),)})
    assert inputs_of(held).modalities["dermoscopy"].surrogates == named
    assert inputs_of(held).fingerprint != inputs.fingerprint
    assert results_fingerprint(held) != results_fingerprint(record) == record.results_fingerprint
    written = record.model_dump(mode="json")
    del written["classifiers"][0]["surrogates"]  # as in records from before there were any
    assert results_fingerprint(RunRecord.model_validate(written)) == record.results_fingerprint


def test_real_images_have_no_such_surrogates(tmp_path: Path) -> None:
    (tmp_path / "dermoscopy" / "images").mkdir(parents=True)
    (tmp_path / "dermoscopy" / "labels.csv").write_text("image,label\n")
    scenario = Scenario.model_validate(scenario_data())
    with pytest.raises(ThreatsimError, match="synthetic images only") as raised:
        prepare(
            scenario,
            {"noise": NAMED},
            arms=[scenario],
            images=tmp_path,
            device=CPU,
            bank=OutcomeBank(None),
            progress=Told(),
        )
    assert "--images" in (raised.value.hint or "")


class Told:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.steps: list[int] = []

    @contextmanager
    def stage(self, title: str, total: int, unit: str = "steps") -> Iterator[Callable[[int], None]]:
        yield self.steps.append

    def note(self, text: str) -> None:
        self.notes.append(text)


def test_what_does_not_lie_ready_is_trained_once_and_said(
    threat_model: ThreatModel,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("THREATSIM_CACHE", str(tmp_path))
    folder, kind = ClassifierFolder(tmp_path / "mine", small_card()), KIND.model_copy(update={"architecture": "same"})
    first, second = Told(), Told()
    holds = with_surrogates(threat_model, folder, [kind], device=CPU, progress=first)
    again = with_surrogates(threat_model, folder, [kind], device=CPU, progress=second)
    assert len(first.notes) == 1
    assert "same architecture, other cases, random start" in first.notes[0]
    assert first.steps == [1]
    assert (second.notes, second.steps) == ([], [])
    assert holds.surrogates[kind].fingerprint == again.surrogates[kind].fingerprint
    drawn = holds.surrogates[kind].training.draw(5)
    assert drawn.shape == (5, 3, 32, 32)
    assert not np.array_equal(drawn.numpy(), cases_of(5, size=32).images.numpy())
