"""Measuring any classifier again, whatever it reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch

from threatsim.cases.codes.claim_set import SOURCE
from threatsim.classifiers.codes.claim_store import find_claim_classifier
from threatsim.outcomes.making.claim_classifiers import evaluate_claims, refuse_images
from threatsim.outcomes.making.evaluation import Reevaluation, evaluate_classifier


@dataclass(frozen=True)
class MeasuredAgain:
    """Victim and surrogate of a classifier on its test cases.

    Attributes:
        cases: what they were measured on, in words.
        networks: a row a network.
    """

    cases: str
    networks: tuple[Reevaluation, ...]


def measure_again(name: str, images: Path | None, *, device: torch.device, finding: str | None = None) -> MeasuredAgain:
    """Measure a classifier on its test cases, or on the test split of real images.

    Args:
        images: folder of real archives, or None for the cases of its card.
        finding: what label 1 of its archive is to stand for; the card says if None.

    Raises:
        ThreatsimError: there is no such classifier or archive, the archive has no such finding, or it reads claims and
            there are images.
    """
    if claims := find_claim_classifier(name):
        refuse_images(name, images, finding)
        rows = evaluate_claims(claims)
    else:
        rows = evaluate_classifier(name, images, device=device, finding=finding)
    return MeasuredAgain(cases_label(rows[0].images), tuple(rows))


def cases_label(source: str) -> str:
    """Say what a classifier is measured on: claims, or images of this source."""
    return source if source == SOURCE else f"{source} images"
