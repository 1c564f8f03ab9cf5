"""From the tactics of a scenario to attacks that the engine can run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from threatsim.catalogue.attacks import ATTACKS
from threatsim.scenario.schema import Scenario, Tactic
from threatsim.scenario.sections.quantity import Quantity

if TYPE_CHECKING:
    from threatsim.outcomes.preparation.prepared import AnyAttack


def attack_of(tactic: Tactic) -> AnyAttack | None:
    """The attack that a tactic makes on the image or the codes; None if it leaves them alone."""
    row = ATTACKS.find(tactic.attack)
    if not row.implementation:
        return None
    given: dict[str, Any] = {
        **row.market,
        **{parameter.name: _plain(getattr(tactic, parameter.name, None)) for parameter in row.in_scenario()},
        **(tactic.parameters or {}),
        "access": tactic.access,
        "surrogate": tactic.surrogate and tactic.surrogate.model_dump(),
    }
    attack: AnyAttack = row.build(given)
    return attack


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Quantity) else value


def attacks_of(scenario: Scenario) -> dict[str, AnyAttack]:
    """Tactic name -> attack, for the tactics that alter the image or the codes."""
    attacks = {name: attack_of(tactic) for name, tactic in scenario.tactics.items()}
    return {name: attack for name, attack in attacks.items() if attack is not None}
