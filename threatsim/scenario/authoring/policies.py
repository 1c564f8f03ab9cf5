"""The policies that `threatsim new` offers as arms, every control of the catalogue among them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from threatsim.catalogue.controls import CONTROLS, DETECTOR, ControlRow
from threatsim.scenario.reading.standard_arms import STANDARD_ARMS
from threatsim.scenario.schema import Scenario
from threatsim.scenario.sections.picture_controls import Integrity
from threatsim.scenario.sections.quantity import Quantity

Sets = Callable[[Scenario], Mapping[str, Any]]

_BUDGET: Final = {
    "value": 0.05,
    "triangular": {"low": 0.02, "mode": 0.05, "high": 0.1},
    "unit": "share",
    "kind": "assumed",
    "note": "A budget that a payer sets: the share of clean pictures that may be flagged.",
}
"""What a control may flag of clean pictures, until somebody writes another budget."""


@dataclass(frozen=True)
class Policy:
    """A policy that `new` offers as an arm.

    Attributes:
        title: of the arm.
        sets: gives what it sets in a scenario, path -> value; None for a standard arm, which is written as its name.
    """

    title: str
    sets: Sets | None = None


def policies() -> dict[str, Policy]:
    """Return name -> policy, those of plug-ins as well; a control of the catalogue goes by its name there."""
    detectors = [row for row in CONTROLS.values() if row.is_detector]
    others = [row for row in CONTROLS.values() if not row.is_detector and row.key in Integrity.model_fields]
    return {
        **_OWN,
        **{row.name: Policy(row.title, _with_control(row)) for row in others},
        **{f"{DETECTOR}_{row.name}": Policy(f"Detector: {row.title}", _with_control(row)) for row in detectors},
        **_ADAPTATION,
        **{name: Policy(arm.title) for name, arm in STANDARD_ARMS.items()},
    }


def _short(value: float) -> float | int:
    """Return a number as somebody would write it."""
    rounded = float(f"{value:.6g}")
    return int(rounded) if rounded.is_integer() else rounded


def _doubled(part: str, name: str) -> Sets:
    def sets(scenario: Scenario) -> Mapping[str, Any]:
        now = {payer.name: getattr(getattr(payer, part), name) for payer in scenario.payers}
        return {f"payers.{payer}.{part}.{name}": _twice(number) for payer, number in now.items()}

    return sets


def _twice(number: Quantity) -> Any:
    """Return a number doubled, and its range too, so that it is twice as much in every draw."""
    value, scaled = _short(2 * number.value), number.distribution.scaled(2) if number.distribution else None
    return {"value": value, type(scaled).__name__.lower(): scaled.model_dump()} if scaled else value


def _always(**changes: Any) -> Sets:
    """Return what sets the same in every scenario, path -> value, with `__` for the dots of a path below payers."""
    return lambda scenario: {f"payers.*.{path.replace('__', '.')}": value for path, value in changes.items()}


def _with_control(row: ControlRow) -> Sets:
    kind = {"kind": row.name} if row.is_detector else {}
    return _always(**{f"integrity__{row.key}": {**kind, "false_alarm": _BUDGET}})


_OWN: Final = {
    "audits_doubled": Policy("Twice the random audits", _doubled("audit", "random")),
    "readers_doubled": Policy("Twice the readers", _doubled("readers", "capacity")),
    "hash_at_capture": Policy("Images signed at capture", _always(integrity__hash_at_capture=True)),
    "strict_threshold": Policy("Threshold at 95 % specificity", _always(triage__operating_point={"specificity": 0.95})),
    "no_penalties": Policy(
        "Money back, but no penalties",
        lambda scenario: {"law.damages": 1, "law.settlement": None, "law.per_claim_penalty": 0},
    ),
}
_ADAPTATION: Final = {
    "audits_raised_on_findings": Policy(
        "Twice the audits while a tenth of them find something",
        _always(adaptation__raise_audits={"above": 0.1, "factor": 2, "window": 13}),
    ),
    "signed_after_findings": Policy(
        "Images signed after 10 findings", _always(adaptation__sign_images={"after_findings": 10})
    ),
    "hardened_after_findings": Policy(
        "Hardened classifier after 10 findings", _always(adaptation__harden={"after_findings": 10})
    ),
}
DEFAULT_POLICIES: Final = ("audits_doubled", "hash_at_capture")
"""Those of who chooses none."""
