"""From the tactics of a scenario to attacks that the engine can run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from threatsim.catalogue.attacks import ATTACKS
from threatsim.common.errors import InputError, ThreatsimError
from threatsim.scenario.schema import Scenario, Tactic
from threatsim.scenario.sections.quantity import Quantity

if TYPE_CHECKING:
    from threatsim.outcomes.preparation.prepared import AnyAttack


def attack_of(tactic: Tactic) -> AnyAttack | None:
    """Return the attack that a tactic makes on the image or the codes; None if it leaves them alone.

    Raises:
        InputError: a value that only the attack itself can check, such as another package's own parameter, is wrong.
    """
    row, given = ATTACKS.find(tactic.attack), given_of(tactic)
    if given is None:
        return None
    try:
        attack: AnyAttack = row.build(given)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        message = f"attack '{row.name}': {field}: {first['msg']}, got {first['input']!r}"
        raise InputError(message, given=str(first["input"])) from error
    return attack


def given_of(tactic: Tactic) -> dict[str, Any] | None:
    """Return what a tactic gives its attack, as plain data; None if it leaves image and codes alone."""
    row = ATTACKS.find(tactic.attack)
    if not row.implementation:
        return None
    return {
        **row.market,
        **{parameter.name: _plain(getattr(tactic, parameter.name, None)) for parameter in row.in_scenario()},
        **(tactic.parameters or {}),
        "access": tactic.access,
        "surrogate": tactic.surrogate and tactic.surrogate.model_dump(),
    }


def attacks_of_all(arms: Mapping[str, Scenario], path: Path) -> dict[str, AnyAttack]:
    """Return the attacks of a scenario's arms, which are the same in all.

    Args:
        arms: arm name -> the scenario as that arm sets it, the baseline first.
        path: the scenario's file.

    Raises:
        ThreatsimError: an arm has others than the baseline.
    """
    first, *others = arms.items()
    attacks = attacks_of(first[1])
    for name, arm in others:
        if attacks_of(arm) != attacks:
            raise ThreatsimError(
                f"arm '{name}' changes what a tactic does to the image",
                location=str(path),
                hint="Write a tactic of its own for it instead; an arm may change anything else.",
            )
    return attacks


def aimed_at_threshold(attacks: Mapping[str, AnyAttack]) -> list[str]:
    """Return the tactics whose attack stops at the threshold, or queries it, so that its outcomes depend on it."""
    have = ("victim", "surrogate", "patches", "training", "threshold", "library", "pool")
    return [name for name, attack in attacks.items() if "threshold" in attack.inputs(have)]


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Quantity) else value


def attacks_of(scenario: Scenario) -> dict[str, AnyAttack]:
    """Return tactic name -> attack, for the tactics that alter the image or the codes."""
    attacks = {name: attack_of(tactic) for name, tactic in scenario.tactics.items()}
    return {name: attack for name, attack in attacks.items() if attack is not None}
