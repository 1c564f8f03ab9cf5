"""Before the market opens: classifiers, cases, and the scores of every case under every tactic, from the bank."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from threatsim.attacks.engine import Adversary
from threatsim.attacks.spec import AttackSpec
from threatsim.classifiers.store import ClassifierFolder, shipped
from threatsim.coding.swap import CodeSwap
from threatsim.errors import ThreatsimError
from threatsim.experiment.attacker import adversary_of
from threatsim.experiment.claim_preparation import PreparedClaims, prepare_claims
from threatsim.experiment.progress import Progress
from threatsim.experiment.strictest import strictest_threshold
from threatsim.experiment.surrogates import kinds_named, with_surrogates
from threatsim.experiment.tactics import AnyAttack
from threatsim.experiment.training import trained_on
from threatsim.imaging.cases import CaseSet
from threatsim.imaging.folder import find_archives, load_archive
from threatsim.imaging.synthetic.generate import generate
from threatsim.outcomes.bank import OutcomeBank
from threatsim.outcomes.forge import forge, forged_queries, missing, queries_the_payer
from threatsim.outcomes.table import OutcomeTable
from threatsim.scenario.schema import OperatingPoint, Scenario
from threatsim.scenario.section import CLAIM_CODES


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

    @property
    def pixels(self) -> int:
        """Width and height of an image."""
        return self.cases.size[0]

    @property
    def network(self) -> str:
        """The network in words."""
        return f"{self.classifier.card.network.name} (MONAI), {self.classifier.figures.parameters:,} parameters"

    @property
    def surrogates(self) -> dict[str, str]:
        """Surrogates that tactics name: kind -> hash of the weights."""
        return {kind.name: held.fingerprint for kind, held in self.adversary.surrogates.items()}


def prepare(
    scenario: Scenario,
    attacks: Mapping[str, AnyAttack],
    *,
    images: Path | None,
    device: torch.device,
    bank: OutcomeBank,
    progress: Progress,
    points: Iterable[OperatingPoint] = (),
    hardened: bool = False,
) -> dict[str, Prepared] | dict[str, PreparedClaims]:
    """Everything that the market needs to know of the images, or of the claims of codes, by modality.

    Args:
        attacks: tactic name -> attack, for every tactic of the scenario that alters the image or the codes.
        images: folder of real archives; modalities that it lacks stay synthetic.
        points: the operating points of all payers in all arms; an attack that stops at a success stops at the
            strictest, so that its outcome serves them all. The card's own if there are none.
        hardened: whether some payer may change to the hardened classifier, which is then attacked too.

    Raises:
        ThreatsimError: archives, weights or patches are absent or damaged.
    """
    wanted = tuple(points)
    if CLAIM_CODES in scenario.modalities:
        swaps = {name: attack for name, attack in attacks.items() if isinstance(attack, CodeSwap)}
        return prepare_claims(
            scenario, swaps, images=images, bank=bank, progress=progress, points=wanted, hardened=hardened
        )
    return _prepare_images(
        scenario,
        {name: attack for name, attack in attacks.items() if not isinstance(attack, CodeSwap)},
        images=images,
        device=device,
        bank=bank,
        progress=progress,
        points=wanted,
        hardened=hardened,
    )


def _prepare_images(
    scenario: Scenario,
    attacks: Mapping[str, AttackSpec],
    *,
    images: Path | None,
    device: torch.device,
    bank: OutcomeBank,
    progress: Progress,
    points: Sequence[OperatingPoint],
    hardened: bool,
) -> dict[str, Prepared]:
    kinds = kinds_named(attacks.values())
    archives = find_archives(images) if images else {}
    for name in archives.keys() - scenario.modalities.keys():
        progress.note(f"{name}: the scenario has no such modality, so its images are not used.")
    victims: dict[str, list[_Victim]] = {}
    for modality in scenario.modalities:
        if modality in archives and kinds:
            raise ThreatsimError(
                f"tactics name a surrogate ({kinds[0].words()}), and those are trained on synthetic images only",
                hint="Run the scenario without --images, or take `surrogate` out of its tactics.",
            )
        archive = load_archive(archives[modality], modality) if modality in archives else None
        if images and archive is None:
            progress.note(f"{modality}: no real images in {images}; synthetic ones are used.")
        names = [modality, f"{modality}_hardened"] if hardened else [modality]
        folders = [
            trained_on(archive, device=device, progress=progress, name=name) if archive else shipped(name)
            for name in names
        ]
        cases = archive.test if archive else _synthetic(scenario, folders[0])
        victims[modality] = []
        for folder in folders:
            adversary = _before_the_strictest(adversary_of(folder, archive, device), folder, points)
            adversary = with_surrogates(adversary, folder, kinds, device=device, progress=progress)
            victims[modality].append(_Victim(folder, adversary, cases))
    everyone = [victim for group in victims.values() for victim in group]
    total = sum(
        missing(bank, victim.adversary, victim.cases, attack) for victim in everyone for attack in attacks.values()
    )
    prepared: dict[str, Prepared] = {}
    with progress.stage("Attacks", total) as advance:
        for name, group in victims.items():
            tables = [_table(name, victim, list(scenario.tactics), attacks, bank, advance) for victim in group]
            table = replace(tables[0], hardened=tables[1]) if hardened else tables[0]
            prepared[name] = Prepared(group[0].folder, group[0].adversary, group[0].cases, table)
    return prepared


def points_of(scenarios: Iterable[Scenario]) -> list[OperatingPoint]:
    """Every operating point that a payer of these scenarios may ever decide at."""
    payers = [payer for scenario in scenarios for payer in scenario.payers]
    moved = [payer.adaptation.move_threshold for payer in payers]
    return [payer.triage.operating_point for payer in payers] + [move.operating_point for move in moved if move]


def hardens(scenarios: Iterable[Scenario]) -> bool:
    """Whether a payer of these scenarios may change to the hardened classifier."""
    return any(payer.adaptation.harden for scenario in scenarios for payer in scenario.payers)


@dataclass(frozen=True)
class _Victim:
    folder: ClassifierFolder
    adversary: Adversary
    cases: CaseSet


def _table(
    modality: str,
    victim: _Victim,
    tactics: Sequence[str],
    attacks: Mapping[str, AttackSpec],
    bank: OutcomeBank,
    advance: Callable[[int], None],
) -> OutcomeTable:
    """What one classifier makes of the cases, clean and under every tactic."""
    cases = victim.cases
    clean = forge(bank, victim.adversary, cases, None)
    attacked = dict.fromkeys(tactics, clean) | {
        tactic: forge(bank, victim.adversary, cases, attack, on_cases=advance) for tactic, attack in attacks.items()
    }
    calibration_scores, calibration_labels = victim.folder.calibration()
    return OutcomeTable(
        modality=modality,
        labels=cases.labels,
        patients=np.unique(np.array(cases.patient_ids), return_inverse=True)[1].astype(np.int64),
        clean=clean,
        attacked=attacked,
        calibration_scores=calibration_scores,
        calibration_labels=calibration_labels,
        queries={
            # The last look at an image is the claim itself.
            tactic: np.maximum(forged_queries(bank, victim.adversary, cases, attack) - 1, 0)
            for tactic, attack in attacks.items()
            if queries_the_payer(attack)
        },
    )


def _before_the_strictest(
    adversary: Adversary, folder: ClassifierFolder, points: Sequence[OperatingPoint]
) -> Adversary:
    threshold = strictest_threshold(*folder.calibration(), points)
    return adversary if threshold is None else adversary.at(threshold)


def _synthetic(scenario: Scenario, folder: ClassifierFolder) -> CaseSet:
    """The first of the test cases that a shipped classifier was measured on."""
    data = folder.card.data
    return generate(
        folder.card.modality,
        scenario.cases.per_modality,
        seed=data.seed,
        split="test",
        size=data.image_size,
        positive_share=float(scenario.cases.positive_share),
    )
