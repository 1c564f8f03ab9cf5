"""Measuring input detectors and restorations: on clean images, under the naive attack and under the adaptive one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from torch import nn

from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.engine import attack, clean_scores
from threatsim.attacks.families.apgd import APGD
from threatsim.attacks.families.pgd import PGD
from threatsim.attacks.search.target import Target
from threatsim.attacks.search.target_decision import TargetDecision
from threatsim.attacks.threat_model import ThreatModel
from threatsim.cases.image_set import CaseSet
from threatsim.catalogue.controls import DETECTORS
from threatsim.common.errors import ThreatsimError
from threatsim.defences.detectors.adaptive import evade
from threatsim.defences.detectors.detector import Calibrated, DetectorProtocol, calibrate, statistics
from threatsim.defences.detectors.features import DeepFeatures
from threatsim.defences.reference import Ground, Reference, Watched
from threatsim.defences.restoration import Restoration, Restored, jpeg, reduce_bits
from threatsim.defences.soft_jpeg import soft_jpeg
from threatsim.outcomes.defence_trials.defence_figures import AgainstAttack, DetectorFigures, RestorationFigures
from threatsim.statistics.discrimination import auroc, proportion
from threatsim.statistics.estimate import Estimate

RESTORATIONS: dict[str, tuple[Restoration, Restoration | None]] = {
    "JPEG, quality 75": (partial(jpeg, quality=75), partial(soft_jpeg, quality=75)),
    "JPEG, quality 50": (partial(jpeg, quality=50), partial(soft_jpeg, quality=50)),
    "4 bits a channel": (partial(reduce_bits, bits=4), None),
}
"""Name -> the restoration, and what an adaptive attacker differentiates in its place (None for the identity)."""


@dataclass(frozen=True)
class Trial:
    """What is attacked and how.

    Attributes:
        classifier: the victim's network, as it was before any copy for attacks was made.
        threat_model: the attacker, before the operating point that decides.
        test: clean cases that nothing was fitted or calibrated on.
        attacked: those of them that attacks are run on.
        budget: of the perturbations.
        steps: gradient steps of the adaptive attack.
        false_alarm: budget of a detector.
    """

    classifier: nn.Module
    threat_model: ThreatModel
    test: CaseSet
    attacked: CaseSet
    budget: PixelBudget
    steps: int
    false_alarm: float

    @property
    def naive(self) -> PGD:
        """The attack of Finlayson et al.: 20 steps, all of them taken, of half the radius."""
        return PGD(access="white_box", budget=self.budget, step=self.budget.epsilon / 2, steps=20)

    @property
    def adaptive(self) -> APGD:
        """The attack on a restored classifier; on a detector the same step rule and number of steps are used."""
        return APGD(budget=self.budget, steps=self.steps)


def fit_detectors(
    classifier: nn.Module, target: Target, cases: CaseSet
) -> tuple[dict[str, DetectorProtocol], list[str]]:
    """Fit every detector of the catalogue on clean cases, and say why any could not be."""
    ground = Ground(cases, Watched(lambda: classifier, target, ""), Reference("", lambda: cases, lambda: cases, 0))
    notes = []
    try:
        DeepFeatures.watching(ground.watched).of(cases.images[:1])
    except ThreatsimError as error:
        notes.append(f"No detector on deep features: {error.message}.")
    rows = [row for row in DETECTORS.values() if not (row.deep and notes)]
    return {name: row.resolve(made)(ground) for row in rows for name, made in row.tried.items()}, notes


def try_detectors(
    trial: Trial,
    detectors: dict[str, DetectorProtocol],
    calibration: CaseSet,
    *,
    on_done: Callable[[], None] = lambda: None,
) -> list[DetectorFigures]:
    """Try each detector at its budget, against the naive and the adaptive attack.

    Of the attacked cases those count that the classifier decides rightly; the clean ones of the AUROC are the same.

    Args:
        trial: the classifier, its cases and the attacks.
        detectors: name -> fitted detector.
        calibration: clean cases that the thresholds are set on.
        on_done: called after each detector.

    Raises:
        ThreatsimError: the classifier decides no case rightly.
    """
    right = _decided_rightly(trial)
    if not len(right):
        raise ThreatsimError("the classifier decides no test case rightly, so there is nothing to attack")
    naive = attack(trial.threat_model, right, trial.naive)
    rows = []
    for name, detector in detectors.items():
        calibrated = calibrate(detector, calibration.images[:], false_alarm=trial.false_alarm)
        every = statistics(detector, trial.test.images[:]) > calibrated.threshold
        unknowing = _against(trial.naive.describe(), False, calibrated, right, naive.images, naive.success)
        evaded = evade(
            trial.threat_model.victim,
            calibrated,
            right.images[:],
            _wrong(trial, right),
            trial.budget,
            keys=[f"evasion/{fingerprint}" for fingerprint in right.fingerprints],
            steps=trial.steps,
        )
        label = f"APGD on decision and detector, white box, {trial.steps} steps, epsilon {trial.budget.label()}"
        knowing = _against(label, True, calibrated, right, evaded.images, evaded.success)
        alarms = proportion(every.numpy(), trial.test.patient_ids)
        rows.append(DetectorFigures(detector=name, false_alarms=alarms, naive=unknowing, adaptive=knowing))
        on_done()
    return rows


def try_restorations(
    trial: Trial,
    restorations: dict[str, tuple[Restoration, Restoration | None]],
    *,
    on_done: Callable[[], None] = lambda: None,
) -> list[RestorationFigures]:
    """Measure accuracy behind each restoration; the first row, "none", is the bare classifier under the same attacks.

    Args:
        on_done: called after each row.
    """
    naive = attack(trial.threat_model, trial.attacked, trial.naive)
    rows = []
    for name in ("none", *restorations):
        model = Restored(trial.classifier, *restorations[name]) if name in restorations else trial.classifier
        # In bfloat16 an image is not what the restoration would see in the file.
        target = Target(model, trial.threat_model.victim.device, precision="float32")
        threat_model = replace(trial.threat_model, victim=target)
        adaptive = attack(threat_model, trial.attacked, trial.adaptive)
        rows.append(
            RestorationFigures(
                restoration=name,
                clean=_accuracy(trial, threat_model, trial.attacked.images[:]),
                naive=_accuracy(trial, threat_model, naive.images),
                adaptive=_accuracy(trial, threat_model, adaptive.images),
            )
        )
        on_done()
    return rows


def _decided_rightly(trial: Trial) -> CaseSet:
    found = clean_scores(trial.threat_model, trial.attacked).numpy() >= trial.threat_model.threshold
    return trial.attacked.subset(np.flatnonzero(found == (trial.attacked.labels == 1)))


def _wrong(trial: Trial, cases: CaseSet) -> TargetDecision:
    towards = torch.from_numpy(1 - cases.labels.astype("int64"))
    return TargetDecision.finding(towards, threshold=trial.threat_model.threshold)


def _against(
    label: str, knows: bool, detector: Calibrated, cases: CaseSet, images: torch.Tensor, success: torch.Tensor
) -> AgainstAttack:
    clean = statistics(detector.detector, cases.images[:]).numpy()
    attacked = statistics(detector.detector, images).numpy()
    hit, flagged = success.numpy(), attacked > detector.threshold
    patients = np.array(cases.patient_ids)
    labels = np.concatenate([np.zeros(len(clean)), np.ones(int(hit.sum()))])
    return AgainstAttack(
        attack=label,
        knows_detector=knows,
        turned=proportion(hit, patients),
        auroc=auroc(np.concatenate([clean, attacked[hit]]), labels, np.concatenate([patients, patients[hit]])),
        flagged=proportion(flagged[hit], patients[hit]),
        succeeded=proportion(hit & ~flagged, patients),
    )


def _accuracy(trial: Trial, threat_model: ThreatModel, images: torch.Tensor) -> Estimate:
    cases = replace(trial.attacked, images=images)
    found = clean_scores(threat_model, cases).numpy() >= threat_model.threshold
    return proportion(found == (cases.labels == 1), cases.patient_ids)
