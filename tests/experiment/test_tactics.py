from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest

from tests.attacks.conftest import adversary, cases_of  # noqa: F401
from threatsim.attacks.adversary import Adversary
from threatsim.attacks.families.code_swap import CodeSwap
from threatsim.attacks.families.external import External
from threatsim.attacks.families.hopskipjump import HopSkipJump
from threatsim.attacks.families.patch import Patch
from threatsim.attacks.registry import FAMILIES
from threatsim.experiment.tactics import attack_of
from threatsim.market.payers.payer_agent import TacticKinds
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.bank.filling import forge
from threatsim.scenario.rules.tactic_rules import ATTACKS
from threatsim.scenario.schema import AttackName, Tactic

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
    rule = ATTACKS[attack]
    access = "white_box" if "white_box" in rule.access else rule.access[0]
    values = VALUES | {"attack_name": NAMES.get(attack)}
    fields = {name: values[name] for name in rule.needs}
    return Tactic(attack=attack, access=access, setup_cost=0, cost_per_claim=0, **fields)  # type: ignore[arg-type]


def test_every_attack_that_a_scenario_may_name_has_a_rule_and_a_family() -> None:
    assert set(get_args(AttackName)) == set(ATTACKS)
    for attack in ATTACKS.keys() - {"none"}:
        made = attack_of(tactic_of(attack))
        assert isinstance(made, CodeSwap) if ATTACKS[attack].codes else type(made) in FAMILIES
    assert attack_of(tactic_of("none")) is None


@pytest.mark.parametrize("attack", ["substitution", "captures", "rotation", "fgsm", "apgd", "square", "foolbox"])
def test_a_tactic_is_forged(attack: str, adversary: Adversary) -> None:  # noqa: F811
    spec = attack_of(tactic_of(attack))
    assert spec is not None
    cases = cases_of(6)
    scores = forge(OutcomeBank(None), adversary, cases, spec)
    assert scores.shape == (6,)
    assert bool(np.isfinite(scores).all())
    clean = forge(OutcomeBank(None), adversary, cases, None)
    assert not np.array_equal(scores, clean)


def test_what_a_tactic_says_reaches_the_attack() -> None:
    lens = attack_of(tactic_of("lens_patch"))
    assert isinstance(lens, Patch)
    assert lens.place == "lens"
    external = attack_of(tactic_of("foolbox"))
    assert isinstance(external, External)
    assert (external.library, external.name, external.budget.epsilon) == ("foolbox", "LinfFastGradientAttack", 0.1)
    asked = attack_of(tactic_of("hopskipjump"))
    assert isinstance(asked, HopSkipJump)
    assert asked.queries == 20


def test_what_happens_before_capture_passes_the_signature() -> None:
    names = list(ATTACKS)
    kinds = TacticKinds.of([tactic_of(name) for name in names])
    alters, patch = kinds.alters_file, kinds.patch
    passes = {name for name, altered in zip(names, alters, strict=False) if not altered}
    assert passes == {"none", "captures", "rotation", "lens_patch", "code_swap"}
    assert {name for name, seen in zip(names, patch, strict=False) if seen} == {"patch", "lens_patch"}
