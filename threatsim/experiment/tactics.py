"""From the tactics of a scenario to attacks that the engine can run, and back to words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from threatsim.attacks.base import NEVER
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.families.apgd import APGD
from threatsim.attacks.families.captures import Captures
from threatsim.attacks.families.code_swap import CodeSwap
from threatsim.attacks.families.external import External
from threatsim.attacks.families.fgsm import FGSM
from threatsim.attacks.families.hopskipjump import HopSkipJump
from threatsim.attacks.families.patch import Patch
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.families.rotation import Rotation
from threatsim.attacks.families.square import Square
from threatsim.attacks.families.substitution import Substitution
from threatsim.attacks.families.universal import Universal
from threatsim.attacks.registry import AttackSpec
from threatsim.catalogue.surrogate_kind import SurrogateKind
from threatsim.experiment.figures.classifier_figures import TacticWords
from threatsim.scenario.schema import Scenario, Tactic

AnyAttack = AttackSpec | CodeSwap
"""On an image, or on the codes of a claim."""


def _budget(tactic: Tactic) -> PixelBudget:
    low, high = tactic.pixel_range
    return PixelBudget(epsilon=float(tactic.epsilon or 0), low=low, high=high)


def _gradients(tactic: Tactic) -> dict[str, Any]:
    """Whose gradients are followed: which access fits the attack, the scenario has checked."""
    kind = tactic.surrogate
    named = None if kind is None else SurrogateKind(**kind.model_dump())
    return {"access": tactic.access, "surrogate": named, "budget": _budget(tactic)}


def _external(tactic: Tactic) -> AttackSpec:
    return External(
        library=tactic.attack,
        name=str(tactic.attack_name),
        arguments=tactic.arguments or {},
        access=_access(tactic),
        budget=_budget(tactic),
    )


def _access(tactic: Tactic) -> Any:
    return tactic.access  # which ones fit the attack, the scenario has checked


_MAKERS: Mapping[str, Callable[[Tactic], AnyAttack]] = {
    "substitution": lambda t: Substitution(),
    "captures": lambda t: Captures(access=_access(t), count=int(t.captures or 2)),
    "rotation": lambda t: Rotation(access=_access(t), greatest=float(t.angle or 0)),
    "fgsm": lambda t: FGSM(**_gradients(t)),
    "pgd": lambda t: PGD(**_gradients(t), step=float(t.step or 0), steps=int(t.steps or 1)),
    # Several payers have several operating points, so a score as high as can be had serves them all.
    "apgd": lambda t: APGD(**_gradients(t), steps=t.steps or 100, goal=NEVER),
    "universal": lambda t: Universal(**_gradients(t)),
    "square": lambda t: Square(budget=_budget(t), queries=int(t.queries or 1)),
    "hopskipjump": lambda t: HopSkipJump(budget=_budget(t), queries=int(t.queries or 1)),
    "patch": lambda t: Patch(access=_access(t), scale=float(t.scale or 0)),
    "lens_patch": lambda t: Patch(access=_access(t), scale=float(t.scale or 0), place="lens"),
    "foolbox": _external,
    "art": _external,
    "code_swap": lambda t: CodeSwap(access=_access(t), **({"queries": t.queries} if t.queries else {})),
}


def attack_of(tactic: Tactic) -> AnyAttack | None:
    """The attack that a tactic makes on the image or the codes; None if it leaves them alone."""
    return None if tactic.attack == "none" else _MAKERS[tactic.attack](tactic)


def attacks_of(scenario: Scenario) -> dict[str, AnyAttack]:
    """Tactic name -> attack, for the tactics that alter the image or the codes."""
    attacks = {name: attack_of(tactic) for name, tactic in scenario.tactics.items()}
    return {name: attack for name, attack in attacks.items() if attack is not None}


def words_of(attacks: Mapping[str, AnyAttack]) -> list[TacticWords]:
    """What a report says of each tactic."""
    return [TacticWords(name, attack.technique, attack.words()) for name, attack in attacks.items()]
