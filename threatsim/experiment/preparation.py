"""Before the market opens: classifiers, cases, and the scores of every case under every tactic, from the bank."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from threatsim.attacks.adversary import Adversary
from threatsim.attacks.families.code_swap import CodeSwap
from threatsim.attacks.registry import AttackSpec
from threatsim.cases.archive import find_archives, load_archive
from threatsim.cases.image_set import CaseSet
from threatsim.catalogue.modalities import CLAIM_CODES, ModalityName
from threatsim.classifiers.production import synthetic_cases
from threatsim.classifiers.store import ClassifierFolder, shipped
from threatsim.common.errors import ThreatsimError
from threatsim.common.outcome_table import OutcomeTable, Screened, for_absence
from threatsim.common.progress import Progress
from threatsim.common.thresholds import strictest_threshold, threshold_within
from threatsim.defences.controls.picture_control import Reference, Screen, Watched, screens_of
from threatsim.experiment.tactics import AnyAttack
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.bank.control_statistics import calibration_statistics, screened_statistics
from threatsim.outcomes.bank.filling import forge, forged_queries, missing, outcome_keys, queries_the_payer
from threatsim.outcomes.making.attacker import adversary_of
from threatsim.outcomes.making.reference_cases import reference_of
from threatsim.outcomes.making.surrogate_training import kinds_named, with_surrogates
from threatsim.outcomes.making.training import trained_on
from threatsim.outcomes.preparation.claim_codes import PreparedClaims, prepare_claims
from threatsim.outcomes.preparation.control_use import ControlUse
from threatsim.outcomes.preparation.images import Prepared
from threatsim.scenario.schema import OperatingPoint, Scenario


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
    controls: Iterable[ControlUse] = (),
) -> dict[str, Prepared] | dict[str, PreparedClaims]:
    """Everything that the market needs to know of the images, or of the claims of codes, by modality.

    Args:
        attacks: tactic name -> attack, for every tactic of the scenario that alters the image or the codes.
        images: folder of real archives; modalities that it lacks stay synthetic.
        points: the operating points of all payers in all arms; an attack that stops at a success stops at the
            strictest, so that its outcome serves them all. The card's own if there are none.
        hardened: whether some payer may change to the hardened classifier, which is then attacked too.
        controls: what some payer may flag pictures by; each is run on every clean and every altered picture.

    Raises:
        ThreatsimError: archives, weights or patches are absent or damaged, or there are too few calibration cases for
            the budget of a control.
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
        uses=tuple(controls),
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
    uses: Sequence[ControlUse],
) -> dict[str, Prepared]:
    kinds = kinds_named(attacks.values())
    screened = list(dict.fromkeys(use.name for use in uses))
    archives = find_archives(images) if images else {}
    for name in archives.keys() - scenario.modalities.keys():
        progress.note(f"{name}: the scenario has no such modality, so its images are not used.")
    victims: dict[ModalityName, list[_Victim]] = {}
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
        absence = _claims_absence(scenario, modality)
        cases = archive.test if archive else _synthetic(scenario, folders[0], absence=absence)
        reference = reference_of(folders[0], archive) if screened else None
        victims[modality] = []
        for folder in folders:
            adversary = _before_the_strictest(adversary_of(folder, archive, device), folder, points, absence=absence)
            adversary = with_surrogates(adversary, folder, kinds, device=device, progress=progress)
            screens = (
                screens_of(screened, index=cases, watched=_watched(folder, adversary), reference=reference)
                if reference
                else {}
            )
            victims[modality].append(_Victim(folder, adversary, cases, screens, reference))
    everyone = [victim for group in victims.values() for victim in group]
    total = sum(
        missing(bank, victim.adversary, victim.cases, attack, screens=list(victim.screens.values()))
        for victim in everyone
        for attack in attacks.values()
    )
    prepared: dict[str, Prepared] = {}
    with progress.stage("Attacks", total, "attacks") as advance:
        for name, group in victims.items():
            tables = [_table(name, victim, list(scenario.tactics), attacks, bank, advance) for victim in group]
            for use in uses:
                for table in tables:
                    threshold_within(table.screens[use.name].calibration, use.false_alarm)  # can the budget be kept?
            table = replace(tables[0], hardened=tables[1]) if hardened else tables[0]
            absence = _claims_absence(scenario, name)
            prepared[name] = Prepared(
                group[0].folder, group[0].adversary, group[0].cases, for_absence(table) if absence else table, absence
            )
    return prepared


def _claims_absence(scenario: Scenario, modality: ModalityName) -> bool:
    return scenario.modalities[modality].claim_for == "absence"


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
    screens: Mapping[str, Screen]
    reference: Reference | None


def _watched(folder: ClassifierFolder, adversary: Adversary) -> Watched:
    prints = adversary.fingerprints
    weights = f"{prints['victim']} {prints.get('network', '')}"
    return Watched(lambda: folder.load("victim", adversary.victim.device)[0], adversary.victim, weights)


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
    screens = list(victim.screens.values())
    clean = forge(bank, victim.adversary, cases, None, screens=screens)
    attacked = dict.fromkeys(tactics, clean) | {
        tactic: forge(bank, victim.adversary, cases, attack, screens=screens, on_cases=advance)
        for tactic, attack in attacks.items()
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
        screens=_screened(victim, tactics, attacks, bank),
    )


def _screened(
    victim: _Victim, tactics: Sequence[str], attacks: Mapping[str, AttackSpec], bank: OutcomeBank
) -> dict[str, Screened]:
    """What each control made of the pictures that `forge` was asked for."""
    if victim.reference is None:
        return {}
    specs = {None: None} | {tactic: attacks.get(tactic) for tactic in tactics}
    keys = {tactic: outcome_keys(victim.adversary, victim.cases, spec, 0) for tactic, spec in specs.items()}
    device = victim.adversary.victim.device
    found = {}
    for name, screen in victim.screens.items():
        columns = {tactic: screened_statistics(bank, screen, outcomes) for tactic, outcomes in keys.items()}
        clean = columns.pop(None)
        attacked = {tactic: column for tactic, column in columns.items() if tactic is not None}
        found[name] = Screened(clean, attacked, calibration_statistics(bank, screen, victim.reference, device))
    return found


_INSIDE = 1e-9  # a threshold of 0 or 1, which no attack could be run against, is moved by so much


def _before_the_strictest(
    adversary: Adversary, folder: ClassifierFolder, points: Sequence[OperatingPoint], *, absence: bool
) -> Adversary:
    """The adversary at the threshold that is hardest to get past: from below, or for absence from above."""
    scores, labels = folder.calibration()
    if absence:
        scores, labels = 1 - scores, 1 - labels
    threshold = strictest_threshold(scores, labels, points)
    if threshold is None:
        return adversary
    strictest = 1 - threshold if absence else threshold
    return adversary.at(min(max(strictest, _INSIDE), 1 - _INSIDE))


def _synthetic(scenario: Scenario, folder: ClassifierFolder, *, absence: bool) -> CaseSet:
    """The first of the test cases that a shipped classifier was measured on."""
    share = float(scenario.cases.positive_share)
    return synthetic_cases(
        folder.card, "test", scenario.cases.per_modality, positive_share=1 - share if absence else share
    )
