"""Which controls on the picture the payers of a run may use, and at what budgets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from threatsim.scenario.schema import Detector, DuplicateSearch, Payer, SamePatient, Scenario


@dataclass(frozen=True)
class Use:
    """A control at a budget.

    Attributes:
        name: duplicate_search, same_patient or a kind of detector.
        false_alarm: greatest share of clean pictures flagged.
    """

    name: str
    false_alarm: float

    @property
    def words(self) -> str:
        """The control with its budget, for tables."""
        kind = self.name.replace("_", " ").capitalize()
        return f"{kind}, budget {100 * self.false_alarm:.3g} %"


def uses_of(scenarios: Iterable[Scenario]) -> list[Use]:
    """Every control on the picture that a payer of these scenarios may ever use, each budget once."""
    return list(dict.fromkeys(use for scenario in scenarios for payer in scenario.payers for use in _of(payer)))


def _of(payer: Payer) -> list[Use]:
    now, match, detect = payer.integrity, payer.adaptation.match_images, payer.adaptation.detect
    chosen: list[DuplicateSearch | SamePatient | Detector | None] = [
        now.duplicate_search,
        now.same_patient,
        now.detector,
        match.duplicate_search if match else None,
        match.same_patient if match else None,
        detect.detector if detect else None,
    ]
    return [Use(screen.name, float(screen.false_alarm)) for screen in chosen if screen]
