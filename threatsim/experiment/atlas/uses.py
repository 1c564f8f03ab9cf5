"""Who attacks in a scenario, and with which tactics: the providers, and payers that suppress; in which arms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from threatsim.catalogue.access import Access
from threatsim.catalogue.attack_row import AttackRow
from threatsim.catalogue.attacks import ATTACKS
from threatsim.experiment.tactics import attack_of
from threatsim.scenario.reading.arms import resolve_arm
from threatsim.scenario.reading.loaded import LoadedScenario
from threatsim.scenario.schema import Scenario
from threatsim.scenario.sections.provider_group import Conduct
from threatsim.scenario.sections.tactic import Tactic

if TYPE_CHECKING:
    from threatsim.outcomes.preparation.prepared import AnyAttack


@dataclass(frozen=True)
class TacticUse:
    """A tactic in the hands of an attacker.

    Attributes:
        payer: the payer that suppresses, or None for the providers.
        name: the tactic's name.
        tactic: the tactic as the first arm that has it sets it.
        attack: what it does to the image.
        arms: names of the arms in which it is used; empty if in all.
    """

    payer: str | None
    name: str
    tactic: Tactic
    attack: AnyAttack
    arms: tuple[str, ...]

    @property
    def row(self) -> AttackRow:
        """What the catalogue says of the attack."""
        return ATTACKS[self.tactic.attack]

    @property
    def technique(self) -> str:
        """Id of the technique that crafts the image."""
        return self.attack.technique

    @property
    def computed(self) -> bool:
        """Whether it takes an implementation of an attack, and not an image editor, a camera or an archive."""
        return self.tactic.access != "none" and self.row.computed

    @property
    def checks(self) -> bool:
        """Whether it goes on until the payer's own classifier is seen to turn."""
        goal = self.attack.stops
        if self.tactic.access == "queries":
            return True
        return self.tactic.access == "white_box" and goal is not None and goal.stop != "never"


def uses_of(arms: Iterable[tuple[str, Scenario]]) -> list[TacticUse]:
    """Return every tactic that somebody can use in some arm, the providers' first."""
    found: dict[tuple[str | None, str], TacticUse] = {}
    names = []
    for arm, scenario in arms:
        names.append(arm)
        for payer, name in _hands(scenario):
            attack = attack_of(scenario.tactics[name])
            if attack is None:
                continue
            use = found.setdefault((payer, name), TacticUse(payer, name, scenario.tactics[name], attack, ()))
            found[payer, name] = replace(use, arms=(*use.arms, arm))
    uses = [replace(use, arms=() if len(use.arms) == len(names) else use.arms) for use in found.values()]
    return sorted(uses, key=lambda use: use.payer is not None)


def arms_of(loaded: LoadedScenario) -> list[tuple[str, Scenario]]:
    """Return each arm's name and the scenario as it has it, the baseline first."""
    return [(arm.name, resolve_arm(loaded, arm.name)) for arm in loaded.scenario.arms]


def _hands(scenario: Scenario) -> Iterable[tuple[str | None, str]]:
    for name, tactic in scenario.tactics.items():
        if tactic.available and _within_reach(scenario.conduct, tactic.access):
            yield None, name
    for payer in scenario.payers:
        if payer.suppression is not None:
            yield payer.name, payer.suppression.tactic


def _within_reach(conduct: Conduct, access: Access) -> bool:
    """Return whether a provider has what a tactic needs, or can buy it; who has the classifier needs no surrogate."""
    bought = conduct.acquire
    white = float(conduct.white_box_share) > 0 or (bought is not None and bought.white_box is not None)
    black = float(conduct.black_box_share) > 0 or (bought is not None and bought.black_box is not None)
    return {"white_box": white, "black_box": white or black}.get(access, True)
