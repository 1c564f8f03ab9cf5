"""From the scores of one modality to the record's figures of its classifier, clean and under every tactic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from threatsim.common.outcome_table import OutcomeTable
from threatsim.common.thresholds import threshold_within
from threatsim.experiment.record.assembly import ModalityInputs
from threatsim.experiment.record.record import AttackFigures, ClassifierFigures
from threatsim.outcomes.audit import NOT_AUDITED
from threatsim.outcomes.preparation.control_use import ControlUse
from threatsim.statistics.discrimination import auroc, mean_confidence, proportion
from threatsim.statistics.estimate import Estimate


@dataclass(frozen=True)
class ClassifierText:
    """What a classifier's card and the run say of it.

    Attributes:
        finding: what is claimed by it: what it looks for, or the absence of it.
        network: the network, in words.
        inputs: where images and weights come from.
        real: whether the images are real.
        pixels: width and height of an image.
        audit: what the audit of these weights says of attacked figures.
    """

    finding: str
    network: str
    inputs: ModalityInputs
    real: bool
    pixels: int
    audit: str = NOT_AUDITED


@dataclass(frozen=True)
class TacticText:
    """How a report names a tactic that alters the image.

    Attributes:
        tactic: its name in the scenario and in `OutcomeTable.attacked`.
        technique: MITRE ATLAS technique id, or empty.
        attack: the attack in words, with its parameters.
    """

    tactic: str
    technique: str
    attack: str


def classifier_figures(
    table: OutcomeTable,
    text: ClassifierText,
    tactics: Sequence[TacticText],
    *,
    threshold: float,
    uses: Sequence[ControlUse] = (),
) -> ClassifierFigures:
    """Return clean and attacked figures of a classifier on the run's cases; intervals take the patient as unit.

    Args:
        table: the scores.
        text: what is known of the classifier.
        tactics: the tactics that alter the image, in the order wanted.
        threshold: the triage threshold on p(finding); a score at or above it counts as the finding.
        uses: the controls on the picture that payers may use, each with its budget.
    """
    positive = table.labels == 1
    called = table.clean >= threshold
    return ClassifierFigures(
        modality=table.modality,
        finding=text.finding,
        network=text.network,
        weights=text.inputs.weights,
        surrogate=text.inputs.surrogate,
        surrogates=dict(text.inputs.surrogates),
        images=text.inputs.images,
        real=text.real,
        pixels=text.pixels,
        cases=len(table.labels),
        positives=int(positive.sum()),
        threshold=float(threshold),
        auroc=auroc(table.clean, table.labels, table.patients),
        accuracy=proportion((table.clean >= 0.5) == positive, table.patients),
        confidence=mean_confidence(table.clean, table.patients),
        sensitivity=proportion(called[positive], table.patients[positive]),
        specificity=proportion(~called[~positive], table.patients[~positive]),
        attacks=tuple(_attack_figures(table, tactic, threshold, uses) for tactic in tactics),
        audit=text.audit,
        false_alarms=_flagged(table, None, uses, np.ones_like(positive)),
    )


def _flagged(
    table: OutcomeTable, tactic: str | None, uses: Sequence[ControlUse], among: NDArray[np.bool_]
) -> dict[str, Estimate]:
    """Return the share of some cases, clean or under a tactic, that each control flags at its budget."""
    shares = {}
    for use in uses:
        statistics = table.control_statistics[use.name]
        found = statistics.clean if tactic is None else statistics.attacked[tactic]
        hits = found > threshold_within(statistics.calibration, use.false_alarm)
        shares[use.label] = proportion(hits[among], table.patients[among])
    return shares


def _attack_figures(
    table: OutcomeTable, text: TacticText, threshold: float, uses: Sequence[ControlUse]
) -> AttackFigures:
    scores = np.asarray(table.attacked[text.tactic])
    positive = table.labels == 1
    eligible = ~positive & (table.clean < threshold)
    seen = positive & (table.clean >= threshold)
    return AttackFigures(
        tactic=text.tactic,
        technique=text.technique,
        attack=text.attack,
        success=proportion(scores[eligible] >= threshold, table.patients[eligible]),
        auroc=auroc(scores, table.labels, table.patients),
        accuracy=proportion((scores >= 0.5) == positive, table.patients),
        confidence=mean_confidence(scores, table.patients),
        flagged=_flagged(table, text.tactic, uses, ~positive),
        suppression=proportion(scores[seen] < threshold, table.patients[seen]),
    )
