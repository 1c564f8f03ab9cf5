"""Before the market opens on claims of codes: the classifier, the claims, and their scores under every tactic."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from threatsim.attacks.families.code_swap import CodeAdversary, CodeSwap
from threatsim.cases.codes.claim_set import ClaimSet
from threatsim.catalogue.modalities import CLAIM_CODES
from threatsim.classifiers.codes.claim_store import ClaimFolder, claim_classifier_names, find_claim_classifier
from threatsim.classifiers.codes.claim_training import claim_cases
from threatsim.classifiers.codes.perceptron import scores
from threatsim.common.errors import ThreatsimError
from threatsim.common.outcome_table import OutcomeTable
from threatsim.common.progress import Progress
from threatsim.common.thresholds import strictest_threshold, threshold_at
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.bank.swap_filling import SwapOutcomes, forge_swaps, missing_swaps
from threatsim.scenario.schema import OperatingPoint, Scenario


@dataclass(frozen=True)
class PreparedClaims:
    """Claims of codes, ready for the market.

    Attributes:
        classifier: the payer's.
        adversary: the loaded networks, at the strictest operating point.
        cases: the pool.
        table: their scores.
        outcomes: tactic name -> what its swaps did, for the tactics that swap codes.
    """

    classifier: ClaimFolder
    adversary: CodeAdversary
    cases: ClaimSet
    table: OutcomeTable
    outcomes: Mapping[str, SwapOutcomes]

    @property
    def real(self) -> bool:
        """Never: there is no archive of real claims to read."""
        return False

    @property
    def pixels(self) -> int:
        """A claim has none."""
        return 0

    @property
    def network(self) -> str:
        """The network in words."""
        widths = ", ".join(str(width) for width in self.classifier.card.recipe.hidden)
        return f"Perceptron with hidden layers of {widths}, {self.classifier.figures.parameters:,} parameters"

    @property
    def surrogates(self) -> dict[str, str]:
        """None: a swap of codes has the surrogate beside the classifier."""
        return {}


@dataclass(frozen=True)
class _Victim:
    folder: ClaimFolder
    adversary: CodeAdversary


def code_adversary(folder: ClaimFolder, threshold: float | None = None) -> CodeAdversary:
    """The networks of a classifier of claims, at a threshold; at the card's operating point if None."""
    victim, victim_hash = folder.load("victim")
    surrogate, surrogate_hash = folder.load("surrogate")
    if threshold is None:
        threshold = threshold_at(*folder.calibration(), **folder.card.operating_point.model_dump())
    return CodeAdversary(victim, surrogate, threshold, {"victim": victim_hash, "surrogate": surrogate_hash})


def prepare_claims(
    scenario: Scenario,
    swaps: Mapping[str, CodeSwap],
    *,
    images: Path | None,
    bank: OutcomeBank,
    progress: Progress,
    points: Sequence[OperatingPoint],
    hardened: bool,
) -> dict[str, PreparedClaims]:
    """Everything that the market needs to know of the claims.

    Args:
        swaps: tactic name -> swap, for every tactic of the scenario that exchanges codes.
        points: operating points of all payers in all arms; queries are asked at the strictest.
        hardened: whether some payer may change to the hardened classifier, which is then attacked too.

    Raises:
        ThreatsimError: weights are absent or damaged.
    """
    if images:
        progress.note("claim_codes: claims have no images, so those in the folder are not used.")
    names = [CLAIM_CODES, f"{CLAIM_CODES}_hardened"] if hardened else [CLAIM_CODES]
    victims = [_victim(name, points) for name in names]
    cases = claim_cases(
        victims[0].folder.card, "test", scenario.cases.per_modality, float(scenario.cases.positive_share)
    )
    total = sum(missing_swaps(bank, victim.adversary, cases, spec) for victim in victims for spec in swaps.values())
    with progress.stage("Attacks", total, "attacks") as advance:
        made = [_swapped(victim, cases, swaps, bank, advance) for victim in victims]
    tables = [
        _table(victim, cases, list(scenario.tactics), outcomes) for victim, outcomes in zip(victims, made, strict=True)
    ]
    table = replace(tables[0], hardened=tables[1]) if hardened else tables[0]
    return {CLAIM_CODES: PreparedClaims(victims[0].folder, victims[0].adversary, cases, table, made[0])}


def _victim(name: str, points: Sequence[OperatingPoint]) -> _Victim:
    folder = find_claim_classifier(name)
    if folder is None:
        raise ThreatsimError(f"there is no classifier '{name}'; there are {', '.join(claim_classifier_names())}")
    return _Victim(folder, code_adversary(folder, strictest_threshold(*folder.calibration(), points)))


def _swapped(
    victim: _Victim,
    cases: ClaimSet,
    swaps: Mapping[str, CodeSwap],
    bank: OutcomeBank,
    advance: Callable[[int], None],
) -> dict[str, SwapOutcomes]:
    return {name: forge_swaps(bank, victim.adversary, cases, spec, on_cases=advance) for name, spec in swaps.items()}


def _table(
    victim: _Victim, cases: ClaimSet, tactics: Sequence[str], outcomes: Mapping[str, SwapOutcomes]
) -> OutcomeTable:
    clean = scores(victim.adversary.victim, cases.features)
    calibration_scores, calibration_labels = victim.folder.calibration()
    return OutcomeTable(
        modality=CLAIM_CODES,
        labels=cases.labels,
        patients=np.arange(len(cases), dtype=np.int64),
        clean=clean,
        attacked=dict.fromkeys(tactics, clean) | {name: done.scores for name, done in outcomes.items()},
        calibration_scores=calibration_scores,
        calibration_labels=calibration_labels,
        # The last claim sent is the one that stands.
        queries={
            name: np.maximum(done.queries - 1, 0) for name, done in outcomes.items() if bool((done.queries > 0).any())
        },
    )
