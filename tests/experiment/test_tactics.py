from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.attacks.conftest import cases_of, threat_model  # noqa: F401
from threatsim.attacks.base import ImageAttack
from threatsim.attacks.families.code_swap import CodeSwap
from threatsim.attacks.families.external import External
from threatsim.attacks.families.hopskipjump import HopSkipJump
from threatsim.attacks.families.patch import Patch
from threatsim.attacks.threat_model import ThreatModel
from threatsim.catalogue.attacks import ATTACKS, attacks_named_in
from threatsim.common.errors import InputError
from threatsim.experiment.tactics import attack_of
from threatsim.market.payers.tactic_kinds import TacticKinds
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.bank.filling import compute_outcomes
from threatsim.scenario.schema import Tactic

VALUES: dict[str, Any] = {
    "epsilon": 0.1,
    "step": 0.05,
    "steps": 2,
    "scale": 0.4,
    "queries": 20,
    "angle": 20,
    "captures": 3,
}
NAMES = {"foolbox": "LinfFastGradientAttack", "art": "FastGradientMethod"}


def tactic_of(attack: str) -> Tactic:
    row = ATTACKS[attack]
    access = "white_box" if "white_box" in row.access else row.access[0]
    values = VALUES | {"attack_name": NAMES.get(attack)}
    fields = {name: values[name] for name in (parameter.name for parameter in row.parameters if parameter.required)}
    return Tactic(attack=attack, access=access, setup_cost=0, cost_per_claim=0, **fields)  # type: ignore[arg-type]


def test_every_attack_that_a_scenario_may_name_is_made() -> None:
    for attack in attacks_named_in("scenario"):
        made = attack_of(tactic_of(attack))
        if attack == "none":
            assert made is None
        else:
            assert isinstance(made, CodeSwap if ATTACKS[attack].medium == "codes" else ImageAttack)
            assert made.row_name == attack


@pytest.mark.parametrize("attack", ["substitution", "captures", "rotation", "fgsm", "apgd", "square", "foolbox"])
def test_a_tactic_is_forged(attack: str, threat_model: ThreatModel) -> None:  # noqa: F811
    spec = attack_of(tactic_of(attack))
    assert spec is not None
    cases = cases_of(6)
    scores = compute_outcomes(OutcomeBank(None), threat_model, cases, spec)
    assert scores.shape == (6,)
    assert bool(np.isfinite(scores).all())
    clean = compute_outcomes(OutcomeBank(None), threat_model, cases, None)
    assert not np.array_equal(scores, clean)


def test_what_a_tactic_says_reaches_the_attack() -> None:
    lens = attack_of(tactic_of("lens_patch"))
    assert isinstance(lens, Patch)
    assert lens.place == "lens"
    external = attack_of(tactic_of("foolbox"))
    assert isinstance(external, External)
    assert (external.library, external.name, external.budget.epsilon) == ("foolbox", "LinfFastGradientAttack", 0.1)
    hopskipjump = attack_of(tactic_of("hopskipjump"))
    assert isinstance(hopskipjump, HopSkipJump)
    assert hopskipjump.queries == 20


@pytest.mark.parametrize("attack", ["fgsm", "pgd", "apgd", "universal"])
def test_a_guess_of_the_payer_s_resize_reaches_the_attack_and_is_written_only_where_it_is_made(attack: str) -> None:
    plain = tactic_of(attack)
    assert "assumed_resize" not in plain.model_dump(mode="json")
    guessing = Tactic.model_validate(plain.model_dump() | {"assumed_resize": "opencv_linear"})
    assert guessing.model_dump(mode="json") == plain.model_dump(mode="json") | {"assumed_resize": "opencv_linear"}
    own, guess = attack_of(plain), attack_of(guessing)
    assert isinstance(own, ImageAttack)
    assert isinstance(guess, ImageAttack)
    assert (own.reckons_with, guess.reckons_with) == (None, "opencv_linear")
    assert "reckoning with resize opencv_linear" in guess.describe()


def test_what_happens_before_capture_passes_the_signature() -> None:
    names = attacks_named_in("scenario")
    kinds = TacticKinds.of([tactic_of(name) for name in names])
    alters, patch = kinds.alters_file, kinds.patch
    passes = {name for name, altered in zip(names, alters, strict=False) if not altered}
    assert passes == {"none", "captures", "rotation", "lens_patch", "code_swap"}
    assert {name for name, seen in zip(names, patch, strict=False) if seen} == {"patch", "lens_patch"}


def test_a_value_that_only_the_attack_can_check_is_one_clear_error() -> None:
    tactic = Tactic(attack="pgd", access="white_box", epsilon=0.1, step=0.05, steps=2, setup_cost=0, cost_per_claim=0)  # type: ignore[arg-type]
    wrong = tactic.model_copy(update={"parameters": {"steps": "many"}})
    with pytest.raises(InputError, match=r"attack 'pgd': steps: .* got 'many'"):
        attack_of(wrong)
