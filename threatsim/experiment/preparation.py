"""Before the market opens: classifiers, cases, and the scores of every case under every tactic, from the bank."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from threatsim.attacks.engine import Adversary
from threatsim.attacks.spec import AttackSpec
from threatsim.classifiers.store import ClassifierFolder, shipped
from threatsim.experiment.attacker import adversary_of
from threatsim.experiment.progress import Progress
from threatsim.experiment.training import trained_on
from threatsim.imaging.cases import CaseSet
from threatsim.imaging.folder import Archive, find_archives, load_archive
from threatsim.imaging.synthetic.generate import generate
from threatsim.outcomes.bank import OutcomeBank
from threatsim.outcomes.forge import forge, missing
from threatsim.outcomes.table import OutcomeTable
from threatsim.scenario.schema import OperatingPoint, Scenario
from threatsim.statistics.operating_point import threshold_at


@dataclass(frozen=True)
class Prepared:
    """One modality, ready for the market.

    Attributes:
        classifier: the payer's.
        adversary: the loaded networks and patches.
        cases: the pool.
        table: their scores.
    """

    classifier: ClassifierFolder
    adversary: Adversary
    cases: CaseSet
    table: OutcomeTable

    @property
    def real(self) -> bool:
        """Whether the images are real."""
        return self.cases.source != "synthetic"


def prepare(
    scenario: Scenario,
    attacks: Mapping[str, AttackSpec],
    *,
    images: Path | None,
    device: torch.device,
    bank: OutcomeBank,
    progress: Progress,
    points: Iterable[OperatingPoint] = (),
) -> dict[str, Prepared]:
    """Everything that the market needs to know of the images, by modality.

    Args:
        attacks: tactic name -> attack, for every tactic of the scenario that alters the image.
        images: folder of real archives; modalities that it lacks stay synthetic.
        points: the operating points of all payers in all arms; an attack that stops at a success stops at the
            strictest, so that its outcome serves them all. The card's own if there are none.

    Raises:
        ThreatsimError: archives, weights or patches are absent or damaged.
    """
    wanted = tuple(points)
    archives = find_archives(images) if images else {}
    for name in archives.keys() - scenario.modalities.keys():
        progress.note(f"{name}: the scenario has no such modality, so its images are not used.")
    loaded: dict[str, tuple[ClassifierFolder, CaseSet, Archive | None]] = {}
    for modality in scenario.modalities:
        if modality in archives:
            archive = load_archive(archives[modality], modality)
            loaded[modality] = trained_on(archive, device=device, progress=progress), archive.test, archive
        else:
            if images:
                progress.note(f"{modality}: no real images in {images}; synthetic ones are used.")
            loaded[modality] = (*_synthetic(scenario, modality), None)
    adversaries = {
        name: _before_the_strictest(adversary_of(folder, archive, device), folder, wanted)
        for name, (folder, _, archive) in loaded.items()
    }
    total = sum(
        missing(bank, adversaries[name], cases, attack)
        for name, (_, cases, _) in loaded.items()
        for attack in attacks.values()
    )
    prepared: dict[str, Prepared] = {}
    with progress.stage("Attacks", total) as advance:
        for name, (folder, cases, _) in loaded.items():
            clean = forge(bank, adversaries[name], cases, None)
            attacked = dict.fromkeys(scenario.tactics, clean) | {
                tactic: forge(bank, adversaries[name], cases, attack, on_cases=advance)
                for tactic, attack in attacks.items()
            }
            calibration_scores, calibration_labels = folder.calibration()
            table = OutcomeTable(
                modality=name,
                labels=cases.labels,
                patients=np.unique(np.array(cases.patient_ids), return_inverse=True)[1].astype(np.int64),
                clean=clean,
                attacked=attacked,
                calibration_scores=calibration_scores,
                calibration_labels=calibration_labels,
            )
            prepared[name] = Prepared(folder, adversaries[name], cases, table)
    return prepared


def _before_the_strictest(
    adversary: Adversary, folder: ClassifierFolder, points: Sequence[OperatingPoint]
) -> Adversary:
    scores, labels = folder.calibration()
    thresholds = [
        threshold_at(
            scores,
            labels,
            sensitivity=None if point.sensitivity is None else float(point.sensitivity),
            specificity=None if point.specificity is None else float(point.specificity),
        )
        for point in points
    ]
    return adversary.at(max(thresholds)) if thresholds else adversary


def _synthetic(scenario: Scenario, modality: str) -> tuple[ClassifierFolder, CaseSet]:
    """The shipped classifier, and the first of the test cases that it was measured on."""
    folder = shipped(modality)
    data = folder.card.data
    cases = generate(
        modality,
        scenario.cases.per_modality,
        seed=data.seed,
        split="test",
        size=data.image_size,
        positive_share=float(scenario.cases.positive_share),
    )
    return folder, cases
