"""Cases, claims, thresholds, triage and readers (Cases and images; Billing; Triage; Review)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.reference_market.people import Owner, Practice

LEAVES_FILE = {None, "none", "captures", "rotation", "lens_patch", "code_swap"}


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
    attack: str | None
    score: float
    held: bool = False
    recognised: bool = False
    approved: bool = False
    pended: bool = False
    read: bool = False
    paid: bool = False
    audited: bool = False
    objected: bool = False  # an audit finding that stands


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
    of = 1 if point.sensitivity is not None else 0
    scores = sorted((score for score, label in calibration if label == of), reverse=of == 1)
    place = math.ceil((point.sensitivity if of else point.specificity) * len(scores))
    if place:
        return scores[place - 1] if of else math.nextafter(scores[place - 1], 2.0)
    return 2.0 if of else 0.0


def triage(rng: Random, claim: Claim, payer: Any) -> None:
    """Signatures, then the classifier (Triage, 1, 3 and 4)."""
    if payer.integrity.hash_at_capture:
        claim.recognised = claim.attack not in LEAVES_FILE
        claim.held = claim.recognised or rng.random() < payer.integrity.false_alarm
    classifier = payer.triage.classifier
    enough = claim.score >= payer.thresholds[claim.practice.spec.modality]
    claim.approved = classifier and enough and not claim.recognised
    unsure = not claim.approved and not claim.recognised
    claim.pended = unsure and (payer.triage.below == "pend" or not classifier)


def review(rng: Random, claims: list[Claim], payer: Any, week: int) -> None:
    """A payer's readers in a week (Review)."""
    readers = payer.readers
    capacity = math.floor(readers.capacity * (week + 1)) - math.floor(readers.capacity * week)
    queue = []
    for claim in claims:
        claim.paid = claim.approved and not claim.held
        second = claim.paid and rng.random() < readers.second_look
        if claim.pended or (claim.approved and claim.held) or second:
            queue.append(claim)
    rng.shuffle(queue)
    for claim in queue[:capacity]:
        read(rng, claim, readers)
    for claim in queue[capacity:]:
        claim.paid = claim.paid or readers.overflow == "pay" or not payer.triage.classifier
    for claim in claims:
        if not (claim.paid or claim.read or claim.recognised) and rng.random() < readers.appealed:
            read(rng, claim, readers)


def read(rng: Random, claim: Claim, readers: Any) -> None:
    """One reading (Review, 3, and 5: appeals)."""
    claim.read = True
    if claim.attack == "patch" and rng.random() < readers.patch_seen:
        claim.recognised, claim.paid = True, False
        return
    u, appeals = rng.random(), readers.appeals
    seen = claim.truth or claim.attack == "substitution"
    claim.paid = u < readers.sensitivity if seen else u >= readers.specificity
    if not claim.paid and appeals is not None and rng.random() < appeals.filed:
        claim.paid = rng.random() < (appeals.overturned_supported if claim.truth else appeals.overturned_unsupported)
