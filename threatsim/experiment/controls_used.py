"""Which controls on the picture the payers of a run may use, and at what budgets."""

from __future__ import annotations

from collections.abc import Iterable

from threatsim.outcomes.preparation.control_use import ControlUse
from threatsim.scenario.schema import Detector, DuplicateSearch, Payer, SamePatient, Scenario


def controls_used(scenarios: Iterable[Scenario]) -> list[ControlUse]:
    """Every control on the picture that a payer of these scenarios may ever use, each budget once."""
    return list(dict.fromkeys(use for scenario in scenarios for payer in scenario.payers for use in _of(payer)))


def _of(payer: Payer) -> list[ControlUse]:
    now, match, detect = payer.integrity, payer.adaptation.match_images, payer.adaptation.detect
    chosen: list[DuplicateSearch | SamePatient | Detector | None] = [
        now.duplicate_search,
        now.same_patient,
        now.detector,
        match.duplicate_search if match else None,
        match.same_patient if match else None,
        detect.detector if detect else None,
    ]
    return [ControlUse(screen.name, float(screen.false_alarm)) for screen in chosen if screen]
