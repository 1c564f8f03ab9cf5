"""Which controls on the picture the payers of a run may use, and at what budgets."""

from __future__ import annotations

from collections.abc import Iterable

from threatsim.outcomes.preparation.control_use import ControlUse
from threatsim.scenario.schema import Payer, Scenario
from threatsim.scenario.sections.picture_controls import controls_in


def controls_used(scenarios: Iterable[Scenario]) -> list[ControlUse]:
    """Return every control on the picture that a payer of these scenarios may ever use, each budget once."""
    return list(dict.fromkeys(use for scenario in scenarios for payer in scenario.payers for use in _of(payer)))


def _of(payer: Payer) -> list[ControlUse]:
    there = controls_in(payer.integrity, payer.adaptation.match_images, payer.adaptation.detect)
    return [ControlUse(control.name, float(control.false_alarm)) for control in there]
