"""Measuring the defences of a classifier: on its card's synthetic cases, or on real images that it is trained on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from threatsim.attacks.budget import PixelBudget
from threatsim.attacks.trained_patches import load_threat_model
from threatsim.classifiers.card import Card
from threatsim.classifiers.production import archive_for, asked_classifier, synthetic_cases
from threatsim.common.progress import Progress
from threatsim.outcomes.defence_trials.defence_figures import DefenceFigures
from threatsim.outcomes.defence_trials.defence_trial import DefenceCases, evaluate_defences, stages
from threatsim.outcomes.making.training import trained_on
from threatsim.outcomes.published.finlayson_attacks import PAPER_BUDGET

_FITTED, _CALIBRATED, _TESTED = 1000, 500, 500
"""Synthetic cases that detectors are fitted on, that thresholds are set on, and that false alarms are counted on."""


@dataclass(frozen=True)
class DefenceRequest:
    """What a user asks to be measured.

    Attributes:
        name: a shipped classifier, or a folder with a card.yaml.
        images: folder of real archives, or None for the card's synthetic cases.
        cases: test cases that attacks are run on.
        false_alarm: share of clean images that a control may flag.
        budget: of the perturbation attacks.
        steps: gradient steps of the adaptive attacks.
        finding: what label 1 of the archive is to stand for; the card says if None.
    """

    name: str
    images: Path | None = None
    cases: int = 128
    false_alarm: float = 0.05
    budget: PixelBudget = PAPER_BUDGET
    steps: int = 100
    finding: str | None = None


def measure_defences(request: DefenceRequest, *, device: torch.device, progress: Progress) -> DefenceFigures:
    """Measure every defence as requested; on real images with the classifier that is trained on them.

    Raises:
        ThreatsimError: there is no such classifier or archive, or there are too few cases for the budget.
    """
    folder = asked_classifier(request.name, request.images, request.finding)
    if request.images is None:
        cases = _synthetic(folder.card, request.cases)
    else:
        archive = archive_for(folder.card, request.images, progress=progress)
        folder = trained_on(archive, device=device, progress=progress, name=request.name, finding=request.finding)
        test = archive.test
        cases = DefenceCases(archive.train, archive.calibration, test, test.sample(request.cases))
    classifier, _ = folder.load("victim", device)
    with progress.stage(f"Defences of {folder.card.name}", stages()) as advance:
        return evaluate_defences(
            folder.card.name,
            classifier,
            load_threat_model(folder, device),
            cases,
            budget=request.budget,
            false_alarm=request.false_alarm,
            steps=request.steps,
            on_stage=lambda _: advance(1),
        )


def _synthetic(card: Card, attacked: int) -> DefenceCases:
    draw = partial(synthetic_cases, card)
    test = draw("test", max(attacked, _TESTED))
    rows = list(range(attacked))
    return DefenceCases(draw("train", _FITTED), draw("calibration", _CALIBRATED), test, test.subset(rows))
