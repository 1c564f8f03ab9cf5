"""Arms that any scenario can name without writing them: what attacks add, and what the classifier adds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import Field

from threatsim.catalogue.attacks import ATTACKS
from threatsim.catalogue.row import Row
from threatsim.common.suggest import did_you_mean
from threatsim.common.yaml_text.document import Document
from threatsim.common.yaml_text.mistakes import Mistake


class StandardArm(Row):
    """An arm that is written as its name alone; of the rest of the scenario it changes only what it says."""

    set: dict[str, Any] = Field(default={}, description="Dotted path to new value, as in an arm that is written out.")
    closes_attacks: bool = Field(
        default=False, description="Whether the tactics that submit another picture than the case's own are closed."
    )
    policy: bool = Field(default=True, description="Whether a payer could choose it; if not, it is a contrast alone.")

    def written_out(self, tactics: Any) -> dict[str, Any]:
        """Return the arm as a scenario would write it, for `tactics` as the scenario has them."""
        closed = [name for name, tactic in tactics.items() if _attacks(tactic)] if isinstance(tactics, Mapping) else []
        changes = {f"tactics.{name}.available": False for name in closed} if self.closes_attacks else {}
        return {"name": self.name, "title": self.title, "set": changes | self.set}


def _attacks(tactic: Any) -> bool:
    """Return whether a tactic, as written, submits another picture; one that is not right is told of elsewhere."""
    name = tactic.get("attack") if isinstance(tactic, Mapping) else None
    return isinstance(name, str) and name in ATTACKS and name != "none"


STANDARD_ARMS: Final = {
    arm.name: arm
    for arm in (
        StandardArm(
            name="no_attack",
            title="No attacks on images",
            text="False claims are sent with their own pictures: what the attacks add to fraud is the difference.",
            closes_attacks=True,
            policy=False,
        ),
        StandardArm(
            name="no_classifier",
            title="Readers only",
            text="No classifier looks at the pictures. Readers look at claims, as many as they can, and the rest are "
            "paid: what the classifier adds is the difference.",
            set={"payers.*.triage.classifier": False},
        ),
    )
}
"""Name -> arm, in the order in which messages list them."""


def write_out_standard_arms(document: Document) -> None:
    """Put what it stands for in place of each standard arm of a document; a name that there is not is a mistake."""
    arms = document.data.get("arms")
    if not isinstance(arms, list) or not any(isinstance(arm, str) for arm in arms):
        return
    tactics = document.data.get("tactics")
    found: list[Any] = []
    for index, arm in enumerate(arms):
        if isinstance(arm, str) and arm in STANDARD_ARMS:
            arm = STANDARD_ARMS[arm].written_out(tactics)
        elif isinstance(arm, str):
            text = f"arms: there is no standard arm '{arm}'; there are {' and '.join(STANDARD_ARMS)}"
            place = document.spot(("arms", index)).value
            document.problems.append(Mistake(text, place, did_you_mean(arm, STANDARD_ARMS) or ""))
        found.append(arm)
    document.data["arms"] = found
