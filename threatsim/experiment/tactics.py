"""From the tactics of a scenario to attacks that the engine can run, and back to words."""

from __future__ import annotations

from collections.abc import Mapping

from threatsim.attacks.spec import PGD, AttackSpec, Patch, PixelBudget
from threatsim.experiment.figures import TacticWords
from threatsim.scenario.schema import Scenario, Tactic


def attack_of(tactic: Tactic) -> AttackSpec | None:
    """The attack that a tactic makes on the image; None if it leaves the image alone."""
    if tactic.attack == "pgd":
        assert tactic.epsilon is not None
        assert tactic.step is not None
        assert tactic.steps is not None
        assert tactic.access != "none"
        low, high = tactic.pixel_range
        return PGD(
            access=tactic.access,
            budget=PixelBudget(epsilon=float(tactic.epsilon), low=low, high=high),
            step=float(tactic.step),
            steps=tactic.steps,
        )
    if tactic.attack == "patch":
        assert tactic.scale is not None
        return Patch(access=tactic.access, scale=float(tactic.scale))
    return None


def attacks_of(scenario: Scenario) -> dict[str, AttackSpec]:
    """Tactic name -> attack, for the tactics that alter the image."""
    attacks = {name: attack_of(tactic) for name, tactic in scenario.tactics.items()}
    return {name: attack for name, attack in attacks.items() if attack is not None}


def words_of(attacks: Mapping[str, AttackSpec]) -> list[TacticWords]:
    """What a report says of each tactic."""
    return [TacticWords(name, attack.technique, attack.words()) for name, attack in attacks.items()]
