"""Cases, claims and thresholds (market.md, Cases and images; Billing; Triage; Review)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.reference_market.people import Owner, Practice


@dataclass
class Image:
    """A case of the pool: scores of the payer's classifier, untouched and under each tactic."""

    label: int
    patient: int
    clean: float
    attacked: dict[str, float]


@dataclass
class Claim:
    """A claim billed with the finding, and what became of it."""

    practice: Practice
    owner: Owner
    payer: int
    week: int
    truth: bool
    tactic: str | None  # None: honest, errors included
    score: float = 0.0
    flagged: bool = False
    held: bool = False
    recognised: bool = False
    approved: bool = False
    pended: bool = False
    read: bool = False
    paid: bool = False
    audited: bool = False
    objected: bool = False  # an audit finding that stands
    urns: Any = field(default=None, repr=False)


def resample(rng: Random, pool: list[Image]) -> tuple[list[Image], list[Image]]:
    """Return the urns without and with the finding (Resampling)."""
    patients: dict[int, list[Image]] = {}
    for image in pool:
        patients.setdefault(image.patient, []).append(image)
    having = [images for images in patients.values() if any(one.label for one in images)]
    others = [images for images in patients.values() if not any(one.label for one in images)]
    drawn = [image for group in (having, others) for _ in group for image in rng.choice(group)]
    return [one for one in drawn if not one.label], [one for one in drawn if one.label]


def threshold(point: Any, calibration: list[tuple[float, int]]) -> float:
    """Return the score from which claims are approved (Threshold)."""
    if point.sensitivity is not None:
        scores = sorted((score for score, label in calibration if label), reverse=True)
        place = math.ceil(point.sensitivity * len(scores))
        return scores[place - 1] if place else 2.0
    scores = sorted(score for score, label in calibration if not label)
    place = math.ceil(point.specificity * len(scores))
    return math.nextafter(scores[place - 1], 2.0) if place else 0.0


def triage(rng: Random, claim: Claim, payer: Any, alters_file: bool, signed: bool) -> None:
    """Signatures, then the classifier (Triage, 1, 3 and 4)."""
    if signed:
        claim.recognised = alters_file
        claim.flagged = claim.held = alters_file or rng.random() < payer.spec.integrity.false_alarm
    has_classifier = payer.spec.triage.classifier
    claim.approved = has_classifier and claim.score >= payer.thresholds[claim.practice.spec.modality]
    claim.approved = claim.approved and not claim.recognised
    unsure = not claim.approved and not claim.recognised
    claim.pended = unsure and (payer.spec.triage.below == "pend" or not has_classifier)


def read(rng: Random, claim: Claim, readers: Any, attack: str | None) -> None:
    """One reading (Review, 3, and 5: appeals)."""
    claim.read = True
    if attack == "patch" and rng.random() < readers.patch_seen:
        claim.recognised, claim.paid = True, False
        return
    seen = claim.truth or attack == "substitution"
    u = rng.random()
    claim.paid = u < readers.sensitivity if seen else u >= readers.specificity
    appeals = readers.appeals
    if not claim.paid and appeals is not None and rng.random() < appeals.filed:
        claim.paid = rng.random() < (appeals.overturned_supported if claim.truth else appeals.overturned_unsupported)


def review(rng: Random, claims: list[Claim], payer: Any, week: int, attacks: dict[str | None, str | None]) -> None:
    """A payer's readers in a week (Review)."""
    readers = payer.spec.readers
    capacity = math.floor(readers.capacity * (week + 1)) - math.floor(readers.capacity * week)
    queue = []
    for claim in claims:
        claim.paid = claim.approved and not claim.held
        second = claim.paid and rng.random() < readers.second_look
        if claim.pended or (claim.approved and claim.held) or second:
            queue.append(claim)
    rng.shuffle(queue)
    for claim in queue[:capacity]:
        read(rng, claim, readers, attacks[claim.tactic])
    if readers.overflow == "pay" or not payer.spec.triage.classifier:
        for claim in queue[capacity:]:
            claim.paid = True
    for claim in claims:
        unread = not (claim.paid or claim.read or claim.recognised)
        if unread and rng.random() < readers.appealed:
            read(rng, claim, readers, attacks[claim.tactic])
