"""Claims of codes: from the payer's classifier and generated claims to what a market needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from threatsim.attacks.families.code_swap import CodeSwap, CodeThreatModel
from threatsim.cases.codes.claim_set import ClaimSet
from threatsim.catalogue.modalities import CLAIM_CODES
from threatsim.classifiers.codes.claim_store import ClaimFolder, claim_classifier_names, find_claim_classifier
from threatsim.classifiers.codes.claim_training import claim_cases
from threatsim.classifiers.codes.perceptron import scores
from threatsim.common.errors import InputError
from threatsim.common.outcome_table import OutcomeTable
from threatsim.common.progress import Progress
from threatsim.common.thresholds import Rates, highest_threshold, threshold_at
from threatsim.outcomes.audit.audit_file import audit_label
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.bank.swap_filling import compute_swap_outcomes, missing_swaps
from threatsim.outcomes.preparation.control_use import ControlUse
from threatsim.outcomes.preparation.gallery_item import GalleryItem
from threatsim.outcomes.preparation.prepared import (
    AnyAttack,
    ClassifierDescription,
    Outcomes,
    Wanted,
    on_codes,
    outcome_table,
)
from threatsim.outcomes.preparation.swap_examples import published_example, swap_examples
from threatsim.outcomes.preparation.swapped_claim import SwappedClaim


@dataclass(frozen=True)
class PreparedClaims:
    """Claims of codes, ready for the market (see `prepared.Prepared`).

    Attributes:
        classifier: the payer's.
        threat_model: the loaded networks, at the highest operating point.
        cases: the pool.
        table: their scores.
        policy_pays: tactic name -> (N,) whether the payer's own edits would pay the claim as sent.
    """

    classifier: ClaimFolder
    threat_model: CodeThreatModel
    cases: ClaimSet
    table: OutcomeTable
    policy_pays: Mapping[str, NDArray[np.bool_]]

    @property
    def description(self) -> ClassifierDescription:
        """What is known of the classifier and the claims; there is no archive of real ones, and no image."""
        widths = ", ".join(str(width) for width in self.classifier.card.recipe.hidden)
        victim = self.threat_model.fingerprints["victim"]
        return ClassifierDescription(
            network=f"Perceptron with hidden layers of {widths}, {self.classifier.figures.parameters:,} parameters",
            images=self.cases.source,
            real=False,
            pixels=0,
            weights=victim,
            surrogate=self.threat_model.fingerprints["surrogate"],
            surrogates={},
            audit=audit_label(self.classifier.path, victim),
        )

    @property
    def attacked_now(self) -> PreparedClaims:
        """The claims themselves."""
        return self

    def attacked_scores(self, attack: AnyAttack, rows: NDArray[np.int64], bank: OutcomeBank) -> NDArray[np.float32]:
        """Return (n,) p(payable) of the claims at rows (n,) under a swap."""
        assert on_codes(attack)
        return compute_swap_outcomes(bank, self.threat_model, self.cases.subset(rows.tolist()), attack).scores

    def examples(self, attacks: Mapping[str, AnyAttack], threshold: float) -> list[SwappedClaim]:
        """Return the published pair of code sets, then some swaps of each tactic."""
        swaps = {tactic: spec for tactic, spec in attacks.items() if on_codes(spec)}
        own = swap_examples(self.threat_model, self.cases, self.table, swaps, threshold)
        return [published_example(self.threat_model), *own]

    def gallery(self, attacks: Mapping[str, AnyAttack], threshold: float) -> Sequence[GalleryItem]:
        """Return nothing: a claim has no picture."""
        return ()


@dataclass(frozen=True)
class ClaimVictim:
    """A classifier of claims that is attacked, with its networks at the operating point that is attacked."""

    folder: ClaimFolder
    threat_model: CodeThreatModel


@dataclass(frozen=True)
class OpenedClaims:
    """Claims of codes on their way to the market (see `prepared.Opened`).

    Attributes:
        cases: the pool.
        victims: the payer's classifier and, where it is wanted, the hardened one.
        swaps: tactic name -> swap.
    """

    cases: ClaimSet
    victims: tuple[ClaimVictim, ...]
    swaps: Mapping[str, CodeSwap]
    modality: str = CLAIM_CODES

    def at_highest_threshold(self, points: Sequence[Rates]) -> OpenedClaims:
        """Aim queries at the highest operating point."""
        return replace(self, victims=tuple(_at_highest_threshold(victim, points) for victim in self.victims))

    def with_controls(self, controls: Sequence[ControlUse]) -> OpenedClaims:
        """Return it as it is: a control on the picture has none to look at, and a scenario of claims names none."""
        return self

    def missing(self, bank: OutcomeBank) -> int:
        """Count the swaps that `fill` would have to run."""
        return sum(
            missing_swaps(bank, victim.threat_model, self.cases, spec)
            for victim in self.victims
            for spec in self.swaps.values()
        )

    def fill(self, bank: OutcomeBank, on_cases: Callable[[int], None]) -> tuple[Outcomes, ...]:
        """Take the outcomes before each classifier from the bank."""
        return tuple(self._outcomes(victim, bank, on_cases) for victim in self.victims)

    def lay_out(self, outcomes: Sequence[Outcomes], tactics: Sequence[str]) -> PreparedClaims:
        """Lay the outcomes out as a table."""
        table = outcome_table(self.modality, self.cases, outcomes, tactics)
        payer = self.victims[0]
        return PreparedClaims(payer.folder, payer.threat_model, self.cases, table, outcomes[0].policy_pays)

    def _outcomes(self, victim: ClaimVictim, bank: OutcomeBank, on_cases: Callable[[int], None]) -> Outcomes:
        done = {
            tactic: compute_swap_outcomes(bank, victim.threat_model, self.cases, spec, on_cases=on_cases)
            for tactic, spec in self.swaps.items()
        }
        calibration_scores, calibration_labels = victim.folder.calibration()
        return Outcomes(
            clean=scores(victim.threat_model.victim, self.cases.features),
            attacked={tactic: found.scores for tactic, found in done.items()},
            calibration_scores=calibration_scores,
            calibration_labels=calibration_labels,
            # The last claim sent is the one that stands.
            queries={
                tactic: np.maximum(found.queries - 1, 0)
                for tactic, found in done.items()
                if bool((found.queries > 0).any())
            },
            policy_pays={tactic: found.passes for tactic, found in done.items()},
        )


def open_claims(wanted: Wanted, progress: Progress) -> OpenedClaims:
    """Open classifier and claims, at the card's operating point.

    Raises:
        ThreatsimError: weights are absent or damaged.
    """
    if wanted.images:
        progress.note("claim_codes: claims have no images, so those in the folder are not used.")
    names = [CLAIM_CODES, f"{CLAIM_CODES}_hardened"] if wanted.hardened else [CLAIM_CODES]
    victims = tuple(_victim(name) for name in names)
    cases = claim_cases(victims[0].folder.card, "test", wanted.cases, wanted.positive_share)
    swaps = {tactic: spec for tactic, spec in wanted.attacks.items() if on_codes(spec)}
    return OpenedClaims(cases, victims, swaps)


def code_threat_model(folder: ClaimFolder) -> CodeThreatModel:
    """Load the networks of a classifier of claims, at the card's operating point."""
    victim, victim_hash = folder.load("victim")
    surrogate, surrogate_hash = folder.load("surrogate")
    threshold = threshold_at(*folder.calibration(), **folder.card.operating_point.model_dump())
    return CodeThreatModel(victim, surrogate, threshold, {"victim": victim_hash, "surrogate": surrogate_hash})


def _victim(name: str) -> ClaimVictim:
    folder = find_claim_classifier(name)
    if folder is None:
        names = claim_classifier_names()
        raise InputError(f"there is no classifier '{name}'; there are {', '.join(names)}", given=name, allowed=names)
    return ClaimVictim(folder, code_threat_model(folder))


def _at_highest_threshold(victim: ClaimVictim, points: Sequence[Rates]) -> ClaimVictim:
    threshold = highest_threshold(*victim.folder.calibration(), points)
    return (
        victim if threshold is None else replace(victim, threat_model=replace(victim.threat_model, threshold=threshold))
    )
