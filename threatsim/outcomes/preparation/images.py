"""Modalities of images: from shipped or trained classifiers and their cases to what a market needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from threatsim.attacks.base import ImageAttack
from threatsim.attacks.threat_model import ThreatModel
from threatsim.cases.known_cases import AnyCases
from threatsim.classifiers.store import ClassifierFolder
from threatsim.common.outcome_table import ControlStatistics, OutcomeTable, for_absence
from threatsim.common.thresholds import Rates, highest_threshold, threshold_within
from threatsim.defences.controls.picture_control import FittedControl, fitted_controls
from threatsim.defences.reference import Ground, Reference, Watched
from threatsim.outcomes.audit.audit_file import audit_label
from threatsim.outcomes.bank.bank import OutcomeBank
from threatsim.outcomes.bank.control_statistics import calibration_statistics, picture_statistics
from threatsim.outcomes.bank.filling import compute_outcomes, missing, outcome_keys, outcome_queries, queries_the_payer
from threatsim.outcomes.preparation.control_use import ControlUse
from threatsim.outcomes.preparation.gallery import ShownCase, before_and_after, shown_cases
from threatsim.outcomes.preparation.gallery_item import GalleryItem
from threatsim.outcomes.preparation.prepared import AnyAttack, ClassifierDescription, Outcomes, on_image, outcome_table
from threatsim.outcomes.preparation.swapped_claim import SwappedClaim

_INSIDE = 1e-9  # a threshold of 0 or 1, which no attack could be run against, is moved by so much


@dataclass(frozen=True)
class PreparedImages:
    """One modality of images, ready for the market (see `prepared.Prepared`).

    Attributes:
        classifier: the payer's.
        threat_model: the loaded networks and patches.
        cases: the pool.
        table: their scores.
        absence: whether the absence of what the classifier looks for is claimed; the classes are then exchanged.
        chosen: whether the scenario names the classifier; it is then told by its name.
    """

    classifier: ClassifierFolder
    threat_model: ThreatModel
    cases: AnyCases
    table: OutcomeTable
    absence: bool = False
    chosen: bool = False

    @property
    def policy_pays(self) -> Mapping[str, NDArray[np.bool_]]:
        """Empty, not (N,) for each tactic: a policy says nothing of an image."""
        return {}

    @property
    def description(self) -> ClassifierDescription:
        """What is known of the classifier and the images."""
        victim, card = self.threat_model.fingerprints["victim"], self.classifier.card
        reads = f", of each picture it reads {card.resize_label}" if card.reads else ""
        named = f"{card.name}: " if self.chosen else ""
        return ClassifierDescription(
            network=f"{named}{card.network.label}, {self.classifier.figures.parameters:,} parameters{reads}",
            images=self.cases.source,
            real=self.cases.source != "synthetic",
            pixels=self.cases.size[0],
            weights=victim,
            surrogate=self.threat_model.fingerprints["surrogate"],
            surrogates={kind.name: named.fingerprint for kind, named in self.threat_model.surrogates.items()},
            audit=audit_label(self.classifier.path, victim),
            limits=card.limits if card.photographs else "",
        )

    @property
    def attacked_now(self) -> PreparedImages:
        """These cases themselves."""
        return self

    def attacked_scores(self, attack: AnyAttack, rows: NDArray[np.int64], bank: OutcomeBank) -> NDArray[np.float32]:
        """Return (n,) p(finding), as the table has it, of the images at rows (n,) under an attack."""
        assert on_image(attack)
        scores = compute_outcomes(bank, self.threat_model, self.cases.subset(rows), attack)
        return 1 - scores if self.absence else scores

    def examples(self, attacks: Mapping[str, AnyAttack], threshold: float) -> Sequence[SwappedClaim]:
        """Return nothing: an image has no codes."""
        return ()

    def gallery(self, attacks: Mapping[str, AnyAttack], threshold: float) -> list[GalleryItem]:
        """Return one attacked image a tactic; together they succeed as often as all do."""
        specs = {tactic: spec for tactic, spec in attacks.items() if on_image(spec)}
        shown = shown_cases(self.table, list(specs), threshold)
        return [
            self._item(tactic, spec, case, threshold) for (tactic, spec), case in zip(specs.items(), shown, strict=True)
        ]

    def _item(self, tactic: str, spec: ImageAttack, case: ShownCase, threshold: float) -> GalleryItem:
        row = case.row
        before, after, score = before_and_after(self.threat_model, self.cases.with_pictures(), row, spec)
        return GalleryItem(
            modality=self.table.modality,
            tactic=tactic,
            title=f"case {self.cases.case_ids[row]}",
            original=before,
            attacked=after,
            score_before=float(self.table.clean[row]),
            score_after=1 - score if self.absence else score,
            threshold=threshold,
            truth=False,
            share=case.share,
        )


@dataclass(frozen=True)
class ImageVictim:
    """A classifier that is attacked.

    Attributes:
        folder: the classifier.
        threat_model: its networks and patches, at the operating point that is attacked.
        controls: the controls that watch it, by name.
    """

    folder: ClassifierFolder
    threat_model: ThreatModel
    controls: Mapping[str, FittedControl] = field(default_factory=dict)

    def at_highest_threshold(self, points: Sequence[Rates], *, absence: bool) -> ImageVictim:
        """Aim at the threshold that is hardest to get past: from below, or for absence from above."""
        scores, labels = self.folder.calibration()
        if absence:
            scores, labels = 1 - scores, 1 - labels
        threshold = highest_threshold(scores, labels, points)
        if threshold is None:
            return self
        highest = 1 - threshold if absence else threshold
        return replace(self, threat_model=self.threat_model.at(min(max(highest, _INSIDE), 1 - _INSIDE)))

    def watched_by(self, names: Sequence[str], cases: AnyCases, reference: Reference) -> ImageVictim:
        """Fit controls to the reference; the cases are the earlier submissions."""
        prints = self.threat_model.fingerprints
        weights = f"{prints['victim']} {prints.get('network', '')}"
        device = self.threat_model.victim.device
        watched = Watched(lambda: self.folder.load("victim", device)[0], self.threat_model.victim, weights)
        return replace(self, controls=fitted_controls(names, Ground(cases, watched, reference)))


@dataclass(frozen=True)
class OpenedImages:
    """One modality of images on its way to the market (see `prepared.Opened`).

    Attributes:
        modality: its name.
        cases: the pool.
        victims: the payer's classifier and, where it is wanted, the hardened one.
        attacks: tactic name -> attack.
        absence: whether the finding is the absence of what the classifier looks for.
        make_reference: makes the clean pictures that controls are fitted and calibrated on.
        controls: the controls on the picture, each with its budget.
        reference: what `make_reference` made, where there are controls.
        chosen: whether the scenario names the classifier.
    """

    modality: str
    cases: AnyCases
    victims: tuple[ImageVictim, ...]
    attacks: Mapping[str, ImageAttack]
    absence: bool
    make_reference: Callable[[], Reference]
    controls: tuple[ControlUse, ...] = ()
    reference: Reference | None = None
    chosen: bool = False

    def at_highest_threshold(self, points: Sequence[Rates]) -> OpenedImages:
        """Aim at the threshold of each classifier that is hardest to get past."""
        aimed = tuple(victim.at_highest_threshold(points, absence=self.absence) for victim in self.victims)
        return replace(self, victims=aimed)

    def with_controls(self, controls: Sequence[ControlUse]) -> OpenedImages:
        """Put these controls before each classifier, on clean pictures of the classifier's own splits."""
        if not controls:
            return self
        names = list(dict.fromkeys(control.name for control in controls))
        reference = self.make_reference()
        watched = tuple(victim.watched_by(names, self.cases, reference) for victim in self.victims)
        return replace(self, victims=watched, controls=tuple(controls), reference=reference)

    def missing(self, bank: OutcomeBank) -> int:
        """Count the attacks that `fill` would have to run."""
        return sum(
            missing(bank, victim.threat_model, self.cases, spec, controls=list(victim.controls.values()))
            for victim in self.victims
            for spec in self.attacks.values()
        )

    def fill(self, bank: OutcomeBank, on_cases: Callable[[int], None]) -> tuple[Outcomes, ...]:
        """Take the outcomes before each classifier from the bank.

        Raises:
            ThreatsimError: there are too few calibration cases for the budget of a control.
        """
        return tuple(self._outcomes(victim, bank, on_cases) for victim in self.victims)

    def lay_out(self, outcomes: Sequence[Outcomes], tactics: Sequence[str]) -> PreparedImages:
        """Lay the outcomes out as a table, with the classes exchanged where absence is claimed."""
        table = outcome_table(self.modality, self.cases, outcomes, tactics)
        table = for_absence(table) if self.absence else table
        victim = self.victims[0]
        return PreparedImages(victim.folder, victim.threat_model, self.cases, table, self.absence, self.chosen)

    def _outcomes(self, victim: ImageVictim, bank: OutcomeBank, on_cases: Callable[[int], None]) -> Outcomes:
        calibrated = self._calibrated(victim, bank)
        threat_model, cases, controls = victim.threat_model, self.cases, list(victim.controls.values())
        clean = compute_outcomes(bank, threat_model, cases, None, controls=controls)
        attacked = {
            tactic: compute_outcomes(bank, threat_model, cases, spec, controls=controls, on_cases=on_cases)
            for tactic, spec in self.attacks.items()
        }
        scores, labels = victim.folder.calibration()
        return Outcomes(
            clean=clean,
            attacked=attacked,
            calibration_scores=scores,
            calibration_labels=labels,
            queries={
                # The last look at an image is the claim itself.
                tactic: np.maximum(outcome_queries(bank, threat_model, cases, spec) - 1, 0)
                for tactic, spec in self.attacks.items()
                if queries_the_payer(spec)
            },
            control_statistics=self._control_statistics(victim, calibrated, bank),
        )

    def _calibrated(self, victim: ImageVictim, bank: OutcomeBank) -> dict[str, NDArray[np.float32]]:
        """Return control -> its statistics of clean calibration pictures, on which every budget can be kept."""
        if self.reference is None:
            return {}
        numerics = victim.threat_model.numerics
        calibrated = {
            name: calibration_statistics(bank, control, self.reference, numerics)
            for name, control in victim.controls.items()
        }
        for control in self.controls:
            threshold_within(calibrated[control.name], control.false_alarm)
        return calibrated

    def _control_statistics(
        self, victim: ImageVictim, calibrated: Mapping[str, NDArray[np.float32]], bank: OutcomeBank
    ) -> dict[str, ControlStatistics]:
        """Return what each control made of the pictures that `compute_outcomes` was called for."""
        if not victim.controls:
            return {}
        clean = outcome_keys(victim.threat_model, self.cases, None, 0)
        attacked = {
            tactic: outcome_keys(victim.threat_model, self.cases, spec, 0) for tactic, spec in self.attacks.items()
        }
        return {
            name: ControlStatistics(
                picture_statistics(bank, control, clean),
                {tactic: picture_statistics(bank, control, keys) for tactic, keys in attacked.items()},
                calibrated[name],
            )
            for name, control in victim.controls.items()
        }
