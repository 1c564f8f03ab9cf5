"""All defences of one classifier, measured: detectors, restorations, integrity controls, same-patient matching."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import nn

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.engine import attack
from threatsim.attacks.families.patch import Patch
from threatsim.attacks.families.rotation import Rotation
from threatsim.attacks.families.substitution import Substitution
from threatsim.attacks.threat_model import ThreatModel
from threatsim.cases.image_set import CaseSet
from threatsim.catalogue.controls import DETECTORS
from threatsim.common.errors import ThreatsimError
from threatsim.defences.controls.same_patient import PatientMatch, recaptured_pairs, stranger_pairs, visit_pairs
from threatsim.outcomes.defence_trials.control_trials import (
    TrialAttack,
    resubmissions,
    try_duplicates,
    try_matching,
    try_same_patient,
    try_signatures,
)
from threatsim.outcomes.defence_trials.defence_figures import ControlFigures, DefenceFigures, MatchFigures
from threatsim.outcomes.defence_trials.detector_trials import (
    RESTORATIONS,
    Trial,
    fit_detectors,
    try_detectors,
    try_restorations,
)
from threatsim.outcomes.published.finlayson_attacks import PAPER_BUDGET

_FEWEST_PAIRS = 30
_PATCH = Patch(access="white_box", scale=0.4)
_LENS = Patch(access="white_box", scale=0.4, place="lens")


@dataclass(frozen=True)
class DefenceCases:
    """Three sets of clean cases; no patient is in two of them.

    Attributes:
        fit: detectors are fitted on them, and they are the previous submissions of the duplicate search.
        calibration: thresholds are set on them.
        test: figures on clean images are measured on them.
        attacked: those test cases that attacks are run on.
    """

    fit: CaseSet
    calibration: CaseSet
    test: CaseSet
    attacked: CaseSet


def evaluate_defences(
    name: str,
    classifier: nn.Module,
    threat_model: ThreatModel,
    cases: DefenceCases,
    *,
    budget: PixelBudget = PAPER_BUDGET,
    false_alarm: float = 0.05,
    steps: int = 100,
    on_stage: Callable[[str], None] = lambda stage: None,
) -> DefenceFigures:
    """Measure every defence against an attacker who does not know it and one who does.

    Args:
        name: of the classifier, for the report.
        classifier: the victim's network itself; `threat_model` holds its copies for attacks.
        budget: of the perturbations.
        false_alarm: share of clean images that a control may flag.
        steps: gradient steps of the adaptive attacks.
        on_stage: called with what is finished, as often as `stages` says.

    Raises:
        ThreatsimError: too few calibration cases for the budget, or no case that the classifier decides rightly.
    """
    trial = Trial(classifier, threat_model, cases.test, cases.attacked, budget, steps, false_alarm)
    detectors, notes = fit_detectors(classifier, threat_model.victim, cases.fit)
    controls = _controls(trial, cases, notes)
    matching = _matching(cases, false_alarm, notes)
    on_stage("integrity controls")
    detected = try_detectors(trial, detectors, cases.calibration, on_done=lambda: on_stage("detector"))
    restored = try_restorations(trial, RESTORATIONS, on_done=lambda: on_stage("restoration"))
    return DefenceFigures(
        classifier=name,
        images=cases.test.source,
        budget=budget.label(),
        false_alarm_budget=false_alarm,
        threshold=threat_model.threshold,
        fitted_on=len(cases.fit),
        calibrated_on=len(cases.calibration),
        tested_on=len(cases.test),
        attacked=len(cases.attacked),
        detectors=detected,
        restorations=restored,
        controls=controls,
        matching=matching,
        notes=notes,
    )


def stages() -> int:
    """Count how often `on_stage` is called at most: controls, detectors, the bare classifier and the restorations."""
    return 1 + sum(len(row.tried) for row in DETECTORS.values()) + 1 + len(RESTORATIONS)


def _controls(trial: Trial, cases: DefenceCases, notes: list[str]) -> list[ControlFigures]:
    attacked, threat_model = cases.attacked, _with_lens_patch(trial.threat_model, notes)

    def adversarial(spec: ImageAttack, of: CaseSet = attacked) -> torch.Tensor:
        return attack(threat_model, of, spec).images

    def tried(name: str, spec: ImageAttack) -> TrialAttack:
        return TrialAttack(name, adversarial(spec), before_capture=not spec.row.alters_file)

    other = tried("another patient's file", Substitution())
    tactics = [
        tried("noise (PGD)", trial.naive),
        tried("patch in the file", _PATCH),
        replace(other, examination="another"),
        # The row tells of a file that is exchanged; here the other patient sits before the camera.
        replace(other, name="another patient pictured", before_capture=True),
        tried("patch on the lens", _LENS),
        tried("rotation at capture", Rotation()),
    ]
    earlier = cases.fit.subset(list(range(min(len(attacked), len(cases.fit)))))
    keys = [f"resubmission/{fingerprint}" for fingerprint in earlier.fingerprints]
    again = resubmissions(earlier.images[:], keys, adversarial(_PATCH, earlier))
    return [
        *try_signatures(attacked, tactics),
        *try_duplicates(cases.fit, cases.calibration, cases.test, again, false_alarm=trial.false_alarm, notes=notes),
        *_same_patient(cases, tactics, trial.false_alarm),
    ]


def _same_patient(cases: DefenceCases, tactics: list[TrialAttack], false_alarm: float) -> list[ControlFigures]:
    """Try the earlier capture that every patient has here; repeated visits are measured beside, in `_matching`."""
    fit, calibration, honest = (
        recaptured_pairs(part, seed=seed) for seed, part in enumerate((cases.fit, cases.calibration, cases.attacked))
    )
    match = PatientMatch.fit(fit, stranger_pairs(cases.fit, seed=0, count=2 * len(cases.fit)))
    return try_same_patient(match, calibration, honest, tactics, cases.attacked, false_alarm=false_alarm)


def _matching(cases: DefenceCases, false_alarm: float, notes: list[str]) -> list[MatchFigures]:
    """Try repeated captures of one scene, which any archive has, and repeated visits where patients are known."""
    strangers = [
        stranger_pairs(part, seed=seed, count=2 * len(part)) for seed, part in enumerate((cases.fit, cases.test))
    ]
    rows = []
    for name, pairs_of in (("repeated captures", recaptured_pairs), ("repeated visits", visit_pairs)):
        fit, calibration, test = (
            pairs_of(part, seed=seed) for seed, part in enumerate((cases.fit, cases.calibration, cases.test))
        )
        if min(len(fit), len(calibration), len(test)) < _FEWEST_PAIRS:
            notes.append(f"No figures of same-patient matching on {name}: fewer than {_FEWEST_PAIRS} pairs.")
            continue
        match = PatientMatch.fit(fit, strangers[0])
        rows.append(try_matching(name, match, calibration, test, strangers[1], false_alarm=false_alarm))
    return rows


def _with_lens_patch(threat_model: ThreatModel, notes: list[str]) -> ThreatModel:
    if _LENS.trained_patch in threat_model.patches:
        return threat_model
    if _PATCH.trained_patch not in threat_model.patches:
        raise ThreatsimError("the attacker has no trained patch, which the integrity controls are tried with")
    notes.append("No patch was trained for the lens: the one for any place is put there.")
    return replace(
        threat_model, patches={**threat_model.patches, _LENS.trained_patch: threat_model.patches[_PATCH.trained_patch]}
    )
